import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConsoleStatus } from '../../../contract/console.ts';
import { HostInput } from '../../../contract/inventory.ts';
import { startManagementServer, type ManagementServer } from '../../fixtures/management-server.ts';
import { TcpMachine } from '../../fixtures/tcp-machine.ts';
import { hasPython, Terminal } from '../../fixtures/terminal.ts';

const ROOT = join(import.meta.dirname, '../../..');
const EDITING = { echo: true, lines: true, signals: true };
const RAW = { echo: false, lines: false, signals: false };
/** Throws where no one expects it. */
const CRASH = `--import=data:text/javascript,process.on('SIGUSR2',()=>{throw%20new%20Error('crashed')})`;

let bench: ManagementServer;
let machine: TcpMachine;
const terminals: Terminal[] = [];
beforeEach(async () => {
  if (!existsSync(join(ROOT, 'out/main/cli.js'))) throw new Error('Bootbench is not built: run `npm run build` first.');
  bench = await startManagementServer();
  machine = await new TcpMachine().start();
  bench.inventory.addHost(HostInput.parse({ name: 'r1', interfaces: [{ mac: '52:54:00:00:00:01' }], console: machine.url }));
  await expect.poll(() => status()?.state).toBe('open');
});
afterEach(async () => {
  for (const terminal of terminals.splice(0)) await terminal[Symbol.asyncDispose]();
  await bench.stop();
  await machine.stop();
});

function status(): ConsoleStatus | undefined {
  return bench.consoles.list()[0];
}

/** A person's terminal with `bootbench console r1`, in raw mode. */
async function openConsole(): Promise<Terminal> {
  const viewers = status()?.viewers.length ?? 0;
  const terminal = new Terminal([process.execPath, join(ROOT, 'bin/bootbench.mjs'), 'console', 'r1', '--data-dir', bench.dataDir], {
    PATH: process.env.PATH,
    HOME: bench.dataDir,
    BOOTBENCH_API: bench.management.url,
    NODE_OPTIONS: CRASH,
  });
  terminals.push(terminal);
  await expect.poll(() => status()?.viewers.length, { timeout: 10_000 }).toBe(viewers + 1);
  await expect.poll(() => terminal.mode()).toEqual(RAW);
  return terminal;
}

const WAIT = { timeout: 5000 };

describe.skipIf(!hasPython)('bootbench console on a terminal', () => {
  it('shows the machine, sends every key, and leaves with ~. after Enter', async () => {
    const terminal = await openConsole();
    expect(status()?.viewers).toMatchObject([{ label: `CLI on ${terminal.name ?? '?'}` }]);
    machine.print('login: ');
    await expect.poll(() => terminal.shown, WAIT).toContain('login: ');

    terminal.type('root~.\x03\x1a\x13\x1b[A~\r~~.\r');
    await expect.poll(() => machine.typed, WAIT).toBe('root~.\x03\x1a\x13\x1b[A~\r~.\r');
    expect(status()?.typist).toMatchObject({ label: `CLI on ${terminal.name ?? '?'}` });
    // Nothing is echoed but by the machine.
    expect(terminal.shown).not.toContain('root');

    terminal.type('exit\r~.');
    await expect.poll(() => terminal.end, WAIT).toEqual({ code: 0, mode: EDITING });
    expect(machine.typed.endsWith('exit\r')).toBe(true);
    await expect.poll(() => status()?.viewers, WAIT).toEqual([]);
    expect(status()?.typist).toBeUndefined();
    expect(terminal.shown).not.toContain('\x1b[?1049');
  });

  it('helps, and takes the keyboard over only when asked', async () => {
    const [first, second] = [await openConsole(), await openConsole()];
    first.type('~?');
    await expect.poll(() => first.shown, WAIT).toContain('~B  send a break');
    first.type('ls\r');
    await expect.poll(() => machine.typed, WAIT).toBe('ls\r');
    await expect.poll(() => second.shown, WAIT).toContain(`[CLI on ${first.name ?? '?'} is typing.]`);
    second.type('xyz');
    await expect.poll(() => second.shown, WAIT).toContain(`CLI on ${first.name ?? '?'} is typing. Press ~t to take over.`);
    second.type('\r~t');
    await expect.poll(() => first.shown, WAIT).toContain(`[CLI on ${second.name ?? '?'} is typing.]`);
    second.type('reboot\r');
    await expect.poll(() => machine.typed, WAIT).toBe('ls\rreboot\r');
    await expect.poll(() => second.shown, WAIT).toContain('[You are typing.]');
    expect(second.shown.lastIndexOf('Press ~t')).toBeLessThan(second.shown.lastIndexOf('[You are typing.]'));
  });

  it('says when the connection ends and comes back, and reconnects with ~r', async () => {
    const terminal = await openConsole();
    await machine.stop();
    await expect.poll(() => terminal.shown, WAIT).toMatch(/\[\d\d:\d\d:\d\d Disconnected: /);
    terminal.type('lost');
    await expect.poll(() => terminal.shown, WAIT).toContain('is not open');
    await machine.start();
    terminal.type('\r~r');
    await expect.poll(() => status()?.state, WAIT).toBe('open');
    await expect.poll(() => terminal.shown, WAIT).toMatch(/\[\d\d:\d\d:\d\d Connected: /);
  });

  it('reports what the console cannot do', async () => {
    const terminal = await openConsole();
    terminal.type('~B');
    await expect.poll(() => terminal.shown, WAIT).toMatch(/\[.*break.*\]/);
  });

  it('shows recent output without what would make the terminal answer', async () => {
    const sink = await openConsole();
    machine.print('\x1b[6nbefore: ');
    await expect.poll(() => sink.shown, WAIT).toContain('\x1b[6nbefore: ');
    const late = await openConsole();
    await expect.poll(() => late.shown, WAIT).toContain('before: ');
    expect(late.shown).not.toContain('\x1b[6n');
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('restores the terminal after %s', async (signal) => {
    const terminal = await openConsole();
    terminal.kill(signal);
    await expect.poll(() => terminal.end, WAIT).toEqual({ code: 0, mode: EDITING });
  });

  it('restores the terminal when it crashes', async () => {
    const terminal = await openConsole();
    terminal.kill('SIGUSR2');
    await expect.poll(() => terminal.end?.mode, WAIT).toEqual(EDITING);
    expect(terminal.end?.code).not.toBe(0);
    expect(terminal.shown).toContain('crashed');
  });

  it('ends when the terminal is closed', async () => {
    const terminal = await openConsole();
    terminal.hangUp();
    await expect.poll(() => terminal.end !== undefined, WAIT).toBe(true);
    await expect.poll(() => status()?.viewers, WAIT).toEqual([]);
  });

  it('restores the terminal and fails when Bootbench ends', async () => {
    const terminal = await openConsole();
    await bench.pause();
    await expect.poll(() => terminal.end, WAIT).toEqual({ code: 1, mode: EDITING });
    expect(terminal.shown).toContain('E_API_UNREACHABLE');
    await bench.resume();
  });

  it('carries a pasted file in order', async () => {
    const terminal = await openConsole();
    const file = Array.from({ length: 20_000 }, (_, line) => `line ${line}\r`).join('');
    for (let at = 0; at < file.length; at += 4096) terminal.type(file.slice(at, at + 4096));
    await expect.poll(() => machine.typed.length, { timeout: 20_000 }).toBe(file.length);
    expect(machine.typed === file).toBe(true);
  });
});
