import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hostTargetName, imageTargetName } from '../../../contract/iscsi.ts';
import type { Appliance } from '../appliance.ts';
import { ALPHA, expectEvents } from '../boot-run.ts';
import { buildInstalledDisk, makeBlankDisk } from '../debian-installer/installed-disk.ts';
import { buildInstallerIso } from '../debian-installer/installer-iso.ts';
import { digestOf, installations, judgeInstalledSystem, powerOnWithDisk, reach } from '../debian-installer/machine.ts';
import { makeLabNetwork, SERVER, startOnLabNetwork } from '../lab-network.ts';
import { pause, type Running } from '../process.ts';
import type { Machine } from '../qemu.ts';
import { RestApi, type RestObject } from '../rest-api.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const FILES = join(import.meta.dirname, '../debian-installer');
const HOSTS = '/baremetalhosts';
const HOST = `/namespaces/default/baremetalhosts/${ALPHA.name}`;
const IMAGE = '/iscsi-cdroms/debian';
/** As the seed has it, the config is at the URL that is the same for all machines; whose it is, the source address says. */
const CONFIG_URL = `http://${SERVER}:7080/api/v1/bootconfig`;
const ARGUMENTS = `url=${CONFIG_URL} DEBIAN_FRONTEND=text console=ttyS0`;
/** What the installed system must receive, written without the appliance's template code. */
const POST_INSTALL = `# first boot of the installed system\nhost=${ALPHA.name}\naddress=${ALPHA.ip}\nimage=localboot\nrole=bench\n`;

export const seedWalkInstaller: Scenario = {
  name: 'seed-walk-installer',
  title:
    'Through REST alone: an ISO and configs, a host that boots the ISO by iSCSI, Debian’s installer with its config by source address, and the config of its first boot.',
  tier: 'full',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'debian-installer', 'appliance', 'dnsmasq', 'curl'],
  timeoutMs: 600_000,
  async run(lab) {
    const system = await buildInstalledDisk();
    const iso = await buildInstallerIso(system);
    const bench = await makeLabNetwork(lab);
    const dataDir = join(lab.dir, 'data');
    const appliance = await startOnLabNetwork(lab, bench, { dataDir });
    const rest = new RestApi(bench.ns, appliance, dataDir);
    const watch = new HostWatch(rest.watch(HOSTS));
    await prepare(rest, iso);
    await assign(rest);
    await watch.until('it is assigned', ({ spec }) => spec.image === 'debian' && spec.bootConfigRef === 'unattended');

    const disk = await makeBlankDisk(join(lab.dir, 'disk.img'));
    const machine = powerOnWithDisk(lab, bench, disk, 'install');
    await machine.waitFor(/Registered SAN device/, 180_000);
    await reach(lab, machine, 'the installer’s early command', /LAB-INSTALLER-CMDLINE/, 360_000);
    judgeArguments(lab, machine);
    // What a client of REST knows: the evidence of the boot is complete.
    const done = await watch.until('its boot is done', (host) => stateOf(host) === 'done');
    await rest.must('PATCH', HOST, { spec: { image: 'localboot', bootConfigRef: 'first-boot' } });
    await reach(lab, machine, 'the end of the installation', /LAB-INSTALLED$/, 120_000);
    await judgeInstalledSystem(lab, machine, POST_INSTALL);
    expectThat(installations(machine) === 1, 'the installer did not run exactly once');
    expectThat((await digestOf(disk, statSync(system).size)) === (await digestOf(system)), 'the disk is not what the installer was given');
    lab.fact('states of the host that the watch told', watch.told());
    await judgeEvents(lab, appliance, done);
  },
};

/** Upload, configs, the link between them, and the host; each refused where the rules refuse it. */
async function prepare(rest: RestApi, iso: string): Promise<void> {
  const uploaded = await rest.upload(`${IMAGE}/iso`, iso);
  expectThat(uploaded.status.targetIQN === imageTargetName('debian'), `the target is ${String(uploaded.status.targetIQN)}`);
  const addConfig = (name: string, format: string, file: string): Promise<RestObject> =>
    rest.must('POST', '/bootconfigs', object('BootConfig', name, { format, data: { [file]: readFileSync(join(FILES, file), 'utf8') } }));
  await addConfig('unattended', 'preseed', 'preseed.cfg');
  await addConfig('first-boot', 'other', 'post-install.conf');
  const spec = { bootMACAddress: ALPHA.mac.toUpperCase(), ip: ALPHA.ip, vars: { role: 'bench' } };
  const host = await rest.must('POST', HOSTS, object('BareMetalHost', ALPHA.name, spec));
  expectThat(host.status.targetIQN === hostTargetName(ALPHA.mac), `the host’s target is ${String(host.status.targetIQN)}`);
  await rest.must('PATCH', HOST, { spec: { image: 'debian' } });
  const early = await rest.ask('PATCH', HOST, { spec: { bootConfigRef: 'unattended' } });
  expectThat(early.status === 422 && early.object.code === 'E_CONFIG_INCOMPATIBLE', `before the link: ${JSON.stringify(early)}`);
  await rest.must('PATCH', IMAGE, { spec: { bootConfigs: ['unattended'] } });
}

async function assign(rest: RestApi): Promise<void> {
  const other = await rest.ask('PATCH', HOST, { spec: { bootConfigRef: 'first-boot' } });
  expectThat(other.object.code === 'E_CONFIG_INCOMPATIBLE', 'a config that is not in the ISO’s list was assigned');
  await rest.must('PATCH', HOST, { spec: { bootConfigRef: 'unattended' } });
  await rest.must('PATCH', HOST, { spec: { method: 'iscsi', args: ARGUMENTS } });
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

/** What happened: boots from iSCSI once, its config by its address, then the config after the installation; nothing refused. */
async function judgeEvents(lab: Lab, appliance: Appliance, done: RestObject): Promise<void> {
  const events = await appliance.events();
  expectEvents(events, [
    ...(['image.imported', 'assignment.armed', 'dhcp.ack', 'script.served', 'iscsi.login', 'iso.opened', 'iso.patched-read'] as const),
    ...(['config.served', 'assignment.done', 'assignment.armed', 'script.served', 'config.served', 'boot.complete'] as const),
  ]);
  const configs = events.filter(({ type }) => type === 'config.served').map(({ data }) => String(data.config));
  expectThat(configs.join() === 'unattended,first-boot', `configs were served in this order: ${configs.join()}`);
  const { evidence = [] } = done.status.assignment as { evidence?: number[] };
  const proof = evidence.map((seq) => events.find((event) => event.seq === seq)?.type ?? String(seq));
  lab.fact('events that completed the boot', proof);
  expectThat(proof.join() === 'iso.opened,config.served', `the evidence is ${proof.join()}`);
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
