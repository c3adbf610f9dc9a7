import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { EventType } from '../../../contract/appliance.ts';
import { hostTargetName, imageTargetName } from '../../../contract/iscsi.ts';
import type { Appliance } from '../appliance.ts';
import { ALPHA, argumentsOf, expectEvents } from '../boot-run.ts';
import { buildInstalledDisk, makeBlankDisk } from '../debian-installer/installed-disk.ts';
import { buildInstallerIso } from '../debian-installer/installer-iso.ts';
import { digestOf, installations, judgeInstalledSystem, powerOnWithDisk, reach } from '../debian-installer/machine.ts';
import { buildLabIso } from '../iso.ts';
import { makeLabNetwork, SERVER, startOnLabNetwork, type LabNetwork } from '../lab-network.ts';
import { pause, type Running } from '../process.ts';
import type { Machine } from '../qemu.ts';
import { RestApi, type RestObject } from '../rest-api.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const FILES = join(import.meta.dirname, '../debian-installer');
const HOSTS = '/baremetalhosts';
const HOST = `/namespaces/default/baremetalhosts/${ALPHA.name}`;
const IMAGE = '/iscsi-cdroms/walk';
/** As the seed has it, the config is at the URL that is the same for all machines; whose it is, the source address says. */
const CONFIG_URL = `http://${SERVER}:7080/api/v1/bootconfig`;
/** What the system on the disk must receive, written without the appliance's template code. */
const POST_INSTALL = `# first boot of the installed system\nhost=${ALPHA.name}\naddress=${ALPHA.ip}\nimage=localboot\nrole=bench\n`;

/** What is booted from the ISO. */
interface Medium {
  readonly iso: string;
  readonly config: { readonly format: string; readonly file: string; readonly text: string };
  readonly args: string;
}

/** The appliance, driven by REST alone; the command line is asked only what happened. */
interface Walk {
  readonly bench: LabNetwork;
  readonly appliance: Appliance;
  readonly rest: RestApi;
  readonly watch: HostWatch;
}

export const seedWalkInstaller: Scenario = {
  name: 'seed-walk-installer',
  title:
    'Through REST alone: an ISO and configs, a host that boots the ISO by iSCSI, Debian’s installer with its config by source address, and the config of its first boot.',
  tier: 'full',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'debian-installer', 'appliance', 'dnsmasq', 'curl'],
  timeoutMs: 600_000,
  async run(lab) {
    const system = await buildInstalledDisk();
    const config = { format: 'preseed', file: 'preseed.cfg', text: readFileSync(join(FILES, 'preseed.cfg'), 'utf8') };
    const args = `url=${CONFIG_URL} DEBIAN_FRONTEND=text console=ttyS0`;
    const walk = await begin(lab, { iso: await buildInstallerIso(system), config, args });
    const disk = await makeBlankDisk(join(lab.dir, 'disk.img'));
    const machine = powerOnWithDisk(lab, walk.bench, disk, 'install');
    await machine.waitFor(/Registered SAN device/, 180_000);
    await reach(lab, machine, 'the installer’s early command', /LAB-INSTALLER-CMDLINE/, 360_000);
    judgeArguments(lab, machine);
    const done = await switchToDisk(walk);
    await reach(lab, machine, 'the end of the installation', /LAB-INSTALLED$/, 120_000);
    await judgeInstalledSystem(lab, machine, POST_INSTALL);
    expectThat(installations(machine) === 1, 'the installer did not run exactly once');
    expectThat((await digestOf(disk, statSync(system).size)) === (await digestOf(system)), 'the disk is not what the installer was given');
    await judge(lab, walk, done, ['config.served']);
  },
};

