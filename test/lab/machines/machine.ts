import { createHash, timingSafeEqual } from 'node:crypto';
import { read, type Reading } from '../scenarios/tftp-reader.ts';
import { addressIn } from './dhcp-wire.ts';
import { Unanswered, type DhcpSocket } from './dhcp-socket.ts';
import { HttpMachine, type HttpAnswer } from './http-machine.ts';
import type { Links } from './links.ts';
import { rangesOf } from './ranges.ts';
import { configOf, type MachineWords, type Truth } from './truth.ts';

/** What a boot is made of, in order. */
export const PHASES = ['address', 'boot-file', 'script', 'iso', 'config', 'phone', 'system'] as const;
export type Phase = (typeof PHASES)[number];

export type FaultKind = 'wrong-bytes' | 'unanswered' | 'error';

/** A boot that did not do what it must. `kind` is what is counted. */
export class BootFault extends Error {
  readonly kind: FaultKind;
  readonly phase: Phase;
  constructor(kind: FaultKind, phase: Phase, message: string) {
    super(message);
    this.kind = kind;
    this.phase = phase;
  }
}

export interface SimulatedMachine {
  readonly name: string;
  readonly mac: string;
  readonly dev: string;
}

export interface BootResult {
  readonly address: string;
  readonly ms: number;
  /** Bytes of boot file, script, ISO and config. */
  readonly bytes: number;
  /** HTTP requests that had to be repeated on a new connection. */
  readonly retries: number;
}

export interface BootEnvironment {
  readonly dhcp: DhcpSocket;
  readonly links: Links;
  readonly truth: Truth;
  /** Of each boot file by name: what TFTP must give. */
  readonly bootFiles: Readonly<Record<string, string>>;
  /** Called before each phase, and before every range of the ISO. */
  readonly before?: (phase: Phase) => Promise<void>;
  readonly random: () => number;
  /** Bytes of ISO to read: some, or all. */
  readonly readAll: boolean;
}

/** One complete boot, as a BIOS machine's ROM, iPXE and a system do it, with every byte compared. Throws BootFault. */
export async function boot(machine: SimulatedMachine, environment: BootEnvironment): Promise<BootResult> {
  const began = performance.now();
  const { dhcp, links, before = () => Promise.resolve() } = environment;
  const { name, mac, dev } = machine;
  await links.off(dev);

  await before('address');
  const first = await judged('address', () => dhcp.lease('firmware', mac));
  await links.on(dev, first.address);
  const http = new HttpMachine(first.address);
  try {
    await before('boot-file');
    const fileBytes = await bootFile(machine, first.nextServer, first.bootFile, first.address, environment);

    await before('script');
    const second = await judged('script', () => dhcp.lease('ipxe', mac));
    if (second.address !== first.address)
      throw new BootFault('error', 'script', `${name} got ${first.address}, then iPXE got ${second.address}`);
    const script = await expectStatus(http, 'script', scriptUrl(second.bootFile, machine), 200);
    const iso = /^sanboot .*?(http:\S+)/m.exec(script.body.toString())?.[1];
    if (iso === undefined)
      throw new BootFault('error', 'script', `${name} got a script without an ISO: ${script.body.toString().slice(0, 200)}`);

    const token = iso.split('/').at(-2) ?? '';
    const server = addressIn(second, 54);
    const isoBytes = await readIso({ ...machine, token, server }, http, iso, environment, before);

    await before('config');
    const config = await expectStatus(http, 'config', `http://${server}:7080/config/${token}/${environment.truth.configFile}`, 200);
    compare('config', machine, config.body, Buffer.from(configOf(machine)), 'its config');
    await before('phone');
    await expectStatus(http, 'phone', `http://${server}:7080/api/v1/boot-complete?token=${token}`, undefined, 'POST');
    await before('system');
    await judged('system', () => dhcp.lease('system', mac));
    const bytes = fileBytes + script.body.length + isoBytes + config.body.length;
    return { address: first.address, ms: performance.now() - began, bytes, retries: http.retries };
  } finally {
    http.close();
  }
}

