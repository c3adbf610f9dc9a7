import type { Settings } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { Port } from '../../contract/port.ts';
import type { Clock, HostServices, Log } from '../../contract/runtime.ts';
import { cancelled } from '../../util/async.ts';
import { checkPlace } from '../doctor/program.ts';
import { launcher, type WorkerFiles } from './launch.ts';
import { closedPort, type Ready } from './protocol.ts';
import type { RunningWorker } from './running-worker.ts';

/** The appliance in its worker thread, or where else it runs, as the host program uses it. */
export interface Thread {
  readonly ready: Ready;
  /** A new connection to the appliance. It closes when the thread exits; open another one then. */
  openPort(): Port;
  /** Called with E_THREAD_DIED when the thread exits unexpectedly; the thread restarts automatically. */
  onExit(listener: (error: BootbenchError) => void): void;
  /** Asks the appliance to stop, and ends the thread after 5 s in any case. */
  stop(): Promise<void>;
}

export interface ThreadOptions extends WorkerFiles {
  readonly settings: Settings;
  readonly hostServices: HostServices;
  readonly log: Log;
  readonly clock: Clock;
  /** Whether the worker sends its debug log too. */
  readonly debug?: boolean;
  /** Called with true when the appliance has the data directory's lock, and with false when it has lost it with its thread. */
  readonly onLock?: (isLocked: boolean) => void;
  /** Stops the thread, also while it starts. */
  readonly signal?: AbortSignal | undefined;
}

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
/** A thread that ran this long resets the retry delay. */
const STABLE_AFTER_MS = 60_000;

/**
 * Starts the thread, and restarts it when it exits. Rejects with the appliance's own error when the first start fails, and with
 * E_CANCELLED, once the thread has exited, when the signal aborts before it is ready.
 */
export async function startThread(options: ThreadOptions): Promise<Thread> {
  const { settings, log, clock, hostServices, debug = false, onLock = () => undefined, signal } = options;
  const places = launcher(options, settings.dataDir);
  const listeners = new Set<(error: BootbenchError) => void>();
  let stopping = false;
  let cancelRetry: () => void = () => undefined;
  let retries = 0;
  let current: RunningWorker | undefined;
  let ready: Ready;

  const start = async (exitReason?: string): Promise<void> => {
    const startedAt = clock.monotonic();
    const onStart = (worker: RunningWorker): void => void (current = worker);
    const worker = await places.launch(
      { settings, debug, exitReason },
      { log, clock, hostServices, onLock, onStart, isStopping: () => stopping },
    );
    const { place, passedOver } = places.runsIn;
    if (passedOver.length > 0) log.warn({ place }, checkPlace(places.runsIn).message);
    ready = await worker.ready.catch((error: unknown) => {
      onLock(false);
      throw error;
    });
    void worker.ended.then((cause) => {
      current = undefined;
      if (stopping) return;
      if (clock.monotonic() - startedAt > STABLE_AFTER_MS) retries = 0;
      restartLater(cause);
      // After the cause was logged: it must be in the file also when no thread runs again.
      onLock(false);
    });
  };

  const restartLater = (cause: string): void => {
    const wait = Math.min(FIRST_RETRY_MS * 2 ** retries++, MAX_RETRY_MS);
    const error = new BootbenchError('E_THREAD_DIED', `${cause} Restarting in ${wait / 1000} s.`);
    log.error({ code: error.code, retries }, error.message);
    for (const listener of listeners) listener(error);
    hostServices.notify('Bootbench’s services stopped', error.message).catch(() => undefined);
    cancelRetry = clock.after(wait, () => {
      start(cause).catch((failure: unknown) => {
        if (!stopping) restartLater(failure instanceof Error ? failure.message : String(failure));
      });
    });
  };

  const stop = async (): Promise<void> => {
    stopping = true;
    cancelRetry();
    await current?.stop();
  };

  if (signal?.aborted === true) throw cancelled(signal);
  signal?.addEventListener('abort', () => void stop(), { once: true });
  await start().catch((error: unknown) => {
    throw signal?.aborted === true ? cancelled(signal) : error;
  });
  return {
    get ready() {
      return ready;
    },
    openPort: () => current?.openPort() ?? closedPort,
    onExit: (listener) => listeners.add(listener),
    stop,
  };
}
