import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const BIN = join(ROOT, 'bin', 'bootbench.mjs');

interface Run {
  child: ChildProcess;
  out: string;
  err: string;
  code: Promise<number | null>;
  /** The line that says ready, or the end of the program without it. */
  ready: Promise<Record<string, string>>;
}

let dataDir: string;
let runs: Run[];
beforeEach(() => {
  if (!existsSync(join(ROOT, 'out/main/cli.js'))) throw new Error('Bootbench is not built: run electron-vite build first.');
  dataDir = mkdtempSync(join(tmpdir(), 'bootbench-serve-'));
  runs = [];
});
afterEach(async () => {
  for (const { child } of runs) child.kill('SIGKILL');
  await Promise.all(runs.map(({ code }) => code));
  rmSync(dataDir, { recursive: true, force: true });
});

/** The launcher, as a user starts it; `node` is whatever runs the tests or the given one. */
function bootbench(args: string[], node = process.execPath): Run {
  const child = spawn(node, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, HOME: dataDir } });
  const run: Run = { child, out: '', err: '', code: new Promise((resolve) => child.on('close', resolve)), ready: Promise.resolve({}) };
  child.stderr.on('data', (chunk: Buffer) => (run.err += chunk.toString()));
  run.ready = new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      run.out += chunk.toString();
      const [line = ''] = run.out.split('\n');
      if (run.out.includes('\n') && line.startsWith('{"event"')) resolve(JSON.parse(line) as Record<string, string>);
    });
    void run.code.then(() => reject(new Error(`ended: ${run.err}`)));
  });
  run.ready.catch(() => undefined);
  runs.push(run);
  return run;
}

const serve = (...more: string[]): string[] => ['serve', '--data-dir', dataDir, '--api', '127.0.0.1:0', ...more];

it('says one JSON line when ready, answers the CLI, and stops cleanly on SIGTERM', async () => {
  const run = bootbench(serve());
  const ready = await run.ready;
  expect(ready).toMatchObject({ event: 'ready', api: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string });
  expect(ready.ui).toBe(`${ready.api ?? ''}/#token=${readFileSync(join(dataDir, 'api-token'), 'utf8').trim()}`);

  const status = bootbench(['status', '--data-dir', dataDir]);
  expect(await status.code).toBe(0);
  expect(status.out).toContain('no network port selected');

  run.child.kill('SIGTERM');
  expect(await run.code).toBe(0);
  expect(run.out.trim().split('\n')).toHaveLength(1);
  expect(existsSync(join(dataDir, 'api.json'))).toBe(false);
  expect(readFileSync(join(dataDir, 'log', 'bootbench.log'), 'utf8')).toContain('"by":"SIGTERM","msg":"stopping"');
});

it('stops on SIGTERM while it starts, without saying that it is ready', async () => {
  const run = bootbench(serve());
  await vi.waitUntil(() => readdirSync(dataDir).length > 0, { timeout: 20_000, interval: 5 });
  run.child.kill('SIGTERM');
  expect(await run.code).toBe(0);
  expect(run.out).toBe('');
  expect(run.err).not.toMatch(/E_|error/);
  expect(existsSync(join(dataDir, 'api.json'))).toBe(false);
  await bootbench(serve()).ready;
});

it('stops by `bootbench stop`, which returns once the program has ended and its databases are closed', async () => {
  const run = bootbench(serve());
  await run.ready;
  const stop = bootbench(['stop', '--data-dir', dataDir]);
  expect(await stop.code).toBe(0);
  expect(stop.out).toBe('Bootbench has stopped.\n');
  expect(await run.code).toBe(0);
  expect(readdirSync(dataDir).filter((name) => name === 'api.json' || name.endsWith('-wal'))).toEqual([]);
  expect(readFileSync(join(dataDir, 'log', 'bootbench.log'), 'utf8')).toContain('"by":"bootbench stop","msg":"stopping"');

  const again = bootbench(['stop', '--data-dir', dataDir]);
  expect(await again.code).toBe(0);
  expect(again.out).toBe(`No Bootbench runs with the data directory ${dataDir}.\n`);
});

