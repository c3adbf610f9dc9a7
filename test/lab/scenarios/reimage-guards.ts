import { join } from 'node:path';
import type { Appliance } from '../appliance.ts';
import { makeLabNetwork, startOnLabNetwork, type LabNetwork } from '../lab-network.ts';
import { addImageAndConfig, ALPHA, assignAlpha } from '../boot-run.ts';
import { addAlphaWithBmc, BMC_PASSWORD, BMC_USER } from '../bmc/bmc-network.ts';
import { askBmc, OTHER_MACHINE, untilBmc } from '../bmc/control.ts';
import { startRedfishMachine } from '../bmc/redfish-machine.ts';
import { jobsOf } from '../bmc/reimage-run.ts';
import { cable, type Namespace } from '../namespace.ts';
import { mustRun, run as runCommand } from '../process.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

/** The BMCs' own network, apart from the machines'. */
const OUR_SIDE = '192.168.88.1';
const BMC = '192.168.88.9';

interface Guarded {
  readonly lab: Lab;
  readonly bench: LabNetwork;
  /** Where the BMC is. */
  readonly far: Namespace;
  readonly appliance: Appliance;
}

async function setUp(lab: Lab): Promise<Guarded> {
  const bench = await makeLabNetwork(lab);
  const far = await lab.namespace('far');
  await cable({ ns: bench.ns, dev: 'bmc0', address: `${OUR_SIDE}/24` }, { ns: far, dev: 'eth0', address: `${BMC}/24` });
  const machine = await startRedfishMachine(lab, far, { profile: 'openbmc', mac: ALPHA.mac, uuid: ALPHA.uuid, tls: true, host: BMC });
  const appliance = await startOnLabNetwork(lab, bench, { args: ['--bmc-nic', 'bmc0'] });
  await addImageAndConfig(lab, appliance);
  await addAlphaWithBmc(lab, appliance, machine.url);
  await assignAlpha(appliance);
  return { lab, bench, far, appliance };
}

/** Everything that the job would do is reported, and nothing is done. */
async function dryRun({ lab, far, appliance }: Guarded): Promise<void> {
  const output = await appliance.must('reimage', ALPHA.name, '--dry-run', '--watch');
  const { changes, starts } = await askBmc(far);
  expectThat(changes.length === 0 && starts.length === 0, `a dry run sent ${changes.join(', ')}`);
  lab.fact('dry run', output.trim().split('\n'));
}

/** The URL has the address that the route to this BMC starts from, and can be read there. */
async function rightAddress({ lab, far, appliance }: Guarded): Promise<void> {
  const watched = appliance.begin('reimage', ALPHA.name, '--watch');
  const { media } = await untilBmc(far, ({ starts }) => starts.length > 0, 'the machine was not started');
  lab.fact('inserted', media);
  const [url = ''] = media;
  expectThat(url.startsWith(`http://${OUR_SIDE}:`), `the BMC was given ${url || 'nothing'}`);
  const status = await far.must(['curl', '-sS', '-r', '0-2047', '-o', '/dev/null', '-w', '%{http_code}', url]);
  expectThat(status.trim() === '206', `the BMC’s network reads ${url} with ${status}`);
  const job = (await jobsOf(appliance)).find(({ state }) => state === 'running');
  expectThat(job !== undefined, 'no job runs');
  await appliance.must('jobs', job.id, '--cancel');
  expectThat((await watched.exited) === 1, 'a cancelled job ended well');
  const left = await askBmc(far);
  expectThat(left.power === 'Off' && left.media.length === 0, `the cancelled job left ${left.power} and ${left.media.join()}`);
}

async function wrongMachine({ lab, far, appliance }: Guarded): Promise<void> {
  await askBmc(far, '/other-machine');
  const before = await askBmc(far);
  const { code, stderr, stdout } = await appliance.cli('reimage', ALPHA.name, '--watch');
  const after = await askBmc(far);
  const said = `${stdout}${stderr}`;
  lab.fact('wrong machine', stderr.trim());
  expectThat(code === 1 && said.includes(ALPHA.uuid) && said.includes(OTHER_MACHINE.uuid), `another machine’s BMC: ${code}: ${said}`);
  expectThat(after.requests.length > before.requests.length, 'the BMC was not asked at all');
  expectThat(
    after.changes.length === before.changes.length,
    `its BMC was asked for ${after.changes.slice(before.changes.length).join(', ')}`,
  );
}

async function changedCertificate({ lab, far, appliance }: Guarded): Promise<void> {
  const before = await askBmc(far);
  const { certificate } = await askBmc(far, '/renew-certificate');
  const { code, stderr, stdout } = await appliance.cli('reimage', ALPHA.name, '--watch');
  const after = await askBmc(far);
  const said = `${stdout}${stderr}`;
  lab.fact('changed certificate', stderr.trim());
  const both = [before.certificate, certificate].every((fingerprint) => fingerprint !== undefined && said.includes(fingerprint));
  expectThat(code === 1 && both, `a changed certificate: ${code}: ${said}`);
  expectThat(after.requests.length === before.requests.length, `${after.requests.length - before.requests.length} requests came through`);
}

/** Nowhere in what the appliance keeps, says or hands out, neither plain nor as it goes over the wire. */
async function noSecretStored({ lab, appliance }: Guarded): Promise<void> {
  const backup = join(lab.dir, 'backup.db');
  await appliance.must('backup', backup);
  const dump = [
    JSON.stringify(await appliance.events()),
    await appliance.must('jobs', '--json'),
    await appliance.must('host', 'show', ALPHA.name, '--json'),
    await appliance.must('status', '--json'),
    appliance.process.text,
  ].join('\n');
  const forms = [BMC_PASSWORD, ...[BMC_PASSWORD, `${BMC_USER}:${BMC_PASSWORD}`].map((text) => Buffer.from(text).toString('base64'))];
  for (const form of forms) {
    expectThat(!dump.includes(form), 'the password is in what the appliance said');
    const { stdout } = await runCommand(['grep', '-rlaF', form, join(lab.dir, 'data'), backup]);
    expectThat(stdout === '', `the password is in ${stdout.trim()}`);
  }
  lab.fact(
    'searched',
    (await mustRun(['ls', '-R', join(lab.dir, 'data')])).split('\n').filter((name) => name.includes('.')),
  );
}

export const reimageGuards: Scenario = {
  name: 'reimage-guards',
  title:
    'A BMC in a network of its own gets a URL it can reach; a dry run, another machine and a changed certificate change nothing; no password is stored in readable form.',
  tier: 'ci',
  needs: ['root', 'iso-tools', 'guest-kernel', 'appliance', 'dnsmasq', 'curl', 'openssl'],
  async run(lab) {
    const guarded = await setUp(lab);
    await dryRun(guarded);
    await rightAddress(guarded);
    await wrongMachine(guarded);
    await changedCertificate(guarded);
    await noSecretStored(guarded);
  },
};
