import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Lease } from '../../../contract/inventory.ts';
import { buildIso } from '../../unit/iso/build-iso.ts';
import { sha256Of, startAppliance, type Appliance } from '../appliance.ts';
import { jobsOf, MANUAL_STEPS } from '../bmc/reimage-run.ts';
import { addressIn, Dhclient } from '../dhclient.ts';
import { FakeClock } from '../fake-clock.ts';
import { bootFileHashes } from '../machines/inventory.ts';
import type { Hold, MachineJob } from '../machines/machine-process.ts';
import { ARGUMENTS, buildSoakIso, CONFIG_TEMPLATE, roleOf } from '../machines/truth.ts';
import { cable, NODE, type Namespace } from '../namespace.ts';
import { pause, type Running } from '../process.ts';
import { RestApi } from '../rest-api.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const SERVER = '192.168.92.1';
/** One address, so that a second stranger gets it only when the lease of the first has ended. */
const POOL = '192.168.92.100-192.168.92.100';
const MACHINE = { name: 'node-1', dev: 'm0', mac: '52:54:00:92:00:01' };
const RESERVED = '192.168.92.50';
const STRANGER = '52:54:00:92:00:99';
const NEWCOMER = '52:54:00:92:00:98';
const LEASE_MS = 60_000;
const YEAR_S = 365 * 86_400;
const DAY_MS = 86_400_000;
/** A slow import: 170 s. */
const UPLOAD_RATE = '100k';
const UPLOAD_BYTES = 17_000_000;
const CONSOLE_HOST = 'node-2';
const CONSOLE_PORT = 7999;
const CONSOLE = `require('net').createServer((s) => { s.on('error', () => {}); setInterval(() => s.write('tick ' + performance.now() + '\\n'), 200); }).listen(${CONSOLE_PORT}, '127.0.0.1')`;

/** Everything that is under way while the clock is set. */
interface World {
  readonly lab: Lab;
  readonly clock: FakeClock;
  readonly appliance: Appliance;
  readonly machines: Namespace;
  readonly stranger: Namespace;
  readonly dhclient: Dhclient;
  readonly iso: string;
  readonly dataDir: string;
  /** What was there before, and must still be. */
  readonly saved: Set<string>;
}

async function setUp(lab: Lab): Promise<World & { readonly laptop: Namespace; readonly other: Namespace }> {
  const [laptop, machines] = [await lab.namespace('cs-l'), await lab.namespace('cs-m')];
  const [stranger, other] = [await lab.namespace('cs-s'), await lab.namespace('cs-n')];
  await laptop.bridge('lab0', `${SERVER}/24`);
  for (const [index, ns] of [machines, stranger, other].entries())
    await cable({ ns: laptop, dev: `port${index}`, bridge: 'lab0' }, { ns, dev: 'eth0' });
  for (const [key, value] of Object.entries({ arp_ignore: '1', rp_filter: '0' }))
    for (const scope of ['all', 'default']) await machines.sysctl(`net.ipv4.conf.${scope}.${key}`, value);
  laptop.spawn([NODE, '-e', CONSOLE]);
  const clock = new FakeClock(join(lab.dir, 'clock'));
  const dataDir = join(lab.dir, 'data');
  const args = ['--nic', 'lab0', '--dhcp', 'full', '--pool', POOL, '--lease-time', String(LEASE_MS / 1000)];
  const appliance = lab.use(await startAppliance(laptop, { dataDir, args, wrapper: clock.wrapper }));
  const iso = await buildSoakIso(2);
  writeFileSync(join(lab.dir, 'soak.conf'), CONFIG_TEMPLATE);
  await appliance.must('config', 'add', 'soak-config', '--format', 'other', join(lab.dir, 'soak.conf'));
  await appliance.must('image', 'add', iso, '--name', 'soak', '--configs', 'soak-config', '--kind', 'install');
  await appliance.must('host', 'add', MACHINE.name, '--mac', MACHINE.mac, '--ip', RESERVED);
  await appliance.must('host', 'set', MACHINE.name, `vars.role=${roleOf(MACHINE.name)}`);
  // Another host's: the arguments of node-1 would get its console, too.
  await appliance.must('host', 'add', CONSOLE_HOST, '--mac', '52:54:00:92:00:02');
  await appliance.must('host', 'set', CONSOLE_HOST, `console=tcp://127.0.0.1:${CONSOLE_PORT}`);
  await appliance.must('assign', MACHINE.name, '--image', 'soak', '--config', 'soak-config', '--args', ARGUMENTS, '--once');
  const dhclient = new Dhclient(stranger, join(lab.dir, 'stranger'));
  return { lab, clock, appliance, laptop, machines, stranger, other, dhclient, iso, dataDir, saved: new Set() };
}

