import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ConsoleOutput, ConsoleStatus } from '../../../contract/console.ts';
import { HostInput } from '../../../contract/inventory.ts';
import { connect, type Client } from '../../../contract/port.ts';
import { webSocketPort } from '../../../main-services/management/websocket-port.ts';
import { silentLog } from '../../../contract/runtime.ts';
import { openTranscripts } from '../../../main-services/console/transcript/open-transcripts.ts';
import { startManagementServer, type ManagementServer } from '../../fixtures/management-server.ts';
import { TcpMachine } from '../../fixtures/tcp-machine.ts';

let bench: ManagementServer;
let machine: TcpMachine;
const clients: Client[] = [];
/** Ends the streams that are read. */
const endings: (() => Promise<void>)[] = [];
beforeEach(async () => {
  bench = await startManagementServer();
  machine = await new TcpMachine().start();
  bench.inventory.addHost(HostInput.parse({ name: 'r1', interfaces: [{ mac: '52:54:00:00:00:01' }], console: machine.url }));
  await expect.poll(() => bench.consoles.list()[0]?.state).toBe('open');
});
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
  for (const client of clients.splice(0)) client.close();
  await bench.stop();
  await machine.stop();
});

async function client(): Promise<Client> {
  const { host } = new URL(bench.management.url);
  const socket = new WebSocket(`ws://${host}/api/v1/ws`, ['bootbench.v1', `bearer.${bench.token}`]);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const connected = connect(webSocketPort(socket));
  clients.push(connected);
  return connected;
}

/** Gives what a stream sends to `take`, until `end` or its own end. */
function read<T>(
  open: (signal: AbortSignal) => AsyncIterable<T[]>,
  take: (items: T[]) => void,
): { end: () => Promise<void>; reading: Promise<void> } {
  const ending = new AbortController();
  const reading = (async () => {
    for await (const items of open(ending.signal)) take(items);
  })();
  const end = (): Promise<void> => {
    ending.abort();
    return reading;
  };
  endings.push(end);
  return { end, reading };
}

/** A viewer over a connection of its own. */
async function viewer(id: string, from = -65_536, host = 'r1') {
  const port = await client();
  const identity = { host, viewer: { id, label: `Viewer ${id}` } };
  const outputs: ConsoleOutput[] = [];
  const { end: leave, reading } = read(
    (signal) => port.stream('console.output', { ...identity, from }, signal),
    (items) => outputs.push(...items),
  );
  return {
    outputs,
    text: () => outputs.map(({ data }) => Buffer.from(data, 'base64').toString('latin1')).join(''),
    write: (text: string) => port.call('console.write', { ...identity, data: Buffer.from(text).toString('base64') }),
    takeOver: () => port.call('console.takeKeyboard', { ...identity, takeOver: true }),
    leave,
    ended: () => reading,
  };
}

it('shows two viewers the same, lets one type, and says who', async () => {
  const window = await viewer('w');
  const cli = await viewer('c');
  machine.print('login: ');
  await expect.poll(window.text).toBe('login: ');
  await expect.poll(cli.text).toBe('login: ');

  await window.write('ro');
  await expect(cli.write('x')).rejects.toMatchObject({ code: 'E_CONSOLE_TYPIST', details: { typist: { label: 'Viewer w' } } });
  await window.write('ot\r');
  await expect.poll(() => machine.typed).toBe('root\r');

  const statuses: ConsoleStatus[] = [];
  const watch = await client();
  read(
    (signal) => watch.stream('console.watch', {}, signal),
    (items) => statuses.push(...items),
  );
  await expect.poll(() => statuses.at(-1)?.typist?.id).toBe('w');
  await cli.takeOver();
  await expect.poll(() => statuses.at(-1)?.typist?.id).toBe('c');
  await cli.leave();
  await expect.poll(() => statuses.at(-1)?.typist).toBeUndefined();
  expect(statuses.at(-1)?.viewers).toEqual([{ id: 'w', label: 'Viewer w' }]);
  await window.write('still here');
  await expect.poll(() => machine.typed).toBe('root\rstill here');
});

it('gives a viewer that comes during heavy output all of it from the beginning', async () => {
  const text = Array.from({ length: 100_000 }, (_, index) => `line ${index}\r\n`).join('');
  const first = await viewer('first');
  let joining: ReturnType<typeof viewer> | undefined;
  for (let at = 0; at < text.length; at += 10_000) {
    machine.print(text.slice(at, at + 10_000));
    await sleep(2);
    if (at === 300_000) joining = viewer('joins', 0);
  }
  const late = await joining!;
  await expect.poll(() => first.text().length, { timeout: 10_000 }).toBe(text.length);
  await expect.poll(() => late.text().length, { timeout: 10_000 }).toBe(text.length);
  expect(first.text() === text && late.text() === text).toBe(true);
});