export const seedWalk: Scenario = {
  name: 'seed-walk',
  title:
    'Through REST alone: a host boots an ISO by iSCSI, its live system gets its config by source address, and the system on its disk another one.',
  tier: 'ci',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'appliance', 'dnsmasq', 'curl'],
  timeoutMs: 300_000,
  async run(lab) {
    const text = '# a live system\nhost={{ host.name }}\nrole={{ host.vars.role }}\n';
    const walk = await begin(lab, { iso: await buildLabIso(), config: { format: 'other', file: 'live.conf', text }, args: 'lab.walk=1' });
    const disk = join(lab.dir, 'disk.img');
    copyFileSync(await buildInstalledDisk(), disk);
    const live = powerOnWithDisk(lab, walk.bench, disk, 'live');
    await live.waitFor(/Registered SAN device/, 120_000);
    await live.waitFor(/LAB-DONE/, 120_000);
    expectThat(argumentsOf(live).includes('lab.walk=1'), `the live system was told ${argumentsOf(live)}`);
    expectThat(live.said('CONFIG-URL') === CONFIG_URL, `it asked ${live.said('CONFIG-URL') ?? 'nobody'}`);
    const right = createHash('sha256').update(`# a live system\nhost=${ALPHA.name}\nrole=bench\n`).digest('hex');
    expectThat(live.said('CONFIG-SHA256') === right, 'the live system got another config');
    await live.serial.exited;
    const done = await switchToDisk(walk);
    await judgeInstalledSystem(lab, powerOnWithDisk(lab, walk.bench, disk, 'disk'), POST_INSTALL);
    await judge(lab, walk, done, ['dhcp.os-lease', 'config.served']);
  },
};

/** Everything is in place, and the host is armed. */
async function begin(lab: Lab, medium: Medium): Promise<Walk> {
  const bench = await makeLabNetwork(lab);
  const dataDir = join(lab.dir, 'data');
  const appliance = await startOnLabNetwork(lab, bench, { dataDir });
  const rest = new RestApi(bench.ns, appliance, dataDir);
  const watch = new HostWatch(rest.watch(HOSTS));
  await prepare(rest, medium);
  await assign(rest, medium.args);
  await watch.until('it is assigned', ({ spec }) => spec.method === 'iscsi' && spec.bootConfigRef === 'unattended');
  return { bench, appliance, rest, watch };
}

/** As soon as a client of REST knows that the boot’s evidence is complete. Returns the host as it was then. */
async function switchToDisk({ rest, watch }: Walk): Promise<RestObject> {
  const done = await watch.until('its boot is done', (host) => stateOf(host) === 'done');
  await rest.must('PATCH', HOST, { spec: { image: 'localboot', bootConfigRef: 'first-boot' } });
  return done;
}

/** Upload, configs, the link between them, and the host; each refused where the rules refuse it. */
async function prepare(rest: RestApi, { iso, config }: Medium): Promise<void> {
  const uploaded = await rest.upload(`${IMAGE}/iso`, iso);
  expectThat(uploaded.status.targetIQN === imageTargetName('walk'), `the target is ${String(uploaded.status.targetIQN)}`);
  const addConfig = (name: string, { format, file, text }: Medium['config']): Promise<RestObject> =>
    rest.must('POST', '/bootconfigs', object('BootConfig', name, { format, data: { [file]: text } }));
  await addConfig('unattended', config);
  const file = 'post-install.conf';
  await addConfig('first-boot', { format: 'other', file, text: readFileSync(join(FILES, file), 'utf8') });
  const spec = { bootMACAddress: ALPHA.mac.toUpperCase(), ip: ALPHA.ip, vars: { role: 'bench' } };
  const host = await rest.must('POST', HOSTS, object('BareMetalHost', ALPHA.name, spec));
  expectThat(host.status.targetIQN === hostTargetName(ALPHA.mac), `the host’s target is ${String(host.status.targetIQN)}`);
  await rest.must('PATCH', HOST, { spec: { image: 'walk' } });
  const early = await rest.ask('PATCH', HOST, { spec: { bootConfigRef: 'unattended' } });
  expectThat(early.status === 422 && early.object.code === 'E_CONFIG_INCOMPATIBLE', `before the link: ${JSON.stringify(early)}`);
  await rest.must('PATCH', IMAGE, { spec: { bootConfigs: ['unattended'] } });
}

