import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Progress } from '../../../contract/appliance.ts';
import type { Appliance } from '../../../main-services/appliance/appliance.ts';
import { sha256, someIso } from '../inventory/library.ts';
import { startOnLoopback } from '../../fixtures/appliance.ts';

const MIB = 1024 * 1024;
let folder: string;
let appliance: Appliance;
let token: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'upload-'));
  appliance = await start();
});
afterEach(async () => {
  await appliance.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<Appliance> {
  const started = await startOnLoopback(folder, { nic: undefined });
  token = readFileSync(join(folder, 'api-token'), 'utf8').trim();
  return started;
}

const urlOf = (name: string, query = ''): string => `${appliance.api}/api/v1/iscsi-cdroms/${name}/iso${query}`;

async function send(method: string, name: string, body?: Uint8Array, headers: Record<string, string> = {}, query = ''): Promise<Response> {
  return fetch(urlOf(name, query), {
    method,
    body: body && new Uint8Array(body),
    headers: { Authorization: `Bearer ${token}`, ...headers },
  });
}

const piece = (iso: Uint8Array, from: number, to: number): Promise<Response> =>
  send('PUT', 'fedora', iso.subarray(from, to), { 'Content-Range': `bytes ${from}-${to - 1}/${iso.length}` });

const stateOf = async (name = 'fedora'): Promise<Record<string, string | null>> => {
  const { headers } = await send('HEAD', name);
  return { offset: headers.get('upload-offset'), length: headers.get('upload-length'), complete: headers.get('upload-complete') };
};

const files = (): string[] => readdirSync(join(folder, 'isos')).sort();

/** Sends the head of a PUT and some of its body by hand, then drops the connection. */
async function breakOff(iso: Uint8Array, sent: number): Promise<void> {
  const { port } = new URL(appliance.api);
  const socket = connect(Number(port), '127.0.0.1');
  const head = `PUT /api/v1/iscsi-cdroms/fedora/iso HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${iso.length}\r\n\r\n`;
  socket.write(head);
  socket.write(iso.subarray(0, sent));
  while ((await stateOf()).offset !== String(sent)) await new Promise((resolve) => setTimeout(resolve, 5));
  socket.destroy();
  while (appliance.rooms.activity.history({ limit: 5 })[0]?.type !== 'image.import-failed') {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('the upload of an ISO', () => {
  it('in one piece: 201 with the object, byte-identical on disk', async () => {
    const iso = someIso(3 * MIB + 1);
    appliance.rooms.inventory.addConfig({ name: 'ks', format: 'kickstart', files: { 'ks.cfg': 'text\n' }, description: '' });
    const answer = await send('PUT', 'fedora', iso, {}, '?bootConfigs=ks');
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({
      kind: 'ISCSICdrom',
      metadata: { name: 'fedora' },
      spec: { isoFile: join(folder, 'isos', 'fedora.iso'), bootConfigs: ['ks'] },
      status: { volumeId: 'IMPORTED', size: iso.length, imported: true, sha256: sha256(iso) },
    });
    expect(readFileSync(join(folder, 'isos', 'fedora.iso')).equals(iso)).toBe(true);
    expect(files()).toEqual(['fedora.iso']);
    expect(await stateOf()).toEqual({ offset: String(iso.length), length: String(iso.length), complete: '?1' });
  });

  it('in pieces: 202 until the last, HEAD tells how far it is', async () => {
    const iso = someIso(MIB);
    expect(await stateOf()).toEqual({ offset: '0', length: null, complete: '?0' });
    const first = await piece(iso, 0, 600_000);
    expect([first.status, first.headers.get('upload-offset')]).toEqual([202, '600000']);
    expect(await first.json()).toEqual({ name: 'fedora', received: 600_000, size: iso.length });
    expect(await stateOf()).toEqual({ offset: '600000', length: String(iso.length), complete: '?0' });
    expect((await piece(iso, 600_000, iso.length)).status).toBe(201);
    expect(appliance.rooms.inventory.getImage('fedora').sha256).toBe(sha256(iso));
  });

  it('goes on where a broken connection stopped it', async () => {
    const iso = someIso(2 * MIB);
    await breakOff(iso, 700_000);
    expect(await stateOf()).toEqual({ offset: '700000', length: String(iso.length), complete: '?0' });
    expect((await piece(iso, 700_000, iso.length)).status).toBe(201);
    expect(readFileSync(join(folder, 'isos', 'fedora.iso')).equals(iso)).toBe(true);
    expect(files()).toEqual(['fedora.iso']);
  });

  it('goes on after the appliance was stopped and started again', async () => {
    const iso = someIso(2 * MIB);
    await piece(iso, 0, 700_000);
    await appliance.stop();
    appliance = await start();
    expect((await stateOf()).offset).toBe('700000');
    expect((await piece(iso, 700_000, iso.length)).status).toBe(201);
    expect(appliance.rooms.inventory.getImage('fedora').sha256).toBe(sha256(iso));
  });

  it.each([
    ['a hole', 600_001],
    ['an overlap', 599_999],
    ['the beginning again', 0],
  ])('whose range leaves or makes %s: 409 with the right offset', async (_what, from) => {
    const iso = someIso(MIB);
    await piece(iso, 0, 600_000);
    const refused = await piece(iso, from, iso.length);
    expect([refused.status, refused.headers.get('upload-offset')]).toEqual([409, '600000']);
    expect(await refused.json()).toMatchObject({ code: 'E_UPLOAD_OFFSET' });
    expect(statSync(join(folder, 'isos', 'fedora.iso.partial')).size).toBe(600_000);
  });

  it('of another file of the same size does not go on with the first one', async () => {
    const iso = someIso(MIB);
    const headers = { 'Content-Range': `bytes 0-99999/${iso.length}`, 'Upload-Id': 'a.iso:5' };
    expect((await send('PUT', 'fedora', iso.subarray(0, 100_000), headers)).status).toBe(202);
    expect((await send('HEAD', 'fedora')).headers.get('upload-id')).toBe('a.iso:5');
    const other = { 'Content-Range': `bytes 100000-${iso.length - 1}/${iso.length}`, 'Upload-Id': 'b.iso:5' };
    expect((await send('PUT', 'fedora', iso.subarray(100_000), other)).status).toBe(409);
  });

  it('that is no ISO is refused with its sentence once its first bytes tell, and removed', async () => {
    const web = Buffer.concat([Buffer.from('<!doctype html>'), Buffer.alloc(8 * MIB, 32)]);
    const refused = await send('PUT', 'fedora', web);
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ code: 'E_IMAGE_INVALID', message: expect.stringContaining('a web page') as string });
    expect(files()).toEqual([]);
    expect((await stateOf()).offset).toBe('0');
  });

  it('is checked against the digest that its sender gives', async () => {
    const iso = someIso(MIB);
    const digest = (bytes: Uint8Array): Record<string, string> => ({
      'Repr-Digest': `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`,
    });
    const refused = await send('PUT', 'fedora', iso, digest(iso.subarray(1)));
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ code: 'E_CHECKSUM', message: expect.stringContaining(sha256(iso)) as string });
    expect(files()).toEqual([]);
    const taken = await send('PUT', 'fedora', iso, digest(iso));
    expect(taken.status).toBe(201);
    expect(await taken.json()).toMatchObject({ status: { sha256: sha256(iso), verifiedBy: 'the SHA-256 given with the import' } });
  });

  it('that the disk cannot hold is refused first: 507', async () => {
    const refused = await send('PUT', 'fedora', Buffer.alloc(1000), { 'Content-Range': 'bytes 0-999/8000000000000000' });
    expect(refused.status).toBe(507);
    expect(await refused.json()).toMatchObject({ code: 'E_DISK_FULL' });
  });

  it('is cancelled by DELETE, which removes what is there', async () => {
    const iso = someIso(MIB);
    await piece(iso, 0, 600_000);
    expect((await send('DELETE', 'fedora')).status).toBe(200);
    expect(files()).toEqual([]);
    expect((await send('DELETE', 'fedora')).status).toBe(404);
    expect((await piece(iso, 0, iso.length)).status).toBe(201);
  });

  it.each([
    ['no token', { Authorization: 'Bearer nonsense' }, 401],
    ['a foreign page', { Origin: 'http://evil.example' }, 403],
    ['a compressed body', { 'Content-Encoding': 'gzip' }, 400],
    ['a range of no sense', { 'Content-Range': 'bytes 5-1/10' }, 400],
    ['a digest that is none', { 'Repr-Digest': 'sha-256=abc' }, 400],
    ['an id with spaces', { 'Upload-Id': 'my file' }, 400],
  ])('with %s is refused and leaves nothing', async (_what, headers, status) => {
    expect((await send('PUT', 'fedora', someIso(), headers)).status).toBe(status);
    expect(appliance.rooms.inventory.listImages()).toEqual([]);
  });

  it('of a name that is taken, or by another method, is refused', async () => {
    const iso = someIso();
    expect((await send('PUT', 'fedora', iso)).status).toBe(201);
    expect((await send('PUT', 'fedora', iso)).status).toBe(409);
    expect((await send('PUT', 'localboot', iso)).status).toBe(400);
    expect((await send('GET', 'fedora')).status).toBe(405);
  });

  it('is deleted with its image', async () => {
    await send('PUT', 'fedora', someIso());
    const removed = await fetch(`${appliance.api}/api/v1/iscsi-cdroms/fedora`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(removed.status).toBe(200);
    expect(files()).toEqual([]);
  });

  it('shows its progress, and keeps the loop free', async () => {
    const iso = someIso(128 * MIB);
    const seen: Progress[] = [];
    const stop = appliance.rooms.activity.subscribeProgress((values) => seen.push(...values));
    await piece(iso, 0, 32 * MIB);
    const hash = createHash('sha256').update(iso).digest('hex');
    const endTurns = measureTurns();
    await piece(iso, 32 * MIB, iso.length - 1);
    const turns = endTurns();
    await piece(iso, iso.length - 1, iso.length);
    await new Promise((resolve) => setTimeout(resolve, 300));
    stop();
    expect(appliance.rooms.inventory.getImage('fedora').sha256).toBe(hash);
    const moving = seen.filter(({ key }) => key === 'import:fedora');
    expect(moving.length).toBeGreaterThan(0);
    expect(moving.filter(({ done, total }) => done > iso.length || total !== iso.length)).toEqual([]);
    // The sender runs on this loop too; what is asserted is far above what the import needs, far below a blocked loop.
    expect(turns.at(Math.floor(turns.length * 0.99))).toBeLessThan(50);
  });
});

/** CPU milliseconds of this thread between two timers of 1 ms, ascending: unlike the delay, they do not grow with the load of the computer. */
function measureTurns(): () => number[] {
  const turns: number[] = [];
  let before = process.threadCpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.threadCpuUsage(before);
    before = process.threadCpuUsage();
    turns.push((user + system) / 1000);
  }, 1);
  return () => {
    clearInterval(timer);
    return turns.sort((a, b) => a - b);
  };
}
