import { createHash } from 'node:crypto';
import { chmodSync, chownSync, realpathSync } from 'node:fs';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErrorBody } from '../../../contract/errors.ts';
import { silentLog, systemClock as clock } from '../../../contract/runtime.ts';
import { openRfc2217 } from '../../../main-services/console/network/open-rfc2217.ts';
import { openTcp } from '../../../main-services/console/network/open-tcp.ts';
import { localPorts } from '../../../main-services/console/serial/local-ports.ts';
import { openSerial } from '../../../main-services/console/serial/open-serial.ts';
import type { ConsoleTransport, OpenTransport } from '../../../main-services/console/transport.ts';
import { PtyPair } from '../../fixtures/pty-pair.ts';
import { freePort, Ser2net } from '../../fixtures/ser2net.ts';
import { TransportLog } from '../../fixtures/transport-log.ts';
import { NODE } from '../namespace.ts';
import { mustRun, pause, Running } from '../process.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const NOBODY = 65534;
const OUTPUT_BYTES = 10_000_000;
const TYPED_BYTES = 1_000_000;
const host = '127.0.0.1';
const never = { signal: new AbortController().signal, takeOver: false };
const serial = (path: string): OpenTransport => openSerial({ path, baud: 115200, native: localPorts(clock), clock, log: silentLog });

export const consoleSerial: Scenario = {
  name: 'console-serial',
  title: 'Serial port, ser2net and RFC 2217 carry 10 MB and typed text; unplugged, in use and forbidden ports say so.',
  tier: 'ci',
  needs: ['root', 'socat', 'ser2net'],
  async run(lab) {
    await overPort(lab);
    await overSer2net(lab, 'ser2net raw', 'tcp,127.0.0.1,', (port) => openTcp({ host, port, clock }));
    await overSer2net(lab, 'ser2net RFC 2217', 'telnet(rfc2217=true),tcp,127.0.0.1,', (port) =>
      openRfc2217({ host, port, baud: 9600, clock }),
    );
    await expectFaults(lab);
    await expectReplug(lab);
  },
};

async function overPort(lab: Lab): Promise<void> {
  await using pty = new PtyPair();
  await pty.plug();
  await expectTraffic(lab, 'serial port', pty, serial(pty.port));
}

async function overSer2net(lab: Lab, name: string, accepter: string, openPort: (port: number) => OpenTransport): Promise<void> {
  await using pty = new PtyPair();
  await pty.plug();
  await using server = await Ser2net.start({ dir: pty.dir, accepter, port: await freePort(), device: pty.port });
  await expectTraffic(lab, name, pty, openPort(server.port));
}

/** 10 MB of numbered lines from the machine while 1 MB is typed; then a line that the machine echoes. */
async function expectTraffic(lab: Lab, name: string, pty: PtyPair, transport: OpenTransport): Promise<void> {
  const log = new TransportLog(0);
  const console = await transport(log, never);
  await using machine = await open(pty.machine, 'r+');
  const began = performance.now();
  const output = lines('output', OUTPUT_BYTES);
  const typed = lines('typed', TYPED_BYTES);
  const [received] = await Promise.all([readExactly(machine, typed.length), console.write(typed), machine.write(output)]);
  await until(
    () => log.bytes >= output.length,
    60_000,
    () => `${name}: ${log.bytes} of ${output.length} bytes`,
  );
  expectThat(log.bytes === output.length && log.sha256 === sha256(output), `${name}: the output differs`);
  expectThat(sha256(received) === sha256(typed), `${name}: what was typed differs`);
  await expectEcho(name, console, machine, log);
  if (console.setBaud && name !== 'serial port') {
    const speeds = [console.baud, await console.setBaud(115200)];
    expectThat(speeds.join() === '9600,115200', `${name}: speeds ${speeds.join()}`);
    lab.fact(`${name} speed acknowledged`, speeds.join(' → '));
    await expectEcho(name, console, machine, log);
  }
  lab.fact(`${name} 10 MB`, `${Math.round(performance.now() - began)} ms`);
  await console.close();
  expectThat(log.ends.length === 1 && log.ends[0] === undefined, `${name}: closed ${log.ends.length} times`);
}

async function expectEcho(name: string, console: ConsoleTransport, machine: FileHandle, log: TransportLog): Promise<void> {
  const before = log.bytes;
  const line = Buffer.from('uname -a\r');
  const [typed] = await Promise.all([readExactly(machine, line.length), console.write(line)]);
  await machine.write(typed);
  await until(
    () => log.bytes === before + line.length,
    5000,
    () => `${name}: no echo`,
  );
}