async function assign(rest: RestApi, args: string): Promise<void> {
  const other = await rest.ask('PATCH', HOST, { spec: { bootConfigRef: 'first-boot' } });
  expectThat(other.object.code === 'E_CONFIG_INCOMPATIBLE', 'a config that is not in the ISO’s list was assigned');
  await rest.must('PATCH', HOST, { spec: { bootConfigRef: 'unattended' } });
  await rest.must('PATCH', HOST, { spec: { method: 'iscsi', args } });
}

function object(kind: string, name: string, spec: object): object {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'default' }, spec };
}

function judgeArguments(lab: Lab, machine: Machine): void {
  const commandLine = machine.said('INSTALLER-CMDLINE') ?? '';
  lab.fact('installer’s kernel arguments', commandLine);
  const urls = commandLine.split(' ').filter((word) => word.startsWith('url='));
  expectThat(urls.join() === `url=${CONFIG_URL}`, `the installer was told ${urls.join(' ')}`);
}

/** What happened, `spoke` being how the system showed that it runs: boots from iSCSI once, its config by its address, then the config after the installation; nothing refused. */
async function judge(lab: Lab, { appliance, watch }: Walk, done: RestObject, spoke: readonly EventType[]): Promise<void> {
  lab.fact('states of the host that the watch told', watch.told());
  const events = await appliance.events();
  expectEvents(events, [
    ...(['image.imported', 'assignment.armed', 'dhcp.ack', 'script.served', 'iscsi.login', 'iso.opened', 'iso.patched-read'] as const),
    ...(['config.served', 'assignment.armed', 'script.served', 'config.served', 'boot.complete'] as const),
  ]);
  expectEvents(events, ['iso.opened', 'assignment.done', 'assignment.armed']);
  const configs = events.filter(({ type }) => type === 'config.served').map(({ data }) => String(data.config));
  expectThat(configs.join() === 'unattended,first-boot', `configs were served in this order: ${configs.join()}`);
  const { evidence = [] } = done.status.assignment as { evidence?: number[] };
  const proof = evidence.map((seq) => events.find((event) => event.seq === seq)?.type ?? String(seq));
  lab.fact('events that completed the boot', proof);
  const isProof = proof.length === 2 && proof[0] === 'iso.opened' && spoke.some((type) => type === proof[1]);
  expectThat(isProof, `the evidence is ${proof.join()}`);
  const refused = events.filter(({ type }) => /refused|failed/.test(type));
  expectThat(refused.length === 0, `refused or failed: ${refused.map(({ message: text }) => text).join(' ')}`);
}

function stateOf({ status }: RestObject): string | undefined {
  return (status.assignment as { state?: string } | undefined)?.state;
}

/** `GET /api/v1/baremetalhosts?watch=true`, as the seed's programs have it open. */
class HostWatch {
  readonly #running: Running;

  constructor(running: Running) {
    this.#running = running;
  }

  /** The first object, told already or not yet, that `wanted` accepts. */
  async until(what: string, wanted: (host: RestObject) => boolean, timeoutMs = 60_000): Promise<RestObject> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = this.#hosts().find(wanted);
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`the watch did not tell in ${timeoutMs} ms that ${what}`);
      await pause(100);
    }
  }

  /** Image, config and state of each change, without repetitions. */
  told(): string[] {
    const all = this.#hosts().map((host) => `${String(host.spec.image)} ${String(host.spec.bootConfigRef)} ${stateOf(host) ?? 'none'}`);
    return all.filter((text, index) => text !== all[index - 1]);
  }

  #hosts(): RestObject[] {
    return this.#running.lines
      .filter(({ stream }) => stream === 'out')
      .map(({ text }) => (JSON.parse(text) as { object: RestObject }).object);
  }
}
