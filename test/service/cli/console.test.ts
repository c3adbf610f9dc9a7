import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConsoleOutput, ConsoleStatus } from '../../../contract/console.ts';
import { HostInput } from '../../../contract/inventory.ts';
import { startManagementServer, type ManagementServer } from '../../fixtures/management-server.ts';
import { TcpMachine } from '../../fixtures/tcp-machine.ts';
import { runCommandLine, type Ran, type RunOptions } from '../management/command-line.ts';

let bench: ManagementServer;
let machine: TcpMachine;
beforeEach(async () => {
  bench = await startManagementServer();
  machine = await new TcpMachine().start();
  addHost('r1', machine.url);
  await expect.poll(() => status()?.state).toBe('open');
});
afterEach(async () => {
  await bench.stop();
  await machine.stop();
});

function addHost(name: string, url?: string): void {
  const interfaces = [{ mac: `52:54:00:00:00:0${name.slice(1)}` }];
  bench.inventory.addHost(HostInput.parse({ name, interfaces, console: url }));
}

function status(): ConsoleStatus | undefined {
  return bench.consoles.list().find(({ host }) => host === 'r1');
}

const run = (argv: readonly string[], options: Partial<RunOptions> = {}): Promise<Ran> =>
  runCommandLine(argv, { cwd: bench.dataDir, ...options });

/** A command that runs until `end`. */
function begin(...argv: string[]) {
  const ending = new AbortController();
  let shown = '';
  const ran = run(argv, { signal: ending.signal, onOut: (text) => (shown += text) });
  return {
    shown: () => shown,
    end: (): Promise<Ran> => {
      ending.abort();
      return ran;
    },
  };
}

/** The machine prints, and it is recorded. */
async function print(text: string): Promise<void> {
  const before = status()?.lastOutputAt ?? 0;
  await new Promise((resolve) => setTimeout(resolve, 5));
  machine.print(text);
  await expect.poll(() => status()?.lastOutputAt ?? 0).toBeGreaterThan(before);
}

const STAMP = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;
const unstamped = (text: string): string => text.replaceAll(STAMP, 'TIME');

describe('bootbench console without a terminal', () => {
  it('shows the output and sends nothing, until it is ended', async () => {
    await print('before\r\n');
    const shown = begin('console', 'r1');
    await expect.poll(shown.shown).toBe('before\r\n');
    expect(status()?.viewers).toMatchObject([{ label: 'CLI' }]);
    machine.print('login: ');
    await expect.poll(shown.shown).toBe('before\r\nlogin: ');
    await machine.stop();
    await expect.poll(() => status()?.state).not.toBe('open');
    await machine.start();
    const { code, err } = await shown.end();
    expect(code).toBe(0);
    expect(err).toMatch(/Disconnected: /);
    expect(machine.typed).toBe('');
    await expect.poll(() => status()?.viewers).toEqual([]);
  });

  it('prints objects with --json', async () => {
    await print('login: ');
    const shown = begin('console', 'r1', '--json');
    await expect.poll(shown.shown).toContain(Buffer.from('login: ').toString('base64'));
    const { out } = await shown.end();
    const outputs = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ConsoleOutput);
    expect(outputs.at(-1)).toMatchObject({ transcript: status()?.transcript });
  });

  it.each([
    [['console', 'r2'], 1, 'E_NO_CONSOLE'],
    [['console', 'none'], 1, 'E_NOT_FOUND'],
    [['console', 'r1', '--log', '--list'], 2, '--log and --list'],
    [['console', 'r1', '--list', '--follow'], 2, '--log'],
    [['console', 'r1', '--since', 'yesterday'], 2, '--since yesterday'],
    [['console', 'r1', '--transcript', 'x', '--follow'], 2, '--transcript'],
    [['console', 'r1', '--triggers', '--transcript', 'x'], 2, '--transcript'],
    [['console', 'r1', '--transcript', 'none'], 1, 'E_NOT_FOUND'],
    [['console', 'r2', '--log'], 1, 'E_NOT_FOUND'],
    [['console', 'r1', '--accept-host-key', 'SHA256:x'], 1, 'E_CONSOLE_HOST_KEY'],
    [['console'], 2, 'missing argument'],
  ])('%j', async (argv, code, words) => {
    addHost('r2');
    const ran = await run(argv);
    expect(ran).toMatchObject({ code, out: '' });
    expect(ran.err).toContain(words);
  });
});

