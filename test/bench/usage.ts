import { readdirSync, readFileSync } from 'node:fs';

export interface Usage {
  /** User and system time of all threads of all processes. */
  readonly cpuSeconds: number;
  readonly rssMb: number;
}

/** The kernel counts CPU time in ticks of 10 ms (USER_HZ, proc(5)). */
const TICKS_PER_SECOND = 100;
/** A process that ends is counted until this long before its end. */
const POLL_MS = 50;

/**
 * CPU time of a process and its descendants from now to `stop`, and their memory then. in.tftpd answers each request in a child that it does not wait
 * for, so the kernel adds its time to no one’s; descendants are therefore looked for while it runs. Linux.
 */
export function meter(pid: number): { stop(): Usage } {
  const before = ticksOf(family(pid));
  const last = new Map(before);
  const poll = (): Process[] => {
    const own = family(pid);
    for (const [key, ticks] of ticksOf(own)) last.set(key, ticks);
    return own;
  };
  const timer = setInterval(poll, POLL_MS);
  return {
    stop() {
      clearInterval(timer);
      const own = poll();
      const ticks = [...last].reduce((sum, [key, value]) => sum + value - (before.get(key) ?? 0), 0);
      return { cpuSeconds: ticks / TICKS_PER_SECOND, rssMb: own.reduce((sum, { id }) => sum + rssOf(id), 0) };
    },
  };
}

interface Process {
  readonly id: number;
  readonly parent: number;
  /** Numbers are used again. */
  readonly started: string;
  readonly ticks: number;
}

function ticksOf(processes: readonly Process[]): Map<string, number> {
  return new Map(processes.map(({ id, started, ticks }) => [`${id} ${started}`, ticks]));
}

function family(pid: number): Process[] {
  const all = processes();
  const ids = new Set([pid]);
  // A child may come before its parent, whose number was used again.
  for (let size = 0; size !== ids.size;) {
    size = ids.size;
    for (const { id, parent } of all) if (ids.has(parent)) ids.add(id);
  }
  return all.filter(({ id }) => ids.has(id));
}

function processes(): Process[] {
  return readdirSync('/proc').flatMap((name) => {
    const id = Number(name);
    const stat = Number.isInteger(id) ? textOf(`/proc/${name}/stat`) : '';
    if (stat === '') return [];
    // After the name in brackets; counted from 1 in proc(5): state is 3, ppid 4, utime 14, stime 15, starttime 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [{ id, parent: Number(fields[1]), started: fields[19] ?? '', ticks: Number(fields[11]) + Number(fields[12]) }];
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