async function bootFile(
  { name }: SimulatedMachine,
  server: string,
  file: string,
  address: string,
  { bootFiles }: BootEnvironment,
): Promise<number> {
  const wanted = bootFiles[file];
  if (wanted === undefined) throw new BootFault('error', 'boot-file', `${name} was given the boot file "${file}"`);
  const options: [string, string][] = [
    ['blksize', '1468'],
    ['tsize', '0'],
  ];
  // A ROM that was patient for a minute starts over from another port.
  const again = (): Promise<Reading> => read(server, file, options, address);
  const reading = await judged('boot-file', () => again().catch(again).catch(again));
  if (reading.error) throw new BootFault('error', 'boot-file', `${name}: TFTP error ${reading.error.code}: ${reading.error.message}`);
  if (reading.sha256 !== wanted) throw new BootFault('wrong-bytes', 'boot-file', `${name}: ${file} has sha256 ${reading.sha256}`);
  return reading.bytes;
}

/** What iPXE makes of the URL that option 67 holds. */
function scriptUrl(template: string, { mac }: SimulatedMachine): string {
  const facts: Record<string, string> = {
    uuid: `42424242-0000-4080-0000-${mac.replaceAll(':', '')}`.replace('4080-0000', '4080-8000'),
    'serial:uristring': `SOAK-${mac.slice(-5).replace(':', '')}`,
    'product:uristring': 'Bench%20Box',
    'manufacturer:uristring': 'Bootbench',
    buildarch: 'i386',
  };
  return template.replaceAll(/\$\{([^}]*)\}/g, (_, key: string) => facts[key] ?? '');
}

/** Some ranges of the ISO, or all of them; the first time of a token all, which are then judged as a whole. */
async function readIso(
  machine: MachineWords,
  http: HttpMachine,
  url: string,
  { truth, random, readAll }: BootEnvironment,
  before: (phase: Phase) => Promise<void>,
): Promise<number> {
  const { name, token } = machine;
  await before('iso');
  const head = await expectStatus(http, 'iso', url, 200, 'HEAD');
  const size = Number(head.headers['content-length']);
  if (truth.knows(token) && size !== truth.sizeOf(token))
    throw new BootFault('wrong-bytes', 'iso', `${name}: the ISO has ${size} bytes, and had ${truth.sizeOf(token) ?? 0}`);
  const pieces: Buffer[] = [];
  for (const { start, end } of rangesOf(size, random, readAll || !truth.knows(token))) {
    await before('iso');
    const answer = await expectStatus(http, 'iso', url, 206, 'GET', { range: `bytes=${start}-${end - 1}` });
    if (answer.headers['content-range'] !== `bytes ${start}-${end - 1}/${size}`)
      throw new BootFault('error', 'iso', `${name}: asked for ${start}-${end - 1}, got ${answer.headers['content-range'] ?? 'no range'}`);
    if (truth.knows(token)) compare('iso', machine, answer.body, truth.bytes(token, start, end), `bytes ${start} to ${end - 1} of its ISO`);
    pieces.push(answer.body);
  }
  const read = Buffer.concat(pieces);
  const wrong = truth.knows(token) ? undefined : await truth.learn(machine, read);
  if (wrong !== undefined) throw new BootFault('wrong-bytes', 'iso', `${name}: ${wrong}`);
  return read.length;
}

function compare(phase: Phase, { name }: { name: string }, got: Buffer, wanted: Buffer, what: string): void {
  const hash = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
  if (timingSafeEqual(hash(got), hash(wanted))) return;
  const at = got.findIndex((byte, index) => byte !== wanted[index]);
  throw new BootFault('wrong-bytes', phase, `${name}: ${what} differ from byte ${at} on: ${got.subarray(at, at + 40).toString('latin1')}`);
}

async function expectStatus(
  http: HttpMachine,
  phase: Phase,
  url: string,
  status: number | undefined,
  method = 'GET',
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  const answer = await judged(phase, () => http.request(method, url, headers));
  const isGood = status === undefined ? answer.status >= 200 && answer.status < 300 : answer.status === status;
  if (isGood) return answer;
  throw new BootFault('error', phase, `${method} ${url}: ${answer.status} ${answer.body.toString().slice(0, 200)}`);
}

/** What gets no answer, however often it is repeated, is unanswered. */
async function judged<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const kind = error instanceof Unanswered || (error instanceof Error && error.message.startsWith('no end of')) ? 'unanswered' : 'error';
    throw new BootFault(kind, phase, error instanceof Error ? error.message : String(error));
  }
}