it('`bootbench stop` ends a Bootbench that is still starting, and fails at an address where none answers', async () => {
  const run = bootbench(serve());
  await vi.waitUntil(() => existsSync(join(dataDir, 'api.json')), { timeout: 20_000, interval: 5 });
  expect(await bootbench(['stop', '--data-dir', dataDir]).code).toBe(0);
  expect(await run.code).toBe(0);

  const elsewhere = bootbench(['stop', '--data-dir', dataDir, '--api', '127.0.0.1:1']);
  expect(await elsewhere.code).toBe(1);
  expect(elsewhere.err).toContain('E_API_UNREACHABLE');
});

it('two on one data directory: the second says which and ends with 1, the first goes on', async () => {
  const first = bootbench(serve());
  await first.ready;
  const second = bootbench(serve());
  expect(await second.code).toBe(1);
  expect(second.err).toContain('E_LOCKED');
  expect(second.err).toContain('--data-dir');
  expect(await bootbench(['status', '--data-dir', dataDir]).code).toBe(0);
});

it('a NIC that is not there does not keep it from being ready', async () => {
  const run = bootbench(serve('--nic', 'nonesuch0'));
  expect(await run.ready).not.toHaveProperty('boot');
  const status = bootbench(['status', '--json', '--data-dir', dataDir]);
  expect(await status.code).toBe(0);
  const { services } = JSON.parse(status.out) as { services: { state: string; text: string }[] };
  expect(services.length).toBeGreaterThan(0);
  for (const { state, text } of services) expect([state, text]).not.toEqual(['ready', '']);
});

it('names the boot server’s URL only where it runs', async () => {
  const ports = ['--tftp-port', '0', '--iscsi-port', '0', '--dhcp', 'off'];
  const first = await bootbench(serve('--nic', 'lo', '--http-port', '0', ...ports)).ready;
  expect(first.boot).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const { port } = new URL(first.boot ?? '');
  const second = bootbench(serve('--nic', 'lo', '--http-port', port, ...ports, '--data-dir', join(dataDir, 'other')));
  expect(await second.ready).not.toHaveProperty('boot');
});

it.each([
  [
    'a port in use',
    async () => ['--api', new URL((await bootbench(serve()).ready).api ?? '').host, '--data-dir', join(dataDir, 'other')],
    1,
    'E_PORT_IN_USE',
  ],
  ['another address than loopback', () => ['--api', '0.0.0.0:0'], 1, 'requires TLS'],
  ['a wrong flag', () => ['--dhcp', 'maybe'], 2, 'usage: bootbench serve'],
  ['a data directory that is a file', () => (writeFileSync(join(dataDir, 'file'), ''), ['--data-dir', join(dataDir, 'file')]), 1, 'E_DB'],
])('%s: a sentence and the exit code', async (_name, more, code, words) => {
  const run = bootbench(serve(...(await more())));
  expect(await run.code).toBe(code);
  expect(run.err).toContain(words);
  expect(run.out).toBe('');
});

it('on an older Node the launcher runs the project’s own, and leaves nothing behind when it is killed', async () => {
  const older = ['/usr/local/bin/node', '/usr/bin/node'].find((path) => existsSync(path));
  // The launcher re-executes only below Node-API 10; where no older Node is installed the same is shown with this one.
  const run = bootbench(serve(), older ?? process.execPath);
  const { api } = await run.ready;
  run.child.kill('SIGKILL');
  await run.code;
  if (older !== undefined) await expect.poll(() => existsSync(join(dataDir, 'api.json')), { timeout: 10_000 }).toBe(false);
  await expect
    .poll(
      () =>
        fetch(`${api ?? ''}/healthz`).then(
          () => 'up',
          () => 'gone',
        ),
      { timeout: 10_000 },
    )
    .toBe('gone');
});