/** Powers the machine on. Where it holds, it continues when `release` is called. */
function powerOn({ lab, machines, iso }: World, ...holds: Hold['at'][]): { machine: Running; release: (at: Hold['at']) => void } {
  const until = (at: string): string => join(lab.dir, `continue-${at}`);
  const job: MachineJob = {
    ...{ machine: MACHINE, iso, dir: join(lab.dir, 'views'), bootFiles: bootFileHashes(), prefix: 24 },
    holds: holds.map((at) => ({ at, until: until(at) })),
  };
  const machine = machines.spawn([NODE, join(import.meta.dirname, '../machines/machine-process.ts'), JSON.stringify(job)]);
  return { machine, release: (at) => writeFileSync(until(at), '') };
}

/** An ISO that no one knows yet. */
function writeIso(path: string, volumeId: string): string {
  writeFileSync(path, buildIso({ volumeId, files: [{ path: 'boot/grub/grub.cfg', bytes: Buffer.from('linux /vmlinuz quiet\n') }] }));
  truncateSync(path, UPLOAD_BYTES);
  return path;
}

/** Sets the program's clock, and judges everything that has a date or a time limit. */
async function setClock(world: World, years: number): Promise<void> {
  const { lab, clock, appliance } = world;
  noteSaved(world);
  clock.set(years * YEAR_S);
  lab.say(`the program’s clock is set ${years === 0 ? 'right' : `to ${years} year from the true time`}`);
  // It looks each second.
  await pause(2500);
  await judgeDates(world, years);
  await judgeSaved(world, years);
  const { problems } = await appliance.json<{ problems?: readonly { message: string }[] }>('status');
  expectThat(problems === undefined, `${years}: the status has problems: ${JSON.stringify(problems)}`);
}

async function judgeDates({ lab, clock, appliance }: World, years: number): Promise<void> {
  const leases = (await appliance.json<Lease[]>('leases')).filter(({ state }) => state === 'bound');
  const left = (time: number): number => time - clock.now();
  for (const { ip, expiresAt } of leases)
    expectThat(
      left(expiresAt) <= LEASE_MS + 1000 && left(expiresAt) > -300_000,
      `${years}: the lease of ${ip} has ${left(expiresAt)} ms to go`,
    );
  expectThat(
    leases.some(({ mac, expiresAt }) => mac === STRANGER && left(expiresAt) > 0),
    `${years}: the stranger has no lease: ${JSON.stringify(leases)}`,
  );
  for (const job of await jobsOf(appliance)) {
    const age = -left(job.startedAt ?? job.createdAt);
    expectThat(job.state === 'done' || (age >= 0 && age < 300_000), `${years}: the job that runs began ${age} ms ago`);
    expectThat(['running', 'waiting', 'done'].includes(job.state), `${years}: the job is ${job.state}`);
  }
  const partials = await appliance.json<{ name: string; expiresAt: number }[]>('image', 'partials');
  const cut = partials.find(({ name }) => name === 'cut');
  expectThat(cut !== undefined, `${years}: the unfinished import is gone`);
  const days = left(cut.expiresAt) / DAY_MS;
  expectThat(days > 6.9 && days <= 7.001, `${years}: the unfinished import is removed in ${days} days`);
  lab.fact(`clock at ${years} years after ${Math.round(appliance.process.age)} s: leases in s, unfinished import in days`, [
    ...leases.map(({ ip, expiresAt }) => `${ip}: ${Math.round(left(expiresAt) / 1000)}`),
    days.toFixed(3),
  ]);
}

