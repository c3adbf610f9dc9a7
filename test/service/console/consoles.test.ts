import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConsoleOutput, ConsoleStatus } from '../../../contract/console.ts';
import type { EventType } from '../../../contract/appliance.ts';
import { HostInput } from '../../../contract/inventory.ts';
import { SETTLED_MS } from '../../../main-services/console/session/announcer.ts';
import { startManagementServer, type ManagementServer } from '../../fixtures/management-server.ts';
import { hasSocat, PtyPair } from '../../fixtures/pty-pair.ts';
import { sshBmc } from '../../fixtures/ssh-bmc.ts';
import { TcpMachine } from '../../fixtures/tcp-machine.ts';

const WINDOW = { id: 'w1', label: 'Window' };
const CLI = { id: 'c1', label: 'CLI on pts/3' };

let bench: ManagementServer;
let machine: TcpMachine;
beforeEach(async () => {
  bench = await startManagementServer();
  machine = await new TcpMachine().start();
});
afterEach(async () => {
  await bench.stop();
  await machine.stop();
});

function addHost(console: string | undefined, more: Partial<HostInput> = {}): void {
  bench.inventory.addHost(HostInput.parse({ name: 'r1', interfaces: [{ mac: '52:54:00:00:00:01' }], console, ...more }));
}

function status(): ConsoleStatus | undefined {
  return bench.consoles.list().find(({ host }) => host === 'r1');
}

async function reaches(state: ConsoleStatus['state'], timeout = 5000): Promise<void> {
  await expect.poll(() => status()?.state, { timeout }).toBe(state);
}

/** What a viewer sees, with notices in brackets. */
function view(viewer = WINDOW, from = -65_536): { text(): string; outputs: ConsoleOutput[]; hasEnded(): boolean; end(): void } {
  const outputs: ConsoleOutput[] = [];
  let hasEnded = false;
  const end = bench.consoles.view('r1', viewer, from, {
    output: (output) => outputs.push(output),
    ended: () => (hasEnded = true),
  });
  const text = (): string =>
    outputs.map(({ data, notice }) => (notice === undefined ? Buffer.from(data, 'base64').toString() : `[${notice}]`)).join('');
  return { outputs, end, text, hasEnded: () => hasEnded };
}

function events(...types: EventType[]): string[] {
  return bench.activity
    .history({ limit: 1000 })
    .reverse()
    .filter(({ type }) => types.includes(type))
    .map(({ type }) => type);
}

