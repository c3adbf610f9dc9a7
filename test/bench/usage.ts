import { readdirSync, readFileSync } from 'node:fs';

export interface Usage {
  /** User and system time of all threads, and of children that have ended. */
  readonly cpuSeconds: number;
  readonly rssMb: number;
}

/** The kernel counts CPU time in ticks of 10 ms (USER_HZ, proc(5)). */
const TICKS_PER_SECOND = 100;

/** CPU time and memory of a process and all its descendants. Linux. Nothing of what has ended and was not waited for. */
export function usageOf(pid: number): Usage {
  const all = processes();
  const family = new Set([pid]);
  // A child may come before its parent, whose number was used again.
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const { id, parent } of all) if (family.has(parent)) family.add(id);
  }
  const own = all.filter(({ id }) => family.has(id));
  return {
    cpuSeconds: own.reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND,
    rssMb: own.reduce((sum, { id }) => sum + rssOf(id), 0),
  };
}

interface Process {
  readonly id: number;
  readonly parent: number;
  readonly ticks: number;
}

function processes(): Process[] {
  return readdirSync('/proc').flatMap((name) => {
    const id = Number(name);
    const stat = Number.isInteger(id) ? textOf(`/proc/${name}/stat`) : '';
    if (stat === '') return [];
    // After the name in brackets: state, parent, …; fields 14 to 17 of proc(5) are utime, stime, cutime, cstime.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [{ id, parent: Number(fields[1]), ticks: [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) }];
  });
}

function rssOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
