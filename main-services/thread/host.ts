import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { Settings } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { Port } from '../../contract/port.ts';
import type { Clock, HostServices, Log } from '../../contract/runtime.ts';
import { closedPort, portOf, type HostCall, type WorkerInit, type FromWorker, type Ready, type ToWorker } from './protocol.ts';

export type { Ready } from './protocol.ts';

/** The appliance in its worker thread (DESIGN decision 7), seen from the host program. */
export interface Thread {
  readonly ready: Ready;
  /** A new connection to the appliance. It closes when the thread dies; open another one then. */
  openPort(): Port;
  /** Hears of each death; the thread is started again by itself. */
  onDeath(listener: (error: BootbenchError) => void): void;
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
}

const STOP_WITHIN = 5000;
const FIRST_RETRY = 500;
const LAST_RETRY = 30_000;
/** A thread that lived this long starts the back-off anew. */
const LIVED_WELL = 60_000;

/** Starts the thread; rejects with the appliance's own error when it cannot start. Later deaths are mended here. */
export async function startThread(options: ThreadOptions): Promise<Thread> {
  const { log, clock, hostServices } = options;
  const listeners = new Set<(error: BootbenchError) => void>();
  let stopping = false;
  let cancelRetry: () => void = () => undefined;
  let retries = 0;
  let current: Life | undefined;
  let ready: Ready;

  const begin = async (death?: string): Promise<void> => {
    const life = live(options, death);
    current = life;
    const bornAt = clock.now();
    ready = await life.ready;
    void life.ended.then((cause) => {
      current = undefined;
      if (stopping) return;
      if (clock.now() - bornAt > LIVED_WELL) retries = 0;
      mourn(cause);
    });
  };

  const mourn = (cause: string): void => {
    const wait = Math.min(FIRST_RETRY * 2 ** retries++, LAST_RETRY);
    const error = new BootbenchError('E_THREAD_DIED', `${cause} Restarting in ${wait / 1000} s.`);
    log.error({ code: error.code, retries }, error.message);
    for (const listener of listeners) listener(error);
    hostServices.notify('Bootbench’s services stopped', error.message).catch(() => undefined);
    cancelRetry = clock.after(wait, () => {
      begin(cause).catch((failure: unknown) => {
        if (!stopping) mourn(failure instanceof Error ? failure.message : String(failure));
      });
    });
  };

  await begin();
  return {
    get ready() {
      return ready;
    },
    openPort: () => current?.openPort() ?? closedPort,
    onDeath: (listener) => listeners.add(listener),
    async stop() {
      stopping = true;
      cancelRetry();
      await current?.stop();
    },
  };
}

/** One worker from birth to death. */
interface Life {
  readonly ready: Promise<Ready>;
  /** Resolves with a sentence about the cause. */
  readonly ended: Promise<string>;
  openPort(): Port;
  stop(): Promise<void>;
}

function live({ settings, hostServices, log, clock, workerFile, debug = false }: ThreadOptions, death?: string): Life {
  const birth: WorkerInit = { settings, debug, death };
  const worker = new Worker(workerFile, { workerData: birth, name: 'appliance' });
  const tell = (message: ToWorker, transfer: MessagePort[] = []): void => worker.postMessage(message, transfer);
  let cause = 'The service thread exited.';

  worker.on('error', (error: unknown) => {
    log.error({ error }, 'the appliance thread failed');
    cause = `The service thread failed: ${error instanceof Error ? error.message : String(error)}.`;
  });
  const ended = new Promise<string>((resolve) => worker.once('exit', () => resolve(cause)));
  const ready = new Promise<Ready>((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') resolve(message.ready);
      else if (message.kind === 'failed')
        reject(new BootbenchError(message.error.code, message.error.message, { next: message.error.next, details: message.error.details }));
      else if (message.kind === 'log') log[message.level](message.fields, message.message);
      else void useHost(hostServices, message).then(tell);
    });
    void ended.then((sentence) => reject(new BootbenchError('E_THREAD_DIED', sentence, { next: 'See the log for the cause.' })));
  });

  return {
    ready,
    ended,
    openPort() {
      const { port1, port2 } = new MessageChannel();
      tell({ kind: 'port', port: port2 }, [port2]);
      return portOf(port1);
    },
    async stop() {
      tell({ kind: 'stop' });
      const giveUp = clock.after(STOP_WITHIN, () => void worker.terminate());
      await ended;
      giveUp();
    },
  };
}

async function useHost(host: HostServices, ask: HostCall): Promise<ToWorker> {
  const { id } = ask;
  try {
    return { kind: 'answer', id, value: await answered(host, ask) };
  } catch (error) {
    return { kind: 'answer', id, error: error instanceof Error ? error.message : String(error) };
  }
}

async function answered(host: HostServices, { power, args }: HostCall): Promise<unknown> {
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
  }
}
