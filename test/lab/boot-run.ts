import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchEvent, EventType } from '../../contract/appliance.ts';
import type { Host } from '../../contract/inventory.ts';
import type { Appliance } from './appliance.ts';
import { SERVER, type LabNetwork } from './lab-network.ts';
import { buildLabIso } from './iso.ts';
import { Capture } from './namespace.ts';
import { Machine, type MachineOptions, type SerialLine } from './qemu.ts';
import { expectThat, type Lab } from './scenario.ts';

/** The lab's machine, as its firmware describes itself. */
export const ALPHA = {
  name: 'alpha',
  mac: '52:54:00:77:00:0a',
  ip: '192.168.77.20',
  uuid: '3f1c9a52-0b7e-4d21-9c55-7a1de0c0ffee',
  serial: 'LAB-0001',
  product: 'Bench Box',
} as const;

/** Arguments of its own that the guest must show; the URLs are filled in by the appliance. */
export const OWN_ARGUMENTS = 'lab.name={{ host.name }} lab.rack=7 bootbench.config={{ config.url }} bootbench.phone={{ phone_home.url }}';
export const CONFIG_TEMPLATE = '# lab config\nhost={{ host.name }}\nmac={{ host.mac }}\naddress={{ host.ip }}\nrole={{ host.vars.role }}\n';
/** What the guest must receive, written without the appliance's template code. */
const CONFIG_OF_ALPHA = `# lab config\nhost=${ALPHA.name}\nmac=${ALPHA.mac}\naddress=${ALPHA.ip}\nrole=bench\n`;

export interface InventoryOptions {
  /** More `key=value` for `host set`. */
  set?: readonly string[];
  /** More words for `assign`: `['--always']`. */
  assign?: readonly string[];
  /** More kernel arguments. */
  args?: string;
  /** The ISO instead of the lab's own with the placeholder. */
  iso?: string;
  /** The ISO is copied into the library. */
  imported?: boolean;
  /** pool: no address of its own. */
  address?: 'pool';
}

/** Host alpha, the lab ISO, a config with template fields, and the assignment: all by the command line. */
export async function addAlpha(lab: Lab, appliance: Appliance, options: InventoryOptions = {}): Promise<void> {
  await addImageAndConfig(lab, appliance, options.iso, options.imported ? ['--copy'] : []);
  await appliance.must('host', 'add', ALPHA.name, '--mac', ALPHA.mac, ...(options.address === 'pool' ? [] : ['--ip', ALPHA.ip]));
  await appliance.must('host', 'set', ALPHA.name, 'vars.role=bench', ...(options.set ?? []));
  await assignAlpha(appliance, options);
}

export async function addImageAndConfig(lab: Lab, appliance: Appliance, iso?: string, words: readonly string[] = []): Promise<void> {
  const file = join(lab.dir, 'lab.conf');
  writeFileSync(file, CONFIG_TEMPLATE);
  await appliance.must('config', 'add', 'lab-config', '--format', 'other', file);
  await appliance.must('image', 'add', iso ?? (await buildLabIso()), '--name', 'lab', '--configs', 'lab-config', ...words);
}

export async function assignAlpha(appliance: Appliance, { args, assign }: InventoryOptions = {}): Promise<void> {
  const kernel = args === undefined ? OWN_ARGUMENTS : `${OWN_ARGUMENTS} ${args}`;
  await appliance.must('assign', ALPHA.name, '--image', 'lab', '--config', 'lab-config', '--args', kernel, ...(assign ?? []));
}

/** Starts alpha on the bench's tap, with what goes over the wire recorded in the run's folder. */
export async function powerOn(
  lab: Lab,
  bench: LabNetwork,
  options: Partial<MachineOptions> & Pick<MachineOptions, 'firmware'>,
): Promise<Machine> {
  lab.use(await Capture.start(bench.ns, 'br0', join(lab.dir, 'wire.pcap'), 'udp or arp'));
  return lab.use(new Machine(bench.ns, { ...ALPHA, net: { tap: 'tap0' }, dir: lab.dir, ...options }));
}

