import type { Line } from './lines.ts';

/** What one side did in one round. */
export interface Sample {
  /** In the unit of the line. */
  readonly value: number;
  /** Bytes of the work that arrived at the client; 0 where it is counted in requests. */
  readonly bytes: number;
  readonly requests: number;
  /** CPU time of the server, user and system, all its processes. */
  readonly cpuSeconds: number;
  /** Memory of the server after it, all its processes. */
  readonly rssMb: number;
  /** Messages that the client had to send again. */
  readonly repeats?: number;
  /** How late the server's event loop was in its slowest 1 %. */
  readonly loopP99Ms?: number;
  /** What the client got: sizes and sums. A ratio is printed only when it is the same on both sides in all rounds. */
  readonly got: string;
}

/** The two sides of a line. Each call is one round of that side. */
export interface Contest {
  ours(): Promise<Sample>;
  peer(): Promise<Sample>;
}

/** Servers and clients that one or several lines use. */
export interface Stage extends AsyncDisposable {
  contest(line: Line): Promise<Contest>;
}

export interface StageOptions {
  /** An empty folder. */
  readonly dir: string;
  /** Of one round of one side, where the work has no end of its own. */
  readonly seconds: number;
  readonly isoMegabytes: number;
  /** How many hosts ask for an address. */
  readonly hosts: number;
}
