import { setTimeout as sleep } from 'node:timers/promises';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Settings } from '../../../contract/appliance.ts';
import { connect, type Port } from '../../../contract/port.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import type { Rooms } from '../../../main-services/handlers/rooms.ts';
import { startManagement } from '../../../main-services/management/management.ts';
import { webSocketPort } from '../../../main-services/management/websocket-port.ts';
import { startManagementServer, type ManagementServer } from '../../fixtures/management-server.ts';
import { ask } from './requests.ts';

let bench: ManagementServer;
let authority: string;
beforeAll(async () => {
  bench = await startManagementServer();
  authority = new URL(bench.management.url).host;
});
afterAll(() => bench.stop());

const LIST = '/api/v1/baremetalhosts';

describe('who is let in', () => {
  it.each([
    ['no token', {}, false, 401, 'E_AUTH'],
    ['a wrong token', {}, 'x'.repeat(43), 401, 'E_AUTH'],
    ['a token of another length', {}, 'x', 401, 'E_AUTH'],
    ['a foreign Host (DNS rebinding)', { Host: 'evil.example:80' }, true, 403, 'E_FORBIDDEN_ORIGIN'],
    ['localhost instead of the literal address', { Host: 'localhost:7780' }, true, 403, 'E_FORBIDDEN_ORIGIN'],
    ['the right address with another port', { Host: '127.0.0.1:1' }, true, 403, 'E_FORBIDDEN_ORIGIN'],
    ['a foreign Origin', { Origin: 'http://evil.example' }, true, 403, 'E_FORBIDDEN_ORIGIN'],
    ['the Origin of a sandboxed frame', { Origin: 'null' }, true, 403, 'E_FORBIDDEN_ORIGIN'],
  ] as const)('%s is refused', async (_name, headers, token, status, code) => {
    const answer = await ask(bench, LIST, { headers, token });
    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject({ code, title: expect.any(String) as string, next: expect.any(String) as string });
  });

  it.each([
    ['query', `${LIST}?token=`, {}],
    ['cookie', LIST, { Cookie: 'token=' }],
  ])('the token in the %s does not count', async (_name, path, headers) => {
    const withToken = Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, value + bench.token]));
    const answer = await ask(bench, path.endsWith('=') ? path + bench.token : path, { token: false, headers: withToken });
    expect(answer.status).toBe(401);
  });

  it('our own page with the token is let in', async () => {
    expect((await ask(bench, LIST, { headers: { Origin: bench.management.url } })).status).toBe(200);
  });

  it('healthz needs no token, but the right Host', async () => {
    expect((await ask(bench, '/healthz', { token: false })).json()).toEqual({ status: 'ok' });
    expect((await ask(bench, '/healthz', { token: false, headers: { Host: 'evil.example' } })).status).toBe(403);
  });

  it('metrics need the token and count events', async () => {
    expect((await ask(bench, '/metrics', { token: false })).status).toBe(401);
    bench.activity.record({ type: 'tftp.completed', message: 'done', data: { bytes: 1000 } });
    const { text } = await ask(bench, '/metrics');
    expect(text).toContain('bootbench_events_total{type="tftp.completed"} 1');
    expect(text).toContain('bootbench_served_bytes_total{type="tftp.completed"} 1000');
    expect(text).toContain('bootbench_service_up{service="dhcp"} 1');
  });

  it('metrics report how late the event loop was since the last scrape', async () => {
    const latest = async (): Promise<number> => {
      const { text } = await ask(bench, '/metrics');
      return Number(/^bootbench_event_loop_delay_seconds\{quantile="1"\} (\S+)$/m.exec(text)?.[1]);
    };
    await latest();
    // The first turn after a scrape is not measured.
    await sleep(50);
    for (const end = performance.now() + 400; performance.now() < end;);
    await sleep(50);
    expect(await latest()).toBeGreaterThan(0.3);
    await sleep(50);
    expect(await latest()).toBeLessThan(0.3);
  });

  it('keeps the token in a file of its owner alone and tells the CLI where it listens', () => {
    expect(statSync(bench.management.tokenFile).mode & 0o777).toBe(0o600);
    expect(Buffer.from(bench.token, 'base64url')).toHaveLength(32);
    expect(JSON.parse(readFileSync(join(bench.dataDir, 'api.json'), 'utf8'))).toMatchObject({ url: bench.management.url });
    expect(bench.management.uiUrl).toBe(`${bench.management.url}/#token=${bench.token}`);
  });

  it.each(['0.0.0.0', '192.168.1.5', '::', 'example.org'])('refuses to listen on %s', async (host) => {
    const settings = Settings.parse({ dataDir: bench.dataDir, api: { host, port: 0 }, bootFilesDir: '/', uiDir: '/' });
    const rooms = { activity: bench.activity } as Partial<Rooms> as Rooms;
    await expect(startManagement({ settings, rooms, log: silentLog, clock: systemClock })).rejects.toThrow(/requires TLS/);
  });
});

