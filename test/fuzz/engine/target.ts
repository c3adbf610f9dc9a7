/** One parser under test, with what must hold of it for every input. */
export interface Target {
  /** Longest input that the search makes, bytes. */
  readonly maxLength?: number;
  /** Words of the format, besides the literals of the covered files. */
  readonly words?: readonly (string | Uint8Array)[];
  /** Inputs that are made by program: an ISO is too large for the repository. */
  readonly seeds?: () => Iterable<Uint8Array> | Promise<Iterable<Uint8Array>>;
  /** Called once, before the first input. */
  readonly open?: () => Promise<void>;
  /** Throws, or rejects, where the code did what it never may. */
  readonly run: (input: Uint8Array) => void | Promise<void>;
}

/** An invariant that does not hold. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Broken(what);
}
