import { Worker } from 'node:worker_threads';
import { loadCalls } from './calls.ts';
import type { FromThread, ThreadInit, ToThread } from './messages.ts';

/** A virus scanner may read the file first. */
const READY_TIMEOUT_MS = 10_000;

/** A thread that serves transfers, from `ready` to its end. */
export interface TransferThread {
  post(message: ToThread): void;
  /** Ends it. Resolves once it no longer runs. */
  end(): Promise<void>;
}

export interface ThreadListener {
  onMessage(message: FromThread): void;
  /** Called once where it ended by itself, with the reason. */
  onDeath(reason: string): void;
}

/** From source Node runs the worker's TypeScript; the build has it next to the folder of its parts. */
const BUILT_WORKER = new URL('../tftp-thread.js', import.meta.url);
const SOURCE_WORKER = new URL('worker.ts', import.meta.url);
export const WORKER_FILE = import.meta.url.endsWith('.ts') ? SOURCE_WORKER : BUILT_WORKER;

/** Rejects where the thread cannot serve transfers here: another system, koffi does not load, a call is missing. */
export async function startTransferThread(listener: ThreadListener, file: URL = WORKER_FILE): Promise<TransferThread> {
  if (process.platform !== 'linux') throw new Error(`the system calls are those of Linux, and this is ${process.platform}`);
  const calls = await loadCalls();
  const wake = calls.eventFd();
  if (wake < 0) throw new Error(`eventfd: errno ${calls.errno()}`);
  const worker = new Worker(file, { workerData: { wake } satisfies ThreadInit, execArgv: [], name: 'tftp' });
  const ready = Promise.withResolvers<undefined>();
  let isReady = false;
  let isEnding = false;
  let reason = 'it exited';
  worker.on('error', (error: unknown) => {
    reason = error instanceof Error ? error.message : String(error);
  });
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      calls.close(wake);
      ready.reject(new Error(reason));
      resolve();
      if (isReady && !isEnding) listener.onDeath(reason);
      isEnding = true;
    });
  });
  worker.on('message', (message: FromThread) => {
    if (message.kind !== 'ready') {
      listener.onMessage(message);
      return;
    }
    isReady = true;
    ready.resolve(undefined);
  });
  const timeout = setTimeout(() => {
    reason = `not ready after ${READY_TIMEOUT_MS / 1000} s`;
    void worker.terminate();
  }, READY_TIMEOUT_MS);
  try {
    await ready.promise;
  } finally {
    clearTimeout(timeout);
  }
  return {
    post(message) {
      // After its exit the number of the eventfd may be another file's.
      if (isEnding) return;
      worker.postMessage(message);
      calls.notify(wake);
    },
    async end() {
      if (!isEnding) {
        isEnding = true;
        const terminated = worker.terminate();
        calls.notify(wake);
        await terminated;
      }
      await exited;
    },
  };
}