describe('the UI’s files', () => {
  beforeAll(() => {
    mkdirSync(join(bench.dataDir, 'assets'));
    writeFileSync(join(bench.dataDir, 'index.html'), '<!doctype html>');
    writeFileSync(join(bench.dataDir, 'assets', 'index-abcdef12.js'), '1');
    symlinkSync('/etc/hostname', join(bench.dataDir, 'leak.js'));
  });

  it('come with a strict policy and need no token', async () => {
    const answer = await ask(bench, '/', { token: false });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-security-policy']).toContain(`default-src 'self'; connect-src 'self' ws://${authority};`);
    expect(answer.headers['content-security-policy']).not.toContain('unsafe');
    expect((await ask(bench, '/assets/index-abcdef12.js')).headers['cache-control']).toContain('immutable');
  });

  it.each([
    '/assets',
    '/assets/',
    '/../../etc/hostname.js',
    '/..%2f..%2fetc/passwd',
    '/leak.js',
    '/api-token',
    '/bootbench.db',
    '/a%00.js',
    '/nothing.js',
  ])('%s is not there', async (path) => {
    const answer = await ask(bench, path, { token: false });
    expect(answer.status).toBe(404);
    expect(answer.text).not.toContain(bench.token);
  });

  it('bad percent encoding is a sentence', async () => {
    expect((await ask(bench, '/%zz.js')).json()).toMatchObject({ code: 'E_BAD_INPUT' });
  });

  it('writing is refused', async () => {
    expect((await ask(bench, '/index.html', { method: 'PUT' })).json()).toMatchObject({ code: 'E_METHOD' });
  });
});

