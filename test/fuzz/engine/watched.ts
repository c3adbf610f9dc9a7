import { Worker } from 'node:worker_threads';
import type { Finding, Message, Order, Result } from './messages.ts';
import { CurrentInput } from './shared.ts';

/** CPU time that one input may take, ms: other programs may have the processor meanwhile. */
const MAX_EXECUTION_MS = 1000;
/** Until what an input waits for counts as never coming, ms. */
const MAX_WAIT_MS = 20_000;
const LOOK_MS = 100;
const MAX_HEAP_MIB = 512;

export interface Ended {
  /** Undefined where the worker had to be ended. */
  readonly result: Result | undefined;
  /** The input that took too long, or too much memory. */
  readonly stopped?: { readonly input: Uint8Array; readonly why: 'time' | 'memory'; readonly what: string };
  readonly executions: number;
  /** CPU time of the worker, ms. */
  readonly cpuMs: number;
}

interface Listener {
  readonly finding: (finding: Finding) => void;
  /** An input that reached something new, in the order in which they were found. */
  readonly reached: (input: Uint8Array) => void;
}

/** Runs a worker to its end, and ends it where an input takes too long. */
export function watch(order: Omit<Order, 'shared'>, on: Listener): Promise<Ended> {
  const current = new CurrentInput();
  current.end();
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    workerData: { ...order, shared: current.memory } satisfies Order,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
  });
  return new Promise((resolve, reject) => {
    let number = 0;
    let waitedMs = 0;
    let looked = performance.now();
    let cpuSince = 0;
    const look = async (): Promise<void> => {
      const cpu = await cpuMsOf(worker);
      const { input } = current;
      // A fuzzer that was stopped itself, or a computer that slept, has not waited.
      const now = performance.now();
      waitedMs += Math.min(now - looked, 2 * LOOK_MS);
      looked = now;
      if (current.number !== number || input === undefined) {
        number = current.number;
        waitedMs = 0;
        cpuSince = cpu;
      } else if (cpu - cpuSince > MAX_EXECUTION_MS || waitedMs > MAX_WAIT_MS) {
        const why = cpu - cpuSince > MAX_EXECUTION_MS ? `takes more than ${MAX_EXECUTION_MS} ms` : `does not end in ${MAX_WAIT_MS} ms`;
        end({ result: undefined, stopped: { input, why: 'time', what: why }, executions: number, cpuMs: cpu });
      }
    };
    const timer = setInterval(() => void look().catch(() => undefined), LOOK_MS);
    const end = (ended: Ended): void => {
      clearInterval(timer);
      void worker.terminate().then(() => resolve(ended));
    };
    worker.on('message', (message: Message) => {
      if (message.kind === 'finding') on.finding(message.finding);
      else if (message.kind === 'reached') on.reached(message.input);
      else if (message.kind === 'failed') {
        clearInterval(timer);
        void worker.terminate().then(() => reject(new Error(message.why)));
      } else end({ result: message.result, executions: message.result.executions, cpuMs: message.result.cpuMs });
    });
    worker.on('error', (error) => {
      clearInterval(timer);
      const { input } = current;
      const isMemory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
      if (!isMemory || !input) reject(error as Error);
      else
        resolve({
          result: undefined,
          stopped: { input, why: 'memory', what: `takes more than ${MAX_HEAP_MIB} MiB` },
          executions: current.number,
          cpuMs: cpuSince,
        });
    });
  });
}

async function cpuMsOf(worker: Worker): Promise<number> {
  const { user, system } = await worker.cpuUsage();
  return (user + system) / 1000;
}
