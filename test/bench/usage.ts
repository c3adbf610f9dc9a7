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
  const family = new Family(pid);
  const before = ticksOf(family.processes());
  const last = new Map(before);
  const poll = (): Process[] => {
    const own = family.processes();
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

/** A process and its descendants. Only processes that are new since the last look are read: all of them would cost as much as some servers. */
class Family {
  readonly #own: Set<number>;
  readonly #others = new Set<number>();

  constructor(pid: number) {
    this.#own = new Set([pid]);
    // A child may have a smaller number than its parent.
    for (let size = 0; size !== this.#own.size;) {
      size = this.#own.size;
      this.#others.clear();
      this.#look();
    }
  }

  processes(): Process[] {
    this.#look();
    return [...this.#own].map(processOf).filter((found) => found !== undefined);
  }

  #look(): void {
    for (const name of readdirSync('/proc')) {
      const id = Number(name);
      if (!Number.isInteger(id) || this.#own.has(id) || this.#others.has(id)) continue;
      const parent = processOf(id)?.parent;
      if (parent !== undefined) (this.#own.has(parent) ? this.#own : this.#others).add(id);
    }
  }
}

function processOf(id: number): Process | undefined {
  const stat = textOf(`/proc/${id}/stat`);
  if (stat === '') return undefined;
  // After the name in brackets; counted from 1 in proc(5): state is 3, ppid 4, utime 14, stime 15, starttime 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { id, parent: Number(fields[1]), started: fields[19] ?? '', ticks: Number(fields[11]) + Number(fields[12]) };
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
