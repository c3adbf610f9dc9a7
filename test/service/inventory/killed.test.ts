import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sha256, someIso } from './library.ts';

const ROOT = join(import.meta.dirname, '../../..');
const MIB = 1024 * 1024;

interface Served {
  readonly child: ChildProcess;
  readonly api: string;
  readonly token: string;
}

let folder: string;
let dataDir: string;
let children: ChildProcess[];
beforeEach(() => {
  if (!existsSync(join(ROOT, 'out/main/cli.js'))) throw new Error('Bootbench is not built: run `npm run build` first.');
  folder = mkdtempSync(join(tmpdir(), 'killed-'));
  dataDir = join(folder, 'data');
  children = [];
});
afterEach(async () => {
  await Promise.all(children.map((child) => kill(child)));
  rmSync(folder, { recursive: true, force: true });
});

/** A started program; it may be killed before it answers. */
function launch(): ChildProcess {
  // The launcher gives way to a child of its own; its own group, so that both are killed at once.
  const child = spawn(process.execPath, [join(ROOT, 'bin/bootbench.mjs'), 'serve', '--data-dir', dataDir, '--api', '127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
    env: { PATH: process.env.PATH, HOME: folder },
  });
  children.push(child);
  return child;
}

async function serve(): Promise<Served> {
  const child = launch();
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    child.once('close', () => reject(new Error('it ended before it was ready')));
  });
  const { api } = JSON.parse(line) as { api: string };
  return { child, api, token: readFileSync(join(dataDir, 'api-token'), 'utf8').trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const closed = new Promise((resolve) => child.once('close', resolve));
  process.kill(-child.pid, 'SIGKILL');
  await closed;
}

const isoUrl = ({ api }: Served): string => `${api}/api/v1/iscsi-cdroms/big/iso`;
const auth = ({ token }: Served): { Authorization: string } => ({ Authorization: `Bearer ${token}` });

async function offset(served: Served): Promise<number> {
  const { headers } = await fetch(isoUrl(served), { method: 'HEAD', headers: auth(served) });
  return Number(headers.get('upload-offset'));
}

async function image(served: Served): Promise<{ status: { sha256: string; size: number } }> {
  for (;;) {
    const answer = await fetch(`${served.api}/api/v1/iscsi-cdroms/big`, { headers: auth(served) });
    if (answer.ok) return (await answer.json()) as { status: { sha256: string; size: number } };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

it('killed while it copies an ISO: the next start goes on by itself, byte for byte', async () => {
  const source = join(folder, 'big.iso');
  writeFileSync(source, someIso(8 * MIB));
  truncateSync(source, 512 * MIB);
  const first = await serve();
  await importByCall(first, source);
  while ((await offset(first)) < 32 * MIB) await new Promise((resolve) => setTimeout(resolve, 5));
  await kill(first.child);
  const partial = statSync(join(dataDir, 'isos/big.iso.partial')).size;
  expect(partial).toBeGreaterThanOrEqual(32 * MIB);
  expect(partial).toBeLessThan(512 * MIB);

  const second = await serve();
  const { status } = await image(second);
  expect(status.size).toBe(512 * MIB);
  expect(status.sha256).toBe(await hashOf(source));
  expect(await hashOf(join(dataDir, 'isos/big.iso'))).toBe(status.sha256);
  expect(readdirSync(join(dataDir, 'isos'))).toEqual(['big.iso']);
});

it('killed while it takes an upload: HEAD tells where to go on', async () => {
  const iso = someIso(16 * MIB);
  const first = await serve();
  const { port } = new URL(first.api);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined);
  const head = [`PUT /api/v1/iscsi-cdroms/big/iso HTTP/1.1`, `Host: 127.0.0.1:${port}`, `Authorization: Bearer ${first.token}`];
  socket.write([...head, `Content-Length: ${iso.length}`, '', ''].join('\r\n'));
  socket.write(iso.subarray(0, 5 * MIB));
  while ((await offset(first)) < 5 * MIB) await new Promise((resolve) => setTimeout(resolve, 5));
  await kill(first.child);
  socket.destroy();

  const second = await serve();
  const from = await offset(second);
  expect(from).toBe(5 * MIB);
  const answer = await fetch(isoUrl(second), {
    method: 'PUT',
    headers: { ...auth(second), 'Content-Range': `bytes ${from}-${iso.length - 1}/${iso.length}` },
    body: new Uint8Array(iso.subarray(from)),
  });
  expect(answer.status).toBe(201);
  expect((await image(second)).status.sha256).toBe(sha256(iso));
  expect(readdirSync(join(dataDir, 'isos'))).toEqual(['big.iso']);
});

/** The same row of numbers in every run, each from 0 to 1. Park and Miller's generator. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

it('killed at ten points, in copying and in landing: the hash is that of the file', async () => {
  const size = 192 * MIB;
  const source = join(folder, 'big.iso');
  writeFileSync(source, Buffer.concat([someIso(), randomBytes(size)]).subarray(0, size));
  const [partial, note, iso] = ['big.iso.partial', 'big.iso.import', 'big.iso'].map((name) => join(dataDir, 'isos', name));
  const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const noteSays = async (word: string): Promise<boolean> => (await readFile(note!, 'utf8').catch(() => '')).includes(word);
  const next = numbers(1);
  const copying = Array.from({ length: 7 }, () => Math.floor(next() * size)).sort((a, b) => a - b);
  const points: (() => boolean | Promise<boolean>)[] = [
    ...copying.map((target) => () => sizeOf(partial!) >= target || sizeOf(iso!) > 0),
    () => sizeOf(partial!) === size || sizeOf(iso!) > 0,
    async () => (await noteSays('"landing":true')) || sizeOf(iso!) > 0,
    () => sizeOf(iso!) > 0,
  ];

  const first = await serve();
  await importByCall(first, source);
  let child = first.child;
  const left: number[] = [];
  for (const reached of points) {
    while (!(await reached())) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, next() * 4));
    await kill(child);
    left.push(sizeOf(partial!) + sizeOf(iso!));
    child = launch();
  }
  await kill(child);

  // Each start went on where the kill before it had left the file.
  expect(left).toEqual(left.toSorted((a, b) => a - b));
  expect(left[0]).toBeLessThan(size);
  expect(left.at(-1)).toBe(size);
  const { status } = await image(await serve());
  expect(status.size).toBe(size);
  expect(status.sha256).toBe(await hashOf(source));
  expect(await hashOf(iso!)).toBe(status.sha256);
  expect(readdirSync(join(dataDir, 'isos'))).toEqual(['big.iso']);
}, 120_000);

/** `image.import` over the WebSocket, as the UI calls it. */
async function importByCall(served: Served, path: string): Promise<void> {
  const socket = new WebSocket(`${served.api.replace('http', 'ws')}/api/v1/ws`, ['bootbench.v1', `bearer.${served.token}`]);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error('the WebSocket was refused')));
  });
  const answered = new Promise<string>((resolve) => socket.addEventListener('message', ({ data }) => resolve(String(data))));
  socket.send(JSON.stringify({ id: 1, call: 'image.import', input: { name: 'big', path } }));
  expect(JSON.parse(await answered)).toMatchObject({ value: { name: 'big' } });
  socket.close();
}
