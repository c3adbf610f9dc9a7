import type { Reached } from './corpus.ts';

/** What a worker is started with. */
export interface Order {
  readonly target: string;
  /** The target's file, a URL. */
  readonly module: string;
  /** Folders and files of the project whose blocks count, as project paths. */
  readonly covers: readonly string[];
  readonly seed: number;
  /** Where the current input stands, for the one who watches; see `shared.ts`. */
  readonly shared: SharedArrayBuffer;
  /** Inputs of the corpus and former findings, which run first. */
  readonly inputs: readonly Uint8Array[];
  /** Executions of the search after that; 0: none. */
  readonly runs: number;
  /** CPU time of the search, ms. */
  readonly cpuMs: number;
  /** The search takes so long at most, ms. */
  readonly wallMs: number;
  /** Counts the workers of one search, so that each mutates otherwise. */
  readonly round: number;
}

export interface Finding {
  readonly target: string;
  /** Findings with the same key have the same cause, as far as can be seen. */
  readonly key: string;
  readonly what: string;
  readonly input: Uint8Array;
}

export interface Coverage {
  readonly functions: number;
  readonly functionsCovered: number;
  readonly blocks: number;
  readonly blocksCovered: number;
}

export interface Result {
  readonly executions: number;
  readonly cpuMs: number;
  /** The longest execution, ms. */
  readonly slowestMs: number;
  readonly coverage: Coverage;
  /** The share of blocks that each file has covered. */
  readonly files: readonly { readonly path: string; readonly blocks: number; readonly covered: number }[];
  /** The smallest inputs that together reach everything that was reached. */
  readonly corpus: readonly Reached[];
}

export type Message =
  | { kind: 'finding'; finding: Finding }
  | { kind: 'reached'; input: Uint8Array }
  | { kind: 'failed'; why: string }
  | { kind: 'done'; result: Result };
