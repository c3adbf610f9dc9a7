import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Settings } from '../../../contract/appliance.ts';
import type { RunsIn } from '../../../contract/doctor.ts';
import { connect } from '../../../contract/port.ts';
import { silentLog, systemClock, type Clock } from '../../../contract/runtime.ts';
import { startThread, type Thread, type ThreadOptions } from '../../../main-services/thread/host.ts';
import { startNodeProgram } from '../../../main-services/thread/places.ts';
import { startMarker } from '../../../main-services/thread/start-marker.ts';
import { quietHost } from '../../fixtures/host-services.ts';

const file = fileURLToPath(new URL('./linked-worker.ts', import.meta.url));

let dataDir: string;
let warnings: string[];
const started: Thread[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'places-'));
  warnings = [];
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((thread) => thread.stop()));
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(nic: string, options: Partial<ThreadOptions> = {}, more: Record<string, unknown> = {}): Promise<Thread> {
  // Waits for a restart or for the end are shortened, not the one for loading.
  const clock: Clock = { ...systemClock, after: (ms, run) => systemClock.after(ms > 10_000 ? ms : Math.min(ms, 300), run) };
  const thread = await startThread({
    settings: Settings.parse({ dataDir, bootFilesDir: '/b', uiDir: '/u', nic, ...more }),
    hostServices: quietHost,
    log: { ...silentLog, warn: (_fields, message) => void warnings.push(message) },
    clock,
    workerFile: file,
    ...options,
  });
  started.push(thread);
  return thread;
}

interface Reached {
  readonly runsIn: RunsIn;
  readonly exitReason?: string;
  readonly pid: number;
}

async function reach(thread: Thread): Promise<Reached> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return JSON.parse((await connect(thread.openPort()).call('appliance.status')).version) as Reached;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error('no answer');
}

describe('where the services run', () => {
  it('is a thread of this program where that works', async () => {
    const thread = await start('fine', { startProgram: startNodeProgram });
    expect(await reach(thread)).toMatchObject({ runsIn: { place: 'thread', passedOver: [] }, pid: process.pid });
    expect(warnings).toEqual([]);
    expect(existsSync(join(dataDir, 'starting.json'))).toBe(false);
  });

  it('is the unpacked file where the one in the archive cannot be loaded, and the log says so', async () => {
    const thread = await start('fine', { workerFile: join(dataDir, 'app.asar', 'thread.js'), unpackedFile: file });
    const { runsIn, pid } = await reach(thread);
    expect({ place: runsIn.place, pid }).toEqual({ place: 'unpacked-thread', pid: process.pid });
    expect(runsIn.passedOver).toEqual([{ place: 'thread', reason: expect.stringContaining('app.asar') as string }]);
    expect(warnings).toEqual([expect.stringContaining('app.asar')]);
  });

  it.each(['native-fails', 'exits'])('is a process where a thread cannot run them (%s), over the same protocol', async (nic) => {
    const thread = await start(nic, { startProgram: startNodeProgram });
    const { runsIn, pid } = await reach(thread);
    expect(runsIn).toMatchObject({ place: 'process', passedOver: [{ place: 'thread' }] });
    expect(pid).not.toBe(process.pid);
    expect(thread.ready.ui).toBe('plain.secret');

    const streamed: string[] = [];
    for await (const { version } of connect(thread.openPort()).stream('appliance.statusWatch', {})) streamed.push(version);
    expect(streamed).toEqual(['one', 'two', 'three']);
  });

  it('starts the process again when it ends, and its calls in progress fail', async () => {
    const thread = await start('native-fails', { startProgram: startNodeProgram });
    const { pid } = await reach(thread);
    const client = connect(thread.openPort());
    await expect(client.call('appliance.selectNic', { nic: 'exit' })).rejects.toMatchObject({ code: 'E_API_UNREACHABLE' });
    await client.closed;
    const next = await reach(thread);
    expect(next.pid).not.toBe(pid);
    expect(next.exitReason).toContain('exit code 3');
    // It is not tried in the thread again.
    expect(next.runsIn.place).toBe('process');
  });

  it.each(['fine', 'does not stop when asked'])('ends the process with the program (%s)', async (how) => {
    const router = how === 'fine' ? undefined : '10.9.9.9';
    const thread = await start('native-fails', { startProgram: startNodeProgram }, { router });
    const { pid } = await reach(thread);
    await thread.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('is the first place where no place loads a native module: the services say what does not work', async () => {
    const thread = await start('no-native', { startProgram: startNodeProgram });
    expect((await reach(thread)).runsIn).toMatchObject({ place: 'thread', passedOver: [{ place: 'thread' }, { place: 'process' }] });
  });

  it('is nowhere when the file is missing: E_NOT_LOADED names each place', async () => {
    const options = { workerFile: join(dataDir, 'gone.js'), startProgram: startNodeProgram };
    await expect(start('fine', options)).rejects.toMatchObject({
      code: 'E_NOT_LOADED',
      message: expect.stringMatching(/thread.*process/s) as string,
    });
  });

  it('is a process after a start in a thread ended the whole program', () => {
    const script = fileURLToPath(new URL('./abort-in-thread.ts', import.meta.url));
    const run = () => spawnSync(process.execPath, [script, dataDir], { encoding: 'utf8', timeout: 20_000 });
    const first = run();
    expect({ ended: first.signal !== null || first.status !== 0, stdout: first.stdout }).toEqual({ ended: true, stdout: '' });
    for (const { status, stdout, stderr } of [run(), run()]) {
      expect(status, stderr).toBe(0);
      expect(stdout).toContain('ended the whole program');
      expect(stdout).toContain('ready plain.secret');
    }
  });
});

describe('the marker of a start', () => {
  it('is of one version: another one tries the thread again', () => {
    startMarker(dataDir, 'one').set();
    expect(startMarker(dataDir, 'one').endedProgram).toBe(true);
    expect(startMarker(dataDir, 'two').endedProgram).toBe(false);
  });

  it('is removed by the start that set it, and by no other', () => {
    const [ours, other] = [startMarker(dataDir, 'one'), startMarker(dataDir, 'one')];
    ours.set();
    other.remove();
    expect(startMarker(dataDir, 'one').endedProgram).toBe(true);
    ours.remove();
    expect(startMarker(dataDir, 'one').endedProgram).toBe(false);
  });
});