describe('transcripts', () => {
  it('prints the newest one with times, as the service exports it', async () => {
    await print('\x1b[31mone\x1b[0m\r\n');
    await print('login: ');
    const { code, out } = await run(['console', 'r1', '--log']);
    expect(code).toBe(0);
    expect(unstamped(out)).toContain('TIME one\nTIME login:');
    expect(unstamped(out)).toMatch(/^TIME \[Connected: /);
    const named = await run(['console', 'r1', '--transcript', status()?.transcript ?? '']);
    expect(named.out).toBe(out);
  });

  it('prints the same with --since, from that time on', async () => {
    await print('old\r\n');
    await new Promise((resolve) => setTimeout(resolve, 30));
    const since = new Date().toISOString();
    await print('new\r\n');
    const all = await run(['console', 'r1', '--log', '--since', '1d']);
    expect(all.out).toBe((await run(['console', 'r1', '--log'])).out);
    const late = await run(['console', 'r1', '--log', '--since', since]);
    expect(unstamped(late.out)).toBe('TIME new\n');
    const json = await run(['console', 'r1', '--log', '--since', since, '--json']);
    expect(Buffer.from((JSON.parse(json.out) as ConsoleOutput).data, 'base64').toString()).toBe('new\r\n');
  });

  it('prints with --since what was there, however fast the machine prints', async () => {
    await print('first\r\n');
    const read = bench.consoles.read.bind(bench.consoles);
    let reads = 0;
    vi.spyOn(bench.consoles, 'read').mockImplementation(async (...part) => {
      if (reads++ < 50) await print('more\r\n');
      return read(...part);
    });
    const { code, out } = await run(['console', 'r1', '--log', '--since', '1h']);
    expect(code).toBe(0);
    expect(out).toContain(' first\n');
    expect(reads).toBeLessThan(5);
  });

  it('continues with --follow, without a gap or a repetition, into the next boot', async () => {
    await print('before\r\n');
    const log = begin('console', 'r1', '--log', '--follow');
    await expect.poll(log.shown).toContain('before\n');
    for (let line = 0; line < 50; line++) machine.print(`line ${line}\r\n`);
    await expect.poll(log.shown).toContain('line 49\n');
    const first = status()?.transcript;
    bench.activity.record({ type: 'bmc.power', host: 'r1', message: 'Switched on.', data: { action: 'on' } });
    await expect.poll(() => status()?.transcript).not.toBe(first);
    await print('next boot\r\nlogin: ');
    await expect.poll(log.shown).toContain('next boot\n');
    const { code, out } = await log.end();
    expect(code).toBe(0);
    const lines = unstamped(out)
      .split('\n')
      .filter((line) => !line.includes('['));
    const expected = ['before', ...Array.from({ length: 50 }, (_, line) => `line ${line}`), 'next boot', 'login:'];
    expect(lines).toEqual([...expected.map((line) => `TIME ${line}`), '']);
    const both = await run(['console', 'r1', '--log', '--since', '1h']);
    expect(
      unstamped(both.out)
        .split('\n')
        .filter((line) => !line.includes('[')),
    ).toEqual(lines);
  });

  it('prints more than one read holds', async () => {
    const lines = Array.from({ length: 40_000 }, (_, line) => `line ${line} ${'x'.repeat(20)}\r\n`).join('');
    machine.print(lines);
    await expect.poll(async () => (await bench.consoles.transcripts('r1'))[0]?.bytes, { timeout: 10_000 }).toBe(lines.length);
    const { out } = await run(['console', 'r1', '--log', '--since', '1h']);
    expect(out.match(/ line \d+ x{20}\n/g)?.length).toBe(40_000);
    expect(out).toBe((await run(['console', 'r1', '--log'])).out);
  });

  it('exports asciicast', async () => {
    await print('login: ');
    const { out } = await run(['console', 'r1', '--cast']);
    const [header, ...events] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(header).toMatchObject({ version: 2 });
    expect(events).toContainEqual([expect.any(Number), 'o', 'login: ']);
  });
});

describe('lists', () => {
  it('lists transcripts', async () => {
    await print('login: ');
    const { out } = await run(['console', 'r1', '--list']);
    expect(out).toContain(status()?.transcript ?? '?');
    expect(out).toMatch(/ 7\n$/);
    expect(JSON.parse((await run(['console', 'r1', '--list', '--json'])).out)).toMatchObject([{ id: status()?.transcript, bytes: 7 }]);
    addHost('r2');
    expect((await run(['console', 'r2', '--list'])).out).toBe('No transcripts yet.\n');
  });

  it('lists triggers', async () => {
    expect((await run(['console', 'r1', '--triggers'])).out).toMatch(/Kernel panic +profile +failed +Kernel panic - not syncing/);
    const menu = ['host', 'trigger', 'r1', 'menu', '--pattern', 'GNU GRUB', '--meaning', 'boot-menu'];
    expect((await run(menu)).out).toBe('Trigger menu is set on r1.\n');
    expect((await run(['host', 'trigger', 'r1', 'panic', '--pattern', 'Kernel panic'])).code).toBe(0);
    expect((await run([...menu, '--answer', '<Down><Enter>'])).code).toBe(0);
    const { out } = await run(['console', 'r1', '--triggers']);
    expect(out).toMatch(/menu +host +boot-menu +GNU GRUB +<Down><Enter>\n/);
    expect(out.match(/GNU GRUB/g)).toHaveLength(1);
    machine.print('GNU GRUB  version 2.06\r\n');
    await expect.poll(() => machine.typed).toBe('\x1b[B\r');
    expect((await run(['host', 'trigger', 'r1', 'menu', '--remove'])).code).toBe(0);
    expect((await run(['console', 'r1', '--triggers'])).out).not.toContain('<Down>');
    expect((await run(['host', 'trigger', 'r1', 'menu', '--remove'])).code).toBe(2);
    expect((await run([...menu, '--meaning', 'nice'])).err).toContain('--meaning: one of boot-menu');
    expect((await run(['host', 'trigger', 'r1', 'x'])).err).toContain('missing option --pattern');
  });

  it('refuses a trigger that cannot work, and says what to do', async () => {
    const pattern = await run(['host', 'trigger', 'r1', 'menu', '--pattern', '(?<=GNU) GRUB']);
    expect(pattern.code).toBe(1);
    for (const part of ['E_TRIGGER', '“menu”', '(?<', 'no look-around']) expect(pattern.err).toContain(part);
    const answer = await run(['host', 'trigger', 'r1', 'menu', '--pattern', 'GRUB', '--answer', '<Downn>']);
    expect(answer.code).toBe(1);
    for (const part of ['E_TRIGGER', '“menu”', '<Downn> is not the name of a key', '<Enter>']) expect(answer.err).toContain(part);
    expect(bench.inventory.getHost('r1').triggers).toBeUndefined();
    expect((await run(['host', 'trigger', 'r1', 'menu', '--remove'])).code).toBe(2);
  });

  it('lists consoles and serial ports', async () => {
    const { out } = await run(['consoles']);
    expect(out).toContain(machine.url);
    expect(out).toMatch(/r1 .* open +0 +Connected: /);
    expect(JSON.parse((await run(['consoles', '--json'])).out)).toMatchObject([{ host: 'r1', state: 'open' }]);
    expect((await run(['consoles', '--ports'])).code).toBe(0);
  });

  it('sets a console', async () => {
    addHost('r3');
    expect((await run(['host', 'set', 'r3', 'console=serial:/dev/ttyUSB9?baud=9600'])).code).toBe(0);
    expect((await run(['consoles'])).out).toContain('serial:/dev/ttyUSB9?baud=9600');
    expect((await run(['host', 'set', 'r3', 'console=nowhere'])).err).toContain('E_BAD_INPUT');
    expect((await run(['host', 'set', 'r3', 'console='])).code).toBe(0);
    expect((await run(['consoles'])).out).not.toContain('r3');
  });
});
