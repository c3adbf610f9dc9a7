import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { BenchEvent } from '../../../contract/appliance.ts';
import type { DoctorCheck } from '../../../contract/doctor.ts';
import { at, BUILD_TIMEOUT_MS, ensureBuilt } from '../packaging/built.ts';

let folder: string;
let dataDir: string;
let program: ChildProcess | undefined;
beforeEach(() => {
  ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), 'support-'));
  dataDir = join(folder, 'data');
}, BUILD_TIMEOUT_MS);
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

const PLANTED = {
  bmc: 'Planted-bmc-4711',
  config: 'Planted-config-4712',
  log: 'Planted-log-4713',
  url: 'Planted-url-4714',
  argument: 'Planted-arg-4715',
};
const SERVE = ['--nic', 'lo', '--dhcp', 'off', '--http-port', '0', '--tftp-port', '0', '--iscsi-port', '0'];

function bootbench(...args: string[]): string {
  const command = [at('bin', 'bootbench.mjs'), ...args, '--data-dir', dataDir];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', timeout: 60_000 });
  expect(status, stderr).toBe(0);
  return stdout;
}

async function serve(): Promise<void> {
  const upstream = `https://user:${PLANTED.url}@mirror.invalid/lab.iso`;
  const args = ['serve', ...SERVE, '--api', '127.0.0.1:0', '--iso-upstream-url', upstream, '--data-dir', dataDir];
  const child = spawn(process.execPath, [at('bin', 'bootbench.mjs'), ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  program = child;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) if (chunk.toString().includes('"ready"')) break;
}

async function stop(): Promise<void> {
  if (program?.exitCode === null && program.signalCode === null) {
    program.kill('SIGTERM');
    await once(program, 'close');
  }
  program = undefined;
}

/** A Bootbench that has secrets of every kind, and a log in which some slipped. */
async function plant(): Promise<void> {
  await serve();
  const config = join(folder, 'ks.cfg');
  writeFileSync(config, `rootpw --plaintext ${PLANTED.config}\n`);
  bootbench('config', 'add', 'node', '--format', 'kickstart', config);
  bootbench('host', 'add', 'r750', '--mac', '52:54:00:88:00:02');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, `${PLANTED.bmc}\n`);
  const bmc = ['--bmc', 'https://127.0.0.1:1/redfish/v1', '--bmc-user', 'root', '--bmc-password-file', passwordFile];
  bootbench('host', 'set', 'r750', ...bmc, `vars.password=${PLANTED.argument}`);
  const token = readFileSync(join(dataDir, 'api-token'), 'utf8').trim();
  const line = {
    level: 30,
    time: Date.now(),
    msg: `POST https://x/?password=${PLANTED.log} with ${token}`,
    authorization: `Bearer ${PLANTED.log}`,
  };
  appendFileSync(join(dataDir, 'log', 'bootbench.log'), `${JSON.stringify(line)}\nplain text, password: ${PLANTED.log}\n`);
}

/** All files of the bundle by name, as system tar unpacks them. */
function unpack(file: string): Map<string, string> {
  const out = mkdtempSync(join(folder, 'out-'));
  const { status, stderr } = spawnSync('tar', ['-xzf', file, '-C', out], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  const root = join(out, 'bootbench-support');
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(root, name)).isFile());
  return new Map(names.map((name) => [name, readFileSync(join(root, name), 'utf8')]));
}

function expectNoSecrets(files: ReadonlyMap<string, string>): void {
  const secrets = [
    ...Object.values(PLANTED),
    ...['api-token', 'secrets.key'].map((name) => readFileSync(join(dataDir, name), 'utf8').trim()),
  ];
  for (const [name, text] of files) for (const secret of secrets) expect(text, `${name} has ${secret}`).not.toContain(secret);
}

const file = (): string => join(folder, 'bundle.tar.gz');

it('of a Bootbench that runs has what support needs, and no secret', async () => {
  await plant();
  bootbench('support-bundle', file());
  const files = unpack(file());
  expect([...files.keys()].sort()).toEqual([
    ...['README.txt', 'doctor.json', 'events.jsonl', 'log/bootbench.log', 'network-ports.json', 'preflight.json'],
    ...['settings.json', 'status.json', 'versions.json'],
  ]);
  expect((JSON.parse(files.get('doctor.json') ?? '') as DoctorCheck[]).map(({ id }) => id)).toContain('services');
  const events = (files.get('events.jsonl') ?? '')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as BenchEvent);
  expect(events.map(({ type }) => type)).toContain('appliance.started');
  expect(JSON.parse(files.get('settings.json') ?? '')).toMatchObject({
    nic: 'lo',
    dhcp: 'off',
    isoUpstreamUrl: 'https://•••@mirror.invalid/lab.iso',
  });
  expect(files.get('log/bootbench.log')).toContain('plain text, password: •••');
  expectNoSecrets(files);
  if (process.platform !== 'win32') expect(statSync(file()).mode & 0o077).toBe(0);
}, 60_000);

it('of one that does not run has its checks, events, logs and network ports, and no secret', async () => {
  await plant();
  await stop();
  bootbench('support-bundle', file(), ...SERVE);
  const files = unpack(file());
  expect([...files.keys()].sort()).toEqual([
    ...['README.txt', 'doctor.json', 'events.jsonl', 'log/bootbench.log', 'network-ports.json', 'settings.json', 'versions.json'],
  ]);
  expect(files.get('events.jsonl')).toContain('appliance.stopped');
  expect(files.get('network-ports.json')).toContain('"lo"');
  expectNoSecrets(files);
}, 60_000);

it('of a data directory that has nothing has the checks', () => {
  mkdirSync(dataDir);
  bootbench('support-bundle', file(), ...SERVE);
  expect([...unpack(file()).keys()]).toContain('doctor.json');
});

it('says so when the file cannot be written', () => {
  const args = ['support-bundle', join(folder, 'gone', 'bundle.tar.gz'), '--data-dir', dataDir, ...SERVE];
  const { status, stderr } = spawnSync(process.execPath, [at('bin', 'bootbench.mjs'), ...args], { encoding: 'utf8', timeout: 60_000 });
  expect(status).toBe(1);
  expect(stderr).toContain('cannot be written');
});
