import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread, threadId } from 'node:worker_threads';

/**
 * Loaded before the real program, into each of its threads (NODE_OPTIONS=--import): every BOOTBENCH_PROBE_MS milliseconds it writes a line of JSON
 * with the thread's heap after a collection, and how late its event loop was, to the file BOOTBENCH_PROBE.
 */
export interface ProbeLine {
  readonly at: number;
  readonly pid: number;
  /** 0 is the main thread. */
  readonly thread: number;
  readonly heapMb: number;
  /** Of ArrayBuffers, which are not in the heap. */
  readonly buffersMb: number;
  /** Milliseconds that the event loop was late since the last line. */
  readonly lateMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

const RESOLUTION_MS = 10;

function start(file: string, everyMs: number): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const late = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  late.enable();
  const write = (): void => {
    const ms = (nanoseconds: number): number => Math.round(Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS) * 10) / 10;
    const lateMs = { p50: ms(late.percentile(50)), p99: ms(late.percentile(99)), max: ms(late.max) };
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const megabytes = (bytes: number): number => Math.round((bytes / 2 ** 20) * 100) / 100;
    const [heapMb, buffersMb] = [megabytes(heapUsed), megabytes(arrayBuffers)];
    const line: ProbeLine = { at: Date.now(), pid: process.pid, thread: isMainThread ? 0 : threadId, heapMb, buffersMb, lateMs };
    appendFileSync(file, JSON.stringify(line) + '\n');
    // What the collection cost is not the program's doing.
    late.reset();
  };
  setInterval(write, everyMs).unref();
}

const { BOOTBENCH_PROBE, BOOTBENCH_PROBE_MS } = process.env;
if (BOOTBENCH_PROBE !== undefined && (!isMainThread || process.argv.includes('serve')))
  start(BOOTBENCH_PROBE, Number(BOOTBENCH_PROBE_MS ?? 5000));