/** Files of transcripts and backups. */
function filesOf({ dataDir }: World): string[] {
  const folders = ['backups', 'consoles'].map((name) => join(dataDir, name)).filter((folder) => existsSync(folder));
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/partial|-journal|\.new$/.test(entry.name))
      .map(({ parentPath, name }) => join(parentPath, name)),
  );
}

/** The first backup is made a minute after the start; its name is of the next year. */
async function backedUp(world: World): Promise<void> {
  const year = String(new Date(world.clock.now()).getUTCFullYear());
  for (let tries = 0; !filesOf(world).some((file) => basename(file).startsWith(`bootbench-${year}`)); tries += 1) {
    expectThat(tries < 150, `no backup has a name of ${year}: ${filesOf(world).join(', ')}`);
    await pause(500);
  }
}

function noteSaved(world: World): void {
  for (const file of filesOf(world)) world.saved.add(file);
}

async function judgeSaved(world: World, years: number): Promise<void> {
  const files = new Set(filesOf(world));
  const gone = [...world.saved].filter((file) => !files.has(file));
  expectThat(gone.length === 0, `${years}: removed: ${gone.join(', ')}`);
  const before = await transcript(world);
  for (let tries = 0; (await transcript(world)).length <= before.length; tries += 1) {
    expectThat(tries < 30, `${years}: nothing is recorded of the console any longer`);
    await pause(100);
  }
}

/** All lines of the console that were recorded. */
async function transcript({ appliance }: World): Promise<string[]> {
  const text = await appliance.must('console', CONSOLE_HOST, '--log');
  return text.split('\n').filter((line) => line.includes('tick'));
}

/** The stranger restarts with the lease that it has: the server confirms it. */
async function strangerReboots({ lab, dhclient }: World): Promise<string> {
  return dhclient.lease(STRANGER, { lease: readFileSync(join(lab.dir, 'stranger/leases'), 'utf8') });
}

/** The machine starts from the network again, and is not told to install again. */
async function expectLocalDisk(world: World, when: string): Promise<void> {
  const { machine } = powerOn(world);
  const { text } = await machine.waitFor(/^(booted|fault)/, 60_000);
  expectThat(text.includes('got a script without an ISO'), `${when}: the machine was told to install again: ${text}`);
}

async function run(lab: Lab): Promise<void> {
  const world = await setUp(lab);
  const { appliance, laptop, stranger, other, dhclient, dataDir } = world;
  const rest = new RestApi(laptop, appliance, dataDir);
  const upload = (name: string): Running =>
    rest.slowUpload(`/iscsi-cdroms/${name}/iso`, writeIso(join(lab.dir, `${name}.iso`), name.toUpperCase()), UPLOAD_RATE);
  const slow = upload('slow');
  const cut = upload('cut');
  const address = await dhclient.lease(STRANGER);
  await appliance.must('reimage', MACHINE.name, '--method', 'by-hand');
  const first = powerOn(world, 'iso', 'phone');
  await first.machine.waitFor(/^hold iso/, 60_000, /^fault/);
  await cut.stop(0, 'SIGKILL');
  await pause(500);

  await setClock(world, 1);
  first.release('iso');
  await first.machine.waitFor(/^hold phone/, 60_000, /^fault/);
  await dhclientRenews(world, address);
  await backedUp(world);
  await setClock(world, 0);
  expectThat((await strangerReboots(world)) === address, 'the stranger got another address after the clock was set back');
  first.release('phone');
  await first.machine.waitFor(/^booted/, 60_000, /^fault/);
  await judgeJob(world);
  await expectLocalDisk(world, 'after the installation');

  await setClock(world, -1);
  expectThat((await strangerReboots(world)) === address, 'the stranger got another address a year before');
  const boundAt = performance.now();
  await expectLocalDisk(world, 'a year before');
  await setClock(world, 0);
  await dhclient.crash();
  await stranger.ip('link', 'set', 'eth0', 'down');
  const newcomer = await new Dhclient(other, join(lab.dir, 'newcomer')).boot(NEWCOMER);
  await expectLocalDisk(world, 'when the clock is right again');

  const taken = addressIn(await newcomer.waitFor(/bound to [\d.]+/, LEASE_MS + 60_000));
  const seconds = Math.round((performance.now() - boundAt) / 1000);
  lab.fact('seconds from the last lease of the address to the next machine', seconds);
  expectThat(taken === address, `the newcomer got ${taken}, not the stranger’s ${address}`);
  expectThat(
    seconds >= LEASE_MS / 1000 - 1,
    `the address was given to another machine ${seconds} s after it was leased for ${LEASE_MS} ms`,
  );
  await judgeImport(world, slow);
  await judgeEvents(world);
}