async function expectFaults(lab: Lab): Promise<void> {
  await using pty = new PtyPair();
  await pty.plug();
  const device = realpathSync(pty.port);
  const locker = lab.use(new Running(['flock', '--nonblock', '--no-fork', device, 'sleep', '60']));
  await pause(500);
  expectCode(lab, 'in use', await outcomeOf(device), 'E_CONSOLE_BUSY');
  await locker.stop();

  const dialout = /^dialout:[^:]*:(\d+):/m.exec(await readFile('/etc/group', 'utf8'))?.[1];
  chownSync(device, 0, Number(dialout));
  chmodSync(device, 0o660);
  const denied = await outcomeOf(device, '--clear-groups');
  expectCode(lab, 'no permission', denied, 'E_CONSOLE_PERMISSION');
  expectThat(denied.details?.command === 'sudo usermod -aG dialout nobody', `the command is ${String(denied.details?.command)}`);
  const inGroup = await outcomeOf(device, `--groups=${dialout ?? ''}`);
  expectThat(inGroup === null, `a member of dialout may not open it: ${inGroup?.message ?? ''}`);
  lab.fact('permission command', denied.details.command);
  await expectLatePermission(lab, device);

  const log = new TransportLog();
  const console = await serial(pty.port)(log, never);
  const writing = console.write(Buffer.alloc(1_000_000)).then(
    () => 'written',
    () => 'rejected',
  );
  await pause(200);
  await pty.unplug();
  expectThat((await writing) === 'rejected', 'a write succeeded after the adapter was gone');
  expectThat(log.ends[0]?.code === 'E_CONSOLE_GONE', `gone while writing: ${log.ends[0]?.code ?? 'open'}`);
  lab.fact('gone while writing', log.ends[0].message.replace(pty.port, 'PORT'));
}

/** A new device is root's until udev sets its group: it is opened then, without the wait after a refusal. */
async function expectLatePermission(lab: Lab, device: string): Promise<void> {
  const words = [NODE, join(import.meta.dirname, 'serial-opener.ts'), device, '--when-usable'];
  const opener = lab.use(new Running([...asNobody('--clear-groups'), ...words]));
  await opener.waitFor(/^waiting$/);
  await pause(500);
  chmodSync(device, 0o666);
  const began = performance.now();
  await opener.waitFor(/^null$/);
  lab.fact('opened after permission was given', `${Math.round(performance.now() - began)} ms`);
}

function asNobody(groups: string): string[] {
  return ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, groups];
}

/** What opening says, as root or as a user without privileges in these groups. */
async function outcomeOf(device: string, groups?: string): Promise<ErrorBody | null> {
  const user = groups === undefined ? [] : asNobody(groups);
  return JSON.parse(await mustRun([...user, NODE, join(import.meta.dirname, 'serial-opener.ts'), device])) as ErrorBody | null;
}

async function expectReplug(lab: Lab): Promise<void> {
  await using pty = new PtyPair();
  for (let round = 1; round <= 3; round++) {
    await pty.plug();
    const log = new TransportLog();
    await serial(pty.port)(log, never);
    await using machine = await open(pty.machine, 'r+');
    await machine.write(`round ${round}`);
    await until(
      () => log.text === `round ${round}`,
      5000,
      () => `after plugging in: ${log.text}`,
    );
    const began = performance.now();
    await pty.unplug();
    await until(
      () => log.ends.length === 1,
      3000,
      () => 'the unplugged adapter was not noticed',
    );
    expectThat(log.ends[0]?.code === 'E_CONSOLE_GONE', `unplugged: ${log.ends[0]?.code ?? 'no error'}`);
    lab.fact(`unplugged noticed (${round})`, `${Math.round(performance.now() - began)} ms`);
  }
}

function expectCode(lab: Lab, name: string, outcome: ErrorBody | null, code: string): asserts outcome is ErrorBody {
  expectThat(outcome?.code === code, `${name}: ${outcome?.code ?? 'opened'}, ${outcome?.message ?? ''}`);
  lab.fact(name, outcome.message);
}

function lines(word: string, size: number): Buffer {
  const rows: string[] = [];
  for (let length = 0, row = 0; length < size; row++) {
    const line = `${word} ${String(row).padStart(8, '0')} ${'abcdefghij'.repeat(5)}\r\n`;
    rows.push(line);
    length += line.length;
  }
  return Buffer.from(rows.join('').slice(0, size));
}

async function readExactly(file: FileHandle, size: number): Promise<Buffer> {
  const all = Buffer.alloc(size);
  for (let at = 0; at < size;) at += (await file.read(all, at, size - at, null)).bytesRead;
  return all;
}

async function until(condition: () => boolean, timeoutMs: number, complaint: () => string): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    expectThat(performance.now() < end, complaint());
    await pause(10);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