describe('one console', () => {
  it('opens by itself, is recorded without viewers, and shows what came before', async () => {
    addHost(machine.url);
    await reaches('open');
    machine.print('before\r\n');
    await expect.poll(() => bench.consoles.lastLines('r1', 5, 0)).toEqual(['before']);
    const seen = view();
    machine.print('after\r\n');
    await expect.poll(seen.text).toMatch(/\[Connected: .*\]before\r\nafter\r\n$/);
    expect(status()).toMatchObject({ viewers: [WINDOW], canBreak: false, message: expect.stringContaining('127.0.0.1') as string });
    seen.end();
    expect(status()?.viewers).toEqual([]);
  });

  it('is opened again when the server returns, and says so once', async () => {
    addHost(machine.url);
    await reaches('open');
    await sleep(SETTLED_MS);
    await machine.stop();
    await reaches('waiting');
    expect(status()).toMatchObject({ error: { code: expect.stringMatching(/^E_CONSOLE_/) as string } });
    const seen = view();
    await expect(bench.consoles.write('r1', WINDOW, Buffer.from('x'))).rejects.toMatchObject({ code: 'E_CONSOLE_GONE' });
    await sleep(1500);
    await machine.start();
    await reaches('open', 10_000);
    await expect.poll(seen.text).toMatch(/\[Disconnected: [^\]]*\](\[Not connected: [^\]]*\])?\[Connected: [^\]]*\]$/);
    expect(events('console.opened', 'console.closed')).toEqual(['console.opened', 'console.closed', 'console.opened']);
  });

  it('follows its URL: another, none, and one again', async () => {
    addHost(machine.url);
    await reaches('open');
    await using other = await new TcpMachine().start();
    const seen = view();
    bench.inventory.patchHost('r1', { console: other.url });
    await expect.poll(() => other.isConnected).toBe(true);
    await reaches('open');
    expect(machine.isConnected).toBe(false);
    other.print('other');
    await expect.poll(seen.text).toContain('other');
    expect(seen.text()).toContain(`[The console is now ${other.url}.]`);

    bench.inventory.patchHost('r1', { console: null });
    await expect.poll(() => other.isConnected).toBe(false);
    await expect.poll(seen.text).toContain('[The console of r1 was removed.]');
    expect(() => view()).toThrow(expect.objectContaining({ code: 'E_NO_CONSOLE' }));
    expect((await bench.consoles.transcripts('r1')).length).toBe(1);

    bench.inventory.patchHost('r1', { console: machine.url });
    await reaches('open');
    expect((await bench.consoles.transcripts('r1')).length).toBe(1);
  });

  it('is closed and forgotten with its host', async () => {
    addHost(machine.url);
    await reaches('open');
    machine.print('secret');
    await expect.poll(() => bench.consoles.lastLines('r1', 1, 0)).toEqual(['secret']);
    bench.inventory.removeHost('r1');
    await expect.poll(() => machine.isConnected).toBe(false);
    await expect(bench.consoles.transcripts('r1')).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    await expect(bench.consoles.write('r1', WINDOW, Buffer.from('x'))).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    addHost(machine.url);
    await reaches('open');
    machine.print('new');
    await expect.poll(() => view().text).toBeDefined();
    await expect.poll(async () => (await bench.consoles.transcripts('r1')).length).toBe(1);
    const [transcript] = await bench.consoles.transcripts('r1');
    await expect.poll(() => bench.consoles.lastLines('r1', 1, 0)).toEqual(['new']);
    const outputs = await bench.consoles.read('r1', transcript!.id, 0, 10_000);
    expect(outputs.map(({ data }) => Buffer.from(data, 'base64').toString()).join('')).toBe('new');
  });

  it('starts a transcript for each boot, with the image that is booted', async () => {
    await bench.inventory.addImage({
      name: 'lab',
      source: { type: 'file', path: '/lab.iso' },
      bootConfigs: [],
      description: '',
      kind: 'install',
    });
    addHost(machine.url);
    await reaches('open');
    machine.print('first');
    const seen = view();
    await expect.poll(seen.text).toContain('first');
    bench.inventory.assign('r1', { image: 'lab', mode: 'once' });
    bench.activity.record({ type: 'bmc.power', host: 'r1', message: 'r1 was reset.', data: { action: 'reset' } });
    await expect.poll(async () => (await bench.consoles.transcripts('r1')).length).toBe(2);
    machine.print('second');
    await expect.poll(seen.text).toContain('second');
    const [now, before] = await bench.consoles.transcripts('r1');
    expect(now).toMatchObject({ host: 'r1', image: 'lab' });
    expect(before?.image).toBeUndefined();
    expect(seen.outputs.at(-1)).toMatchObject({ transcript: now?.id, offset: 0 });
    const discover = { vendorClass: 'PXEClient:Arch:00007', ipxe: false };
    bench.activity.record({ type: 'dhcp.discover', mac: '52:54:00:00:00:01', message: 'requests', data: discover });
    await sleep(100);
    expect((await bench.consoles.transcripts('r1')).length).toBe(2);
  });

  it('matches triggers across pieces, records them once, and types the answer', async () => {
    addHost(machine.url, { triggers: [{ name: 'menu', pattern: 'Press F12', meaning: 'boot-menu', answer: '\\e[24~' }] });
    await reaches('open');
    machine.print('Pre');
    await sleep(50);
    machine.print('ss F12 for boot menu');
    await expect.poll(() => machine.typed).toBe('\x1b[24~');
    machine.print('\r\nPress F12 for boot menu\r\n');
    await expect.poll(() => status()?.matched?.trigger).toBe('menu');
    await sleep(100);
    expect(machine.typed).toBe('\x1b[24~');
    expect(events('console.matched', 'console.answered').sort()).toEqual(['console.answered', 'console.matched']);
  });
});