/** What Tinkerbell's placeholder line says before the host's own arguments. */
const TINKERBELL_WORDS = [
  'console=ttyAMA0 console=ttyS0 console=tty0 console=tty1 console=ttyS1',
  `hw_addr=${ALPHA.mac} syslog_host=${SERVER} grpc_authority=${SERVER}:42113 tinkerbell_tls=false worker_id=${ALPHA.mac}`,
];

export interface GuestOptions {
  timeoutMs?: number;
  /** Words on its command line before its own. */
  before?: readonly string[];
}

/** Waits for the guest to be done, then judges what it said: its own arguments after those that every view of this ISO has, and the right config. */
export async function expectGuest(
  lab: Lab,
  machine: SerialLine,
  { timeoutMs = 120_000, before = TINKERBELL_WORDS }: GuestOptions = {},
): Promise<void> {
  const done = await machine.waitFor(/LAB-DONE/, timeoutMs);
  const timeOf = (mark: string): number => machine.serial.lines.find(({ text }) => text.includes(mark))?.at ?? 0;
  // A machine with a BMC is powered on by that; any other when its process is started.
  const begun = timeOf('BMC-STARTS');
  lab.fact('seconds from power-on to the guest’s init', Math.round((timeOf('LAB-CMDLINE') - begun) * 10) / 10);
  lab.fact('seconds from power-on to done', Math.round((done.at - begun) * 10) / 10);
  judgeArguments(lab, argumentsOf(machine), before);
  judgeConfig(lab, machine.said('CONFIG-SHA256'));
  expectThat(machine.said('ADDRESS') === `${ALPHA.ip} from ${SERVER}`, `the guest has ${machine.said('ADDRESS') ?? 'no address'}`);
}

/** The same, and that it phoned home; returns what the appliance saw of a netboot. */
export async function expectWholeBoot(
  lab: Lab,
  machine: SerialLine,
  appliance: Appliance,
  options: GuestOptions = {},
): Promise<BenchEvent[]> {
  await expectGuest(lab, machine, options);
  await appliance.waitForEvent(({ type }) => type === 'boot.complete', 'the guest phoned home');
  const events = await appliance.events();
  expectEvents(events, [
    'dhcp.discover',
    'dhcp.offer',
    'dhcp.ack',
    'script.served',
    'iso.opened',
    'iso.patched-read',
    'config.served',
    'boot.complete',
  ]);
  return events;
}

/** The guest's command line: the copy on its serial line that has the checksum which the guest gave. */
export function argumentsOf(machine: SerialLine): string {
  const digests = machine.allSaid('CMDLINE-SHA256');
  const copy = machine.allSaid('CMDLINE').find((text) => digests.includes(createHash('sha256').update(text).digest('hex')));
  expectThat(
    copy !== undefined,
    `no copy of the guest’s command line came over the serial line unharmed: ${machine.said('CMDLINE') ?? 'none'}`,
  );
  return copy;
}

function judgeArguments(lab: Lab, commandLine: string, before: readonly string[]): void {
  lab.fact('guest’s own arguments', commandLine);
  const base = `http://${SERVER}:7080`;
  const wanted = [
    ...before,
    `lab.name=${ALPHA.name} lab.rack=7`,
    `bootbench.config=${base}/config/`,
    `bootbench.phone=${base}/api/v1/boot-complete`,
  ];
  for (const text of wanted) expectThat(commandLine.includes(text), `the guest’s arguments lack "${text}": ${commandLine}`);
}

function judgeConfig(lab: Lab, said: string | undefined): void {
  const right = createHash('sha256').update(CONFIG_OF_ALPHA).digest('hex');
  lab.fact('config sha256', `${said ?? 'none'} (${said === right ? 'right' : `wrong, expected ${right}`})`);
  expectThat(said === right, `the guest fetched a config of sha256 ${said ?? 'none'}, not ${right}`);
}

/** Each of the types was seen, in this order (others may lie between). */
export function expectEvents(events: readonly BenchEvent[], types: readonly EventType[]): void {
  let from = 0;
  for (const type of types) {
    const found = events.findIndex((event, i) => i >= from && event.type === type);
    const seen = events.map((event) => event.type).join(' ');
    expectThat(found >= 0, `no event ${type} after ${from} others; there are: ${seen}`);
    from = found + 1;
  }
}

export function hostOf(appliance: Appliance, name: string): Promise<Host> {
  return appliance.json<Host>('host', 'show', name);
}