/** Its own renewal, halfway through the lease. */
async function dhclientRenews({ dhclient }: World, address: string): Promise<void> {
  for (let tries = 0; dhclient.said('RENEW').new_ip_address === undefined; tries += 1) {
    expectThat(tries < 90, 'the stranger’s lease was not renewed in 45 s');
    await pause(500);
  }
  expectThat(dhclient.said('RENEW').new_ip_address === address, `renewed as ${dhclient.said('RENEW').new_ip_address ?? ''}`);
}

async function judgeJob({ appliance }: World): Promise<void> {
  await appliance.waitForEvent(({ type }) => type === 'job.done' || type === 'job.failed', 'the end of the job', 30_000);
  const [job, ...others] = await jobsOf(appliance);
  expectThat(job?.state === 'done' && others.length === 0, `the job is ${job?.state ?? 'gone'}: ${JSON.stringify(job?.steps)}`);
  expectThat(job.steps.map(({ name }) => name).join() === MANUAL_STEPS.join(), `its steps: ${job.steps.map(({ name }) => name).join()}`);
  const { assignment } = await appliance.json<{ assignment?: { state: string } }>('host', 'show', MACHINE.name);
  expectThat(assignment?.state === 'done', `the assignment is ${assignment?.state ?? 'gone'}`);
}

async function judgeImport({ lab, appliance }: World, slow: Running): Promise<void> {
  const wasUnderWay = slow.exitCode === undefined;
  expectThat(wasUnderWay, `the import ended before the clock was set for the last time: ${slow.text}`);
  await slow.waitFor(/^20\d$/, 120_000);
  const image = await appliance.json<{ sha256?: string }>('image', 'show', 'slow');
  const sha256 = await sha256Of(join(lab.dir, 'slow.iso'));
  expectThat(image.sha256 === sha256, `the imported file has SHA-256 ${image.sha256 ?? 'unknown'}, not ${sha256}`);
}

async function judgeEvents(world: World): Promise<void> {
  const { lab, appliance } = world;
  const events = await appliance.events();
  const count = (wanted: string): number => events.filter(({ type }) => type === wanted).length;
  expectThat(count('assignment.done') === 1, `${count('assignment.done')} events say that the assignment is done`);
  expectThat(count('job.failed') === 0 && count('job.done') === 1, 'the job did not end once');
  const dates = new Set(events.map(({ at }) => new Date(at).getUTCFullYear()));
  expectThat(dates.size === 3, `events are of the years ${[...dates].join()}: the program did not see every clock`);
  lab.fact('backups', readdirSync(join(world.dataDir, 'backups')).map(String));
}

export const clockStep: Scenario = {
  name: 'clock-step',
  title:
    'The clock moves by a year in both directions during a job, a lease and an import: nothing installs twice, nothing is held for a year.',
  tier: 'full',
  needs: ['root', 'appliance', 'boot-files', 'iso-tools', 'dhclient', 'curl', 'faketime'],
  timeoutMs: 300_000,
  run,
};