describe('a serial port', () => {
  it.skipIf(!hasSocat)('is typed to, unplugged and plugged in again', async () => {
    await using pair = new PtyPair();
    await pair.plug();
    addHost(`serial:${pair.port}`);
    await reaches('open');
    const seen = view();
    const end = await open(pair.machine, 'r+');
    await end.write('login: ');
    await expect.poll(seen.text).toContain('login: ');
    await bench.consoles.write('r1', WINDOW, Buffer.from('root\r'));
    const { buffer, bytesRead } = await end.read(Buffer.alloc(100), 0, 100, null);
    expect(buffer.toString('latin1', 0, bytesRead)).toBe('root\r');
    await end.close();
    await sleep(SETTLED_MS);
    await pair.unplug();
    await reaches('waiting');
    await pair.plug();
    await reaches('open', 4000);
    const again = await open(pair.machine, 'r+');
    await again.write('again');
    await expect.poll(seen.text).toMatch(/login: \[Disconnected: [^\]]*\](\[Not connected: [^\]]*\])?\[Connected: [^\]]*\]again$/);
    await again.close();
  });

  it.skipIf(!hasSocat)('of another host is in use', async () => {
    await using pair = new PtyPair();
    await pair.plug();
    bench.inventory.addHost(HostInput.parse({ name: 'r2', interfaces: [{ mac: '52:54:00:00:00:02' }], console: `serial:${pair.port}` }));
    await expect.poll(() => bench.consoles.list()[0]?.state).toBe('open');
    addHost(`serial:${pair.port}`);
    await reaches('waiting');
    expect(status()).toMatchObject({ error: { code: 'E_CONSOLE_BUSY' } });
  });
});

describe('the SSH console of a BMC', () => {
  it('is open only while it is needed', async () => {
    const bmc = await sshBmc();
    addHost(`ssh://127.0.0.1:${bmc.port}?preset=none`, { bmc: { address: 'ipmi://127.0.0.1', username: 'root' } });
    await reaches('closed');
    bench.inventory.getHost('r1');
    const seen = view();
    await reaches('waiting');
    expect(status()?.error?.code).toBe('E_NO_SECRET');
    await bench.setBmcPassword('r1', 'wrong');
    bench.consoles.reconnect('r1', { takeOver: false });
    await reaches('failed');
    expect(status()?.error?.code).toBe('E_CONSOLE_AUTH');
    await bench.setBmcPassword('r1', 'calvin');
    bench.consoles.accountChanged('r1');
    await reaches('open');
    expect(bmc.passwords).toEqual(['wrong', 'calvin']);
    await bench.consoles.write('r1', WINDOW, Buffer.from('hello'));
    await expect.poll(seen.text).toContain('hello');
    seen.end();
    // It lingers: the same page may be opened again.
    expect(status()?.state).toBe('open');
    await bmc.close();
  });

  it('waits for a person when the host key is another one', async () => {
    const bmc = await sshBmc();
    addHost(`ssh://127.0.0.1:${bmc.port}?preset=none`, { bmc: { address: 'ipmi://127.0.0.1', username: 'root' } });
    await bench.setBmcPassword('r1', 'calvin');
    view();
    await reaches('open');
    await bmc.close();
    const other = await sshBmc({ port: bmc.port });
    await reaches('failed', 10_000);
    expect(status()?.error).toMatchObject({
      code: 'E_CONSOLE_HOST_KEY',
      hostKey: { presented: expect.stringMatching(/^SHA256:/) as string },
    });
    expect(other.passwords).toEqual([]);
    bench.consoles.acceptHostKey('r1', undefined);
    await reaches('open');
    await other.close();
  });
});

