import { appendFileSync, chmodSync, createReadStream, readFileSync, realpathSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PtyPair } from '../fixtures/pty-pair.ts';
import { clientOf, useBench } from './bench.ts';
import { giveToUser, until } from './session.ts';

const bench = useBench();

describe('a serial console, whose native library runs in the main process', () => {
  const pair = new PtyPair();
  beforeAll(async () => {
    await pair.plug();
    // The adapter belongs to the user, as by the group of serial ports.
    chmodSync(pair.dir, 0o755);
    giveToUser(realpathSync(pair.port));
  });
  afterAll(() => pair[Symbol.asyncDispose]());

  it('shows in the window what the machine prints, and sends what is typed there', async () => {
    const place = bench.place();
    const desktop = await bench.start(place);
    const client = await clientOf(place);
    const console = `serial:${pair.port}?baud=115200`;
    await client.call('host.add', { name: 'r750-03', interfaces: [{ mac: '52:54:00:88:00:02' }], console });
    await until('the console is open', async () => (await client.call('console.list')).some(({ state }) => state === 'open'));
    client.close();
    await desktop.inPage(`void (location.hash = '#/consoles/r750-03')`);
    await until('the terminal is there', () => desktop.inPage<boolean>(`document.querySelector('.xterm-helper-textarea') !== null`));

    let received = '';
    const machine = createReadStream(pair.machine, 'latin1').on('data', (text) => (received += text.toString()));
    appendFileSync(pair.machine, 'Grüße vom Installer\r\nlogin: ');
    const shown = `document.querySelector('.xterm-accessibility-tree').innerText.replaceAll('\u00a0', ' ')`;
    await until('the terminal shows it', () => desktop.inPage<boolean>(`${shown}.includes('Grüße vom Installer')`));
    await desktop.inPage(`document.querySelector('.xterm-helper-textarea').focus()`);
    desktop.press('r', 'o', 'o', 't');
    await until('the machine receives it', () => received.includes('root'));
    // Reading a terminal whose other end has gone fails.
    machine.on('error', () => undefined).destroy();
  });
});

describe('Chromium’s sandbox switched off', () => {
  it('is warned of in the log, and the page keeps its system call filter', async () => {
    const place = bench.place();
    const desktop = await bench.start(place, { more: ['--no-sandbox'] });
    expect(place.log).toContain('The window’s sandbox is limited to its system call filter');
    expect(readFileSync(`/proc/${desktop.renderer ?? -1}/status`, 'utf8')).toMatch(/^Seccomp:\t2$/m);
    await desktop.stop();
  });

  it.runIf(process.getuid?.() === 0)('runs as root, with a warning', async () => {
    const place = bench.place();
    const desktop = await bench.start(place, { more: ['--no-sandbox'], asRoot: true });
    expect(place.log).toContain('Bootbench runs as root with --no-sandbox');
    await desktop.stop();
  });
});