function open(protocols: string[], options: { headers?: Record<string, string> } = {}): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${authority}/api/v1/ws`, protocols, options);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (_request, response) => reject(new Error(String(response.statusCode))));
    socket.once('error', reject);
  });
}

function openOurs(): Promise<WebSocket> {
  return open(['bootbench.v1', `bearer.${bench.token}`]);
}

describe('WebSocket', () => {
  it('takes the token as a subprotocol and never echoes it', async () => {
    const socket = await openOurs();
    expect(socket.protocol).toBe('bootbench.v1');
    const client = connect(webSocketPort(socket));
    expect((await client.call('appliance.status')).version).toBe('0.1.0');
    client.close();
  });

  it.each([
    ['no token', ['bootbench.v1'], {}, '401'],
    ['a wrong token', ['bootbench.v1', 'bearer.x'], {}, '401'],
    ['a foreign Origin', ['bootbench.v1'], { Origin: 'http://evil.example' }, '403'],
    ['a foreign Host', ['bootbench.v1'], { Host: 'evil.example' }, '403'],
  ])('%s is refused before the upgrade', async (_name, protocols, headers, status) => {
    await expect(open(protocols, { headers })).rejects.toThrow(status);
  });

  it('takes the token as a header, as the CLI sends it', async () => {
    const socket = await open(['bootbench.v1'], { headers: { Authorization: `Bearer ${bench.token}` } });
    socket.close();
  });

  it('answers nonsense with a sentence and closes on what is not JSON', async () => {
    const socket = await openOurs();
    const first = new Promise((resolve) => socket.once('message', (data) => resolve(JSON.parse((data as Buffer).toString()))));
    socket.send(JSON.stringify({ id: 1, call: 'host.get', input: { name: '../x' } }));
    expect(await first).toMatchObject({ id: 1, error: { code: 'E_BAD_INPUT' } });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.send('{');
    expect(await closed).toBe(1003);
  });

  it('closes on a message over 4 MiB', async () => {
    const socket = await openOurs();
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.send('x'.repeat(4 * 1024 * 1024 + 1));
    expect(await closed).toBe(1009);
  });

  it('streams changes from a number, and ends when the number was never given', async () => {
    const client = connect(webSocketPort(await openOurs()));
    const { seq } = await client.call('inventory.snapshot');
    bench.inventory.addConfig({ name: 'streamed', format: 'other', files: { a: 'b' }, description: '' });
    for await (const changes of client.stream('inventory.watch', { since: seq })) {
      expect(changes).toMatchObject([{ op: 'ADDED', kind: 'config', name: 'streamed', seq: seq + 1 }]);
      break;
    }
    await expect(client.stream('inventory.watch', { since: 1_000_000 })[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'E_SLOW_READER',
    });
    client.close();
  });

  it('watches the status: now, then news', async () => {
    const client = connect(webSocketPort(await openOurs()));
    const seen: (string | undefined)[] = [];
    for await (const { address } of client.stream('appliance.statusWatch', {})) {
      seen.push(address);
      if (seen.length === 2) break;
      bench.setStatus({ address: '10.9.8.7' });
    }
    expect(seen).toEqual(['192.168.77.1', '10.9.8.7']);
    client.close();
  });

  it('tells stored events since a number, then live ones, each once', async () => {
    const client = connect(webSocketPort(await openOurs()));
    const first = bench.activity.record({ type: 'host.facts', message: 'one' });
    bench.activity.record({ type: 'host.facts', message: 'two' });
    const seen: string[] = [];
    for await (const events of client.stream('events.watch', { since: first.seq - 1 })) {
      seen.push(...events.map(({ message: text }) => text));
      if (seen.length === 2) bench.activity.record({ type: 'host.facts', message: 'three' });
      if (seen.length >= 3) break;
    }
    expect(seen).toEqual(['one', 'two', 'three']);
    client.close();
  });

  it('cuts a reader off that does not read, with the code for slow readers', async () => {
    const socket = createConnection(Number(new URL(bench.management.url).port), '127.0.0.1');
    socket.write(
      `GET /api/v1/ws HTTP/1.1\r\nHost: ${authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: bootbench.v1\r\nAuthorization: Bearer ${bench.token}\r\n\r\n`,
    );
    await new Promise((resolve) => socket.once('data', resolve));
    socket.write(maskedText(JSON.stringify({ id: 1, call: 'events.watch', input: {} })));
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.pause();
    const closed = new Promise<void>((resolve) => socket.once('close', resolve));
    for (let i = 0; i < 600; i++) {
      bench.activity.record({ type: 'host.facts', message: 'x'.repeat(50_000) });
      await new Promise(setImmediate);
    }
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (chunk.includes('E_SLOW_READER')) socket.end();
    });
    socket.resume();
    await closed;
    const all = Buffer.concat(chunks);
    expect(all.length).toBeLessThan(25_000_000);
    expect(all.subarray(-400).toString('latin1')).toContain('E_SLOW_READER');
  });
});

/** One masked client frame (RFC 6455 §5.2), short payloads only. */
function maskedText(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

it('a port that is closed lets its streams end on the server', async () => {
  const port: Port = webSocketPort(await openOurs());
  const client = connect(port);
  const stream = client.stream('events.watch', {})[Symbol.asyncIterator]();
  const next = stream.next();
  client.close();
  await expect(next).rejects.toMatchObject({ code: 'E_API_UNREACHABLE' });
});