describe('the typist', () => {
  it('is the first to write, until it releases the keyboard, leaves, or another takes over', async () => {
    addHost(machine.url);
    await reaches('open');
    const window = view(WINDOW);
    const cli = view(CLI);
    await bench.consoles.write('r1', WINDOW, Buffer.from('a'));
    expect(status()?.typist).toEqual(WINDOW);
    await expect(bench.consoles.write('r1', CLI, Buffer.from('b'))).rejects.toMatchObject({
      code: 'E_CONSOLE_TYPIST',
      details: { typist: WINDOW },
    });
    expect(() => bench.consoles.takeKeyboard('r1', CLI, { takeOver: false })).toThrow(
      expect.objectContaining({ code: 'E_CONSOLE_TYPIST' }),
    );
    bench.consoles.takeKeyboard('r1', CLI, { takeOver: true });
    await bench.consoles.write('r1', CLI, Buffer.from('c'));
    await expect(bench.consoles.sendBreak('r1', WINDOW)).rejects.toMatchObject({ code: 'E_CONSOLE_TYPIST' });
    cli.end();
    expect(status()?.typist).toBeUndefined();
    await bench.consoles.write('r1', CLI, Buffer.from('d'));
    expect(status()?.typist).toBeUndefined();
    await bench.consoles.write('r1', WINDOW, Buffer.from('e'));
    bench.consoles.releaseKeyboard('r1', WINDOW);
    expect(status()?.typist).toBeUndefined();
    await expect.poll(() => machine.typed).toBe('acde');
    window.end();
  });

  it('has its writes in order', async () => {
    addHost(machine.url);
    await reaches('open');
    const pieces = Array.from({ length: 500 }, (_, index) => `${index} `);
    await Promise.all(pieces.map((piece) => bench.consoles.write('r1', WINDOW, Buffer.from(piece))));
    await expect.poll(() => machine.typed).toBe(pieces.join(''));
  });
});

it('has the triggers of its profile, except for those that a trigger of the host with the same name replaces', () => {
  addHost(machine.url);
  const before = bench.consoles.triggers('r1');
  const own = { name: 'Login prompt', pattern: 'Please log in', meaning: 'login' };
  expect(before.find(({ name }) => name === own.name)).toMatchObject({ from: 'profile' });
  bench.inventory.patchHost('r1', { triggers: [own] });
  const after = bench.consoles.triggers('r1');
  expect(after).toHaveLength(before.length);
  expect(after.filter(({ name }) => name === own.name)).toEqual([{ ...own, from: 'host' }]);
});

it('answers while Bootbench starts or stops', async () => {
  addHost(machine.url);
  await reaches('open');
  await bench.consoles.close();
  const refused = expect.objectContaining({
    code: 'E_CONSOLE_GONE',
    message: expect.stringContaining('starting or stopping') as string,
  }) as Error;
  expect(() => view()).toThrow(refused);
  expect(() => bench.consoles.reconnect('r1', { takeOver: false })).toThrow(refused);
  expect(() => bench.consoles.acceptHostKey('r1', undefined)).toThrow(refused);
  await expect(bench.consoles.write('r1', WINDOW, Buffer.from('x'))).rejects.toThrow(refused);
  await expect(bench.consoles.write('nothing', WINDOW, Buffer.from('x'))).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  expect(bench.consoles.list()).toEqual([]);
  expect(bench.consoles.lastLines('r1', 3, 0)).toEqual([]);
  expect(bench.consoles.triggers('r1').length).toBeGreaterThan(0);
  await expect(bench.consoles.transcripts('r1')).resolves.toBeInstanceOf(Array);
  await bench.restartConsoles();
  await expect.poll(() => status()?.state).toBe('open');
});

it('continues the transcript after a restart of Bootbench', async () => {
  addHost(machine.url);
  await reaches('open');
  machine.print('line one\r\n');
  await expect.poll(() => bench.consoles.lastLines('r1', 1, 0)).toEqual(['line one']);
  await bench.restartConsoles();
  await reaches('open');
  expect(bench.consoles.lastLines('r1', 1, 0)).toEqual(['line one']);
  const seen = view();
  machine.print('line two');
  await expect.poll(seen.text).toMatch(/line one\r\n\[Disconnected: [^\]]*\]\[Connected: [^\]]*\]line two$/);
  expect(await bench.consoles.transcripts('r1')).toHaveLength(1);
});