it('cuts a viewer that does not read, and no one else', async () => {
  const { host } = new URL(bench.management.url);
  const socket = new WebSocket(`ws://${host}/api/v1/ws`, ['bootbench.v1', `bearer.${bench.token}`]);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  socket.send(JSON.stringify({ id: 1, call: 'console.output', input: { host: 'r1', viewer: { id: 's', label: 'Slow' } } }));
  const reader = await viewer('reader');
  await expect.poll(() => bench.consoles.list()[0]?.viewers.length).toBe(2);
  socket.pause();
  const piece = Buffer.alloc(1024 * 1024, 'x');
  const count = 40;
  for (let index = 0; index < count; index++) {
    machine.print(piece);
    await expect.poll(() => reader.outputs.at(-1)?.offset ?? 0, { timeout: 10_000 }).toBeGreaterThan((index - 2) * piece.length);
  }
  await expect.poll(() => bench.consoles.list()[0]?.viewers, { timeout: 10_000 }).toEqual([{ id: 'reader', label: 'Viewer reader' }]);
  socket.resume();
  expect(await closed).toBeGreaterThan(1000);
  await expect.poll(() => reader.text().length, { timeout: 10_000 }).toBe(count * piece.length);
}, 60_000);

it('ends the streams of a console that is removed, after its last output and a notice', async () => {
  const window = await viewer('w');
  machine.print('last words');
  await expect.poll(window.text).toBe('last words');
  await window.write('x');
  bench.inventory.patchHost('r1', { console: null });
  await window.ended();
  expect(window.outputs.at(-1)?.notice).toContain('was removed');
  await expect(window.write('x')).rejects.toMatchObject({ code: 'E_NO_CONSOLE' });

  bench.inventory.patchHost('r1', { console: machine.url });
  await expect.poll(() => bench.consoles.list()[0]?.state).toBe('open');
  const again = await viewer('again');
  await expect.poll(() => bench.consoles.list()[0]?.viewers.length).toBe(1);
  bench.inventory.removeHost('r1');
  await again.ended();
  await expect(again.write('x')).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
});

it('refuses views that are too many, and records and shows the output all the same', async () => {
  const reader = await viewer('reader');
  machine.print(Buffer.alloc(1024 * 1024, 'a'));
  await expect.poll(() => reader.text().length, { timeout: 10_000 }).toBe(1024 * 1024);
  const hostile = await client();
  const ending = new AbortController();
  const codes: unknown[] = [];
  const views = Array.from({ length: 10_000 }, async (_, index) => {
    const input = { host: 'r1', viewer: { id: `v${index % 100}`, label: 'x'.repeat(80) }, from: 0 };
    try {
      for await (const outputs of hostile.stream('console.output', input, ending.signal)) if (outputs.length < 0) return;
    } catch (error) {
      codes.push((error as { code?: string }).code);
    }
  });
  machine.print('still here');
  await expect.poll(() => reader.text().endsWith('still here'), { timeout: 20_000 }).toBe(true);
  await expect.poll(() => codes.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(10_000 - 64);
  expect(new Set(codes)).toContain('E_CONSOLE_BUSY');
  ending.abort();
  await Promise.all(views);
  await expect.poll(() => bench.consoles.list()[0]?.viewers.map(({ id }) => id), { timeout: 10_000 }).toEqual(['reader']);
  const late = await viewer('late');
  await expect.poll(() => late.text().endsWith('still here'), { timeout: 10_000 }).toBe(true);
}, 90_000);

it('shows recent output that trickled for days', async () => {
  // As recorded: a character a second, more than what may wait for a viewer if each were a piece.
  let now = Date.UTC(2026, 0, 1);
  const clock = { now: () => now, monotonic: () => now, after: () => () => undefined };
  const transcripts = openTranscripts({ dir: join(bench.dataDir, 'consoles'), clock, log: silentLog });
  const writer = transcripts.begin('r2', undefined);
  const text = Array.from({ length: 200_000 }, (_, index) => String.fromCharCode(97 + (index % 26))).join('');
  for (const character of text) {
    writer.append(Buffer.from(character), now);
    now += 1000;
  }
  await transcripts.close();
  bench.inventory.addHost(HostInput.parse({ name: 'r2', interfaces: [{ mac: '52:54:00:00:00:02' }], console: 'tcp://127.0.0.1:1' }));
  const window = await viewer('w', -262_144, 'r2');
  await expect.poll(() => window.text().length, { timeout: 20_000 }).toBe(text.length);
  expect(window.text() === text).toBe(true);
  const times = window.outputs.filter(({ data }) => data !== '');
  expect(times[1]!.at - times[0]!.at).toBeLessThanOrEqual(200_000);
}, 60_000);
