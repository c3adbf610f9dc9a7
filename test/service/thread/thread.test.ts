import { describe, expect, it } from 'vitest';
import { Settings } from '../../../contract/appliance.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import { connect } from '../../../contract/port.ts';
import { silentLog, systemClock, type Clock, type HostServices, type LogFields } from '../../../contract/runtime.ts';
import { startThread, type Thread } from '../../../main-services/thread/host.ts';
import { quietHost } from '../../fixtures/host-services.ts';

const workerFile = new URL('./pretended-worker.ts', import.meta.url);

interface Started {
  thread: Thread;
  logged: string[];
  asked: unknown[];
  notices: string[];
  exits: BootbenchError[];
  waits: number[];
  /** Reports of the data directory's lock, and what was logged as an error. */
  locks: (boolean | string)[];
}

async function start(nic = 'eth0', services: Partial<HostServices> = {}, signal?: AbortSignal): Promise<Started> {
  const logged: string[] = [];
  const asked: unknown[] = [];
  const notices: string[] = [];
  const exits: BootbenchError[] = [];
  const waits: number[] = [];
  const locks: (boolean | string)[] = [];
  const hostServices: HostServices = {
    ...quietHost,
    runElevated: (command) => {
      asked.push(command);
      return Promise.resolve({ ok: false, output: 'refused' });
    },
    notify: (_title, body) => {
      notices.push(body);
      return Promise.resolve();
    },
    ...services,
  };
  // Every wait but the one for loading is recorded and shortened.
  const clock: Clock = {
    ...systemClock,
    after: (ms, run) => {
      if (ms === 60_000) return systemClock.after(ms, run);
      waits.push(ms);
      return systemClock.after(Math.min(ms, 200), run);
    },
  };
  const settings = Settings.parse({ dataDir: '/d', bootFilesDir: '/b', uiDir: '/u', nic });
  const log = {
    ...silentLog,
    info: (_fields: unknown, message: string) => void logged.push(message),
    error: ({ code }: LogFields) => {
      if (typeof code === 'string') locks.push(code);
    },
  };
  const onLock = (isLocked: boolean): void => void locks.push(isLocked);
  const thread = await startThread({ settings, hostServices, log, clock, workerFile, onLock, signal });
  thread.onExit((error) => exits.push(error));
  return { thread, logged, asked, notices, exits, waits, locks };
}

/** Asks until an answer comes; a dead thread takes a moment to be replaced. */
async function versionOf(thread: Thread): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return (await connect(thread.openPort()).call('appliance.status')).version;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error('no answer');
}

describe('the appliance’s thread', () => {
  it('answers over ports, logs through its host and uses the host’s powers', async () => {
    const { thread, logged, asked } = await start();
    expect(await versionOf(thread)).toBe('first life');
    expect(logged).toContain('hello');
    expect(asked).toEqual([['ip', 'link']]);
    expect(JSON.parse(thread.ready.ui)).toEqual({ kind: 'answer', id: 7, value: { ok: false, output: 'refused' } });
    await thread.stop();
  });

  it.each(['throw', 'exit'])('that exits (%s) fails the calls in progress, reports why and restarts', async (how) => {
    const { thread, notices, exits, waits } = await start();
    const client = connect(thread.openPort());
    await expect(client.call('appliance.selectNic', { nic: how })).rejects.toMatchObject({ code: 'E_API_UNREACHABLE' });
    const second = await versionOf(thread);
    expect(second).not.toBe('first life');
    expect(exits.map(({ code }) => code)).toEqual(['E_THREAD_DIED']);
    expect(notices).toHaveLength(1);
    if (how === 'throw') expect(second).toContain('a bug in a timer');

    await expect(connect(thread.openPort()).call('appliance.selectNic', { nic: how })).rejects.toMatchObject({ code: 'E_API_UNREACHABLE' });
    await versionOf(thread);
    expect(waits.slice(0, 2)).toEqual([500, 1000]);
    await thread.stop();
  });

  it('reports when it has the data directory’s lock, and when it has lost it with the thread, once the cause is logged', async () => {
    const { thread, locks } = await start();
    expect(locks).toEqual([true]);
    await expect(connect(thread.openPort()).call('appliance.selectNic', { nic: 'exit' })).rejects.toMatchObject({
      code: 'E_API_UNREACHABLE',
    });
    await versionOf(thread);
    expect(locks).toEqual([true, 'E_THREAD_DIED', false, true]);
    await thread.stop();
  });

  it('gives a failed host service to the appliance with its code and next step', async () => {
    const refusal = new BootbenchError('E_SECRETS_LOCKED', 'The keyring is locked.', { next: 'Unlock it.' });
    const { thread } = await start('eth0', { runElevated: () => Promise.reject(refusal) });
    expect(JSON.parse(thread.ready.ui)).toMatchObject({
      kind: 'answer',
      id: 7,
      error: { code: 'E_SECRETS_LOCKED', message: 'The keyring is locked.', next: 'Unlock it.' },
    });
    await thread.stop();
  });

  it('that cannot start says why', async () => {
    await expect(start('unusable')).rejects.toMatchObject({ code: 'E_LOCKED', message: 'held', next: 'close it' });
  });

  it.each(['eth0', 'deaf'])('that is stopped while it starts (%s) has exited when the start is over', async (nic) => {
    const ending = new AbortController();
    // Its host does not answer, so it never gets ready.
    const runElevated = (): Promise<never> => {
      ending.abort();
      return new Promise<never>(() => undefined);
    };
    await expect(start(nic, { runElevated }, ending.signal)).rejects.toMatchObject({ code: 'E_CANCELLED' });
  });

  it('is not started after the signal', async () => {
    await expect(start('eth0', { runElevated: () => expect.unreachable() }, AbortSignal.abort())).rejects.toMatchObject({
      code: 'E_CANCELLED',
    });
  });

  it('that is running stops by the signal', async () => {
    const ending = new AbortController();
    const { thread, exits } = await start('eth0', {}, ending.signal);
    const { closed } = connect(thread.openPort());
    ending.abort();
    await closed;
    await thread.stop();
    expect(exits).toEqual([]);
  });

  it('that does not stop when asked is ended', async () => {
    const { thread, waits, exits } = await start('deaf');
    await thread.stop();
    expect(waits).toEqual([5000]);
    expect(exits).toEqual([]);
    await expect(connect(thread.openPort()).call('appliance.status')).rejects.toMatchObject({ code: 'E_API_UNREACHABLE' });
  });
});
