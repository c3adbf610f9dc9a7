import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DoctorCheck } from '../../../contract/doctor.ts';
import { Settings } from '../../../contract/appliance.ts';
import { systemClock } from '../../../contract/runtime.ts';
import { runDoctor } from '../../../main-services/thread/doctor-host.ts';
import { startNodeProgram } from '../../../main-services/thread/places.ts';
import { startMarker } from '../../../main-services/thread/start-marker.ts';
import { quietHost } from '../../fixtures/host-services.ts';
import { at, BUILD_TIMEOUT_MS, ensureBuilt } from '../packaging/built.ts';

let dataDir: string;
let running: ChildProcess[];
beforeEach(() => {
  ensureBuilt();
  dataDir = join(mkdtempSync(join(tmpdir(), 'doctor-command-')), 'data');
  running = [];
}, BUILD_TIMEOUT_MS);
afterEach(async () => {
  for (const child of running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  rmSync(join(dataDir, '..'), { recursive: true, force: true });
});

const ANY_PORTS = ['--nic', 'lo', '--dhcp', 'off', '--http-port', '0', '--tftp-port', '0', '--iscsi-port', '0'];
const ANY_API = ['--api', '127.0.0.1:0'];
const command = (...args: string[]): string[] => [at('bin', 'bootbench.mjs'), ...args, '--data-dir', dataDir];

function doctor(...args: string[]) {
  return spawnSync(process.execPath, command('doctor', ...ANY_PORTS, ...args), { encoding: 'utf8', timeout: 60_000 });
}

function linesOf(stdout: string): Map<string, DoctorCheck> {
  return new Map((JSON.parse(stdout) as DoctorCheck[]).map((check) => [check.id, check]));
}

async function serve(): Promise<ChildProcess> {
  const child = spawn(process.execPath, command('serve', ...ANY_PORTS, ...ANY_API), { stdio: ['ignore', 'pipe', 'ignore'] });
  running.push(child);
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) if (chunk.toString().includes('"ready"')) break;
  return child;
}

it('says one line for each part, starts the services, leaves nothing behind and ends with 0 or 1', () => {
  const { stdout, stderr, status } = doctor(...ANY_API, '--boot-files-dir', at('resources', 'boot-files'));
  const lines = stdout.split('\n').filter((line) => /^[●▲■]/.test(line));
  expect(lines.length).toBeGreaterThan(12);
  expect(lines.at(-1)).toMatch(/^● The services start in a thread of this program; ready after [\d.]+ s\.$/);
  const isComplete = existsSync(at('resources', 'boot-files', 'ipxe.efi'));
  expect({ status, stderr }).toEqual(
    isComplete ? { status: 0, stderr: '' } : { status: 1, stderr: expect.stringContaining('boot-files') as string },
  );
  expect(existsSync(dataDir)).toBe(false);
});

it('ends with 1 and the failed line’s code when one fails', () => {
  const { stdout, stderr, status } = doctor(...ANY_API, '--json', '--nic', 'nonesuch0');
  expect(status).toBe(1);
  expect(stderr).toContain('E_DOCTOR');
  expect(linesOf(stdout).get('nic')).toMatchObject({ state: 'failed', code: 'E_NIC_UNKNOWN' });
});

it('asks a Bootbench that runs, which keeps running', async () => {
  await serve();
  const lines = linesOf(doctor('--json').stdout);
  expect(lines.get('running')).toMatchObject({ state: 'ok' });
  for (const id of ['services', 'native-koffi', 'native-serialport', 'database', 'port-http', 'port-tftp', 'passwords'])
    expect(lines.get(id), id).toMatchObject({ state: 'ok' });
  expect(lines.get('port-http')?.message).toContain('this Bootbench');
  expect(spawnSync(process.execPath, command('status')).status).toBe(0);
});

it('checks what it can when a Bootbench that runs does not answer', async () => {
  await serve();
  rmSync(join(dataDir, 'api.json'));
  const lines = linesOf(doctor(...ANY_API, '--json').stdout);
  expect(lines.get('lock')).toMatchObject({ state: 'warning', code: 'E_LOCKED' });
  expect(lines.get('database')).toMatchObject({ state: 'ok' });
});

it('says that the services run in a process, and why, after a start in a thread ended the program; they end with it', async () => {
  mkdirSync(dataDir);
  startMarker(dataDir).set();
  const program = await serve();
  expect(readFileSync(join(dataDir, 'log', 'bootbench.log'), 'utf8')).toContain('ended the whole program');
  const { stdout, status } = doctor('--json');
  expect(linesOf(stdout).get('running')).toMatchObject({ state: 'ok' });
  expect(linesOf(stdout).get('services')).toMatchObject({
    state: 'warning',
    code: 'E_NOT_LOADED',
    message: expect.stringMatching(/in a process of their own.*ended the whole program/) as string,
  });
  expect([0, 1]).toContain(status);

  program.kill('SIGKILL');
  await once(program, 'close');
  // The process of the services notices it, and frees the data directory.
  const next = await serve();
  next.kill('SIGTERM');
  const [code] = (await once(next, 'close')) as [number];
  expect(code).toBe(0);
});

it('fails where the worker’s file is missing', async () => {
  const settings = Settings.parse({ dataDir, bootFilesDir: dataDir, uiDir: dataDir });
  const seen: DoctorCheck[] = [];
  const checks = await runDoctor({
    ...{ settings, hostServices: quietHost, clock: systemClock, startProgram: startNodeProgram },
    workerFile: join(dataDir, 'gone.js'),
    onCheck: (check) => seen.push(check),
  });
  expect(checks.find(({ id }) => id === 'services')).toMatchObject({ state: 'failed', code: 'E_NOT_LOADED' });
  expect(checks.find(({ id }) => id === 'versions')).toMatchObject({ state: 'ok' });
  expect(seen).toEqual(checks);
});
