import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { Settings } from '../../contract/appliance.ts';
import { BootbenchError, errorBody, fromBody } from '../../contract/errors.ts';
import type { Port } from '../../contract/port.ts';
import type { Clock, HostServices, Log } from '../../contract/runtime.ts';
import { cancelled } from '../../util/async.ts';
import { localPorts } from '../console/serial/local-ports.ts';
import { SerialHost } from '../console/serial/serial-host.ts';
import { closedPort, portOf, type HostCall, type WorkerInit, type FromWorker, type Ready, type ToWorker } from './protocol.ts';

/** The appliance in its worker thread, as the host program uses it. */
export interface Thread {
  readonly ready: Ready;
  /** A new connection to the appliance. It closes when the thread exits; open another one then. */
  openPort(): Port;
  /** Called with E_THREAD_DIED when the thread exits unexpectedly; the thread restarts automatically. */
  onExit(listener: (error: BootbenchError) => void): void;
  /** Asks the appliance to stop, and ends the thread after 5 s in any case. */
  stop(): Promise<void>;
}

export interface ThreadOptions {
  readonly settings: Settings;
  readonly hostServices: HostServices;
  readonly log: Log;
  readonly clock: Clock;
  /** The built thread-worker. */
  readonly workerFile: string | URL;
  /** Whether the worker sends its debug log too. */
  readonly debug?: boolean;
  /** Called with true when the appliance has the data directory's lock, and with false when it has lost it with its thread. */
  readonly onLock?: (isLocked: boolean) => void;
  /** Stops the thread, also while it starts. */
  readonly signal?: AbortSignal | undefined;
}

const STOP_TIMEOUT_MS = 5000;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
/** A thread that ran this long resets the retry delay. */
const STABLE_AFTER_MS = 60_000;

/**
 * Starts the thread, and restarts it when it exits. Rejects with the appliance's own error when the first start fails, and with
 * E_CANCELLED, once the thread has exited, when the signal aborts before it is ready.
 */
export async function startThread(options: ThreadOptions): Promise<Thread> {
  const { log, clock, hostServices, onLock = () => undefined, signal } = options;
  const listeners = new Set<(error: BootbenchError) => void>();
  let stopping = false;
  let cancelRetry: () => void = () => undefined;
  let retries = 0;
  let current: RunningWorker | undefined;
  let ready: Ready;

  const start = async (exitReason?: string): Promise<void> => {
    const worker = spawn(options, exitReason);
    current = worker;
    const startedAt = clock.now();
    ready = await worker.ready.catch((error: unknown) => {
      onLock(false);
      throw error;
    });
    void worker.ended.then((cause) => {
      current = undefined;
      if (stopping) return;
      if (clock.now() - startedAt > STABLE_AFTER_MS) retries = 0;
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

/** One worker thread, from start to exit. */
interface RunningWorker {
  readonly ready: Promise<Ready>;
  /** Resolves with a message about the cause. */
  readonly ended: Promise<string>;
  openPort(): Port;
  stop(): Promise<void>;
}

function spawn(
  { settings, hostServices, log, clock, workerFile, debug = false, onLock }: ThreadOptions,
  exitReason?: string,
): RunningWorker {
  const init: WorkerInit = { settings, debug, exitReason };
  const worker = new Worker(workerFile, { workerData: init, name: 'appliance' });
  // The native library of serial ports works in this thread only.
  const serial = new SerialHost(localPorts(clock), log);
  const host: HostServices = { ...hostServices, serial: async (call) => serial.answer(call) };
  const post = (message: ToWorker, transfer: MessagePort[] = []): void => worker.postMessage(message, transfer);
  let cause = 'The service thread exited.';

  worker.on('error', (error: unknown) => {
    log.error({ error }, 'the appliance thread failed');
    cause = `The service thread failed: ${error instanceof Error ? error.message : String(error)}.`;
  });
  const ended = new Promise<string>((resolve) => worker.once('exit', () => resolve(cause)));
  void ended.then(async () => serial.closeAll());
  const ready = new Promise<Ready>((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') resolve(message.ready);
      else if (message.kind === 'locked') onLock?.(true);
      else if (message.kind === 'failed') reject(fromBody(message.error));
      else if (message.kind === 'log') log[message.level](message.fields, message.message);
      else void useHost(host, message).then(post);
    });
    void ended.then((sentence) => reject(new BootbenchError('E_THREAD_DIED', sentence, { next: 'See the log for the cause.' })));
  });

  return {
    ready,
    ended,
    openPort() {
      const { port1, port2 } = new MessageChannel();
      post({ kind: 'port', port: port2 }, [port2]);
      return portOf(port1);
    },
    async stop() {
      post({ kind: 'stop' });
      const giveUp = clock.after(STOP_TIMEOUT_MS, () => void worker.terminate());
      await ended;
      giveUp();
    },
  };
}

async function useHost(host: HostServices, call: HostCall): Promise<ToWorker> {
  const { id } = call;
  try {
    return { kind: 'answer', id, value: await answerOf(host, call) };
  } catch (error) {
    return { kind: 'answer', id, error: errorBody(error) };
  }
}

async function answerOf(host: HostServices, { power, args }: HostCall): Promise<unknown> {
  switch (power) {
    case 'runElevated':
      return host.runElevated(...args);
    case 'notify':
      await host.notify(...args);
      return undefined;
    case 'seal':
      return host.seal(...args);
    case 'unseal':
      return host.unseal(...args);
    case 'serial':
      return host.serial?.(...args);
  }
}
