import { join } from 'node:path';
import type { Namespace } from '../lab/namespace.ts';

const SCRIPT = join(import.meta.dirname, 'ranges.lua');

export interface WrkJob {
  readonly origin: string;
  /** Read in turn. */
  readonly paths: readonly string[];
  /** Of one range. */
  readonly bytes: number;
  /** Of the file that the ranges are in. */
  readonly size: number;
  readonly connections: number;
  readonly seconds: number;
}

export interface WrkSums {
  readonly requests: number;
  /** With headers. */
  readonly bytes: number;
  readonly seconds: number;
  /** Answers of 400 and more. */
  readonly statuses: number;
  /** Connections that failed, and answers that came late or never. */
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The most that the header of an answer may have. */
const HEADER_LIMIT = 1024;

/** Runs wrk with one thread. Throws unless every answer was a 206 of the size that was asked for. */
export async function wrk(ns: Namespace, job: WrkJob): Promise<WrkSums> {
  const options = ['-t', '1', '-c', String(job.connections), '-d', `${job.seconds}s`, '--timeout', '10s', '-s', SCRIPT];
  const args = [String(job.bytes), String(job.size), ...job.paths];
  const text = await ns.must(['wrk', ...options, job.origin, '--', ...args], { timeoutMs: (job.seconds + 30) * 1000 });
  const sums = JSON.parse(/^\{.*\}$/m.exec(text)?.[0] ?? '{}') as WrkSums;
  const wrong = whyWrong(job, sums);
  if (wrong !== undefined) throw new Error(`${job.origin}: ${wrong}`);
  return sums;
}

/** Undefined when the sums are those of answers with the bytes that were asked for. A complete file, an error page and a short answer all differ. Pure. */
export function whyWrong({ bytes, connections }: WrkJob, sums: WrkSums): string | undefined {
  if (!(sums.requests > 0)) return 'no answers';
  if (sums.statuses > 0 || sums.failures > 0) return `${sums.statuses} errors and ${sums.failures} failures of ${sums.requests} requests`;
  // Answers that had not ended when the time was over are in the bytes only.
  const most = sums.requests * (bytes + HEADER_LIMIT) + connections * (bytes + HEADER_LIMIT);
  if (sums.bytes >= sums.requests * bytes && sums.bytes <= most) return undefined;
  return `${sums.requests} answers have ${sums.bytes} bytes, which are not ranges of ${bytes}`;
}
