import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { ProbeLine } from './probe.ts';

/** Megabytes that a process holds in memory, and its open files; undefined when it has ended. Linux. */
export function processFigures(pid: number): { rssMb: number; fds: number } | undefined {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (kilobytes === undefined) return undefined;
    return { rssMb: Math.round(Number(kilobytes) / 102.4) / 10, fds: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return undefined;
  }
}

/** The probe's lines since the last call. */
export function probeReader(file: string): () => ProbeLine[] {
  let read = 0;
  return () => {
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
    const fresh = lines.slice(read).map((line) => JSON.parse(line) as ProbeLine);
    read = lines.length;
    return fresh;
  };
}

/** Heaps of all threads, and the latest of their event loops. */
export function probeFigures(lines: readonly ProbeLine[]): { heapMb: number; buffersMb: number; lateMs: ProbeLine['lateMs'] } {
  const newest = [...new Map(lines.map((line) => [line.thread, line])).values()];
  const sum = (of: (line: ProbeLine) => number): number => newest.reduce((total, line) => total + of(line), 0);
  const most = (of: (line: ProbeLine) => number): number => Math.max(0, ...lines.map(of));
  return {
    heapMb: sum(({ heapMb }) => heapMb),
    buffersMb: sum(({ buffersMb }) => buffersMb),
    lateMs: { p50: most(({ lateMs }) => lateMs.p50), p99: most(({ lateMs }) => lateMs.p99), max: most(({ lateMs }) => lateMs.max) },
  };
}
