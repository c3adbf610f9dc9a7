/** Longest input, bytes. */
export const MAX_INPUT_BYTES = 1 << 20;
const HEADER_BYTES = 16;
const LENGTH = 1;

/** The input that a worker executes now, in memory that its watcher reads even while the worker is in an endless loop. */
export class CurrentInput {
  readonly memory: SharedArrayBuffer;
  readonly #header: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(memory = new SharedArrayBuffer(HEADER_BYTES + MAX_INPUT_BYTES)) {
    this.memory = memory;
    this.#header = new Int32Array(memory, 0, HEADER_BYTES / 4);
    this.#bytes = new Uint8Array(memory, HEADER_BYTES);
  }

  begin(input: Uint8Array): void {
    this.#bytes.set(input.subarray(0, MAX_INPUT_BYTES));
    Atomics.store(this.#header, LENGTH, input.length);
    Atomics.add(this.#header, 0, 1);
  }

  /** Between two executions nothing is late. */
  end(): void {
    Atomics.store(this.#header, LENGTH, -1);
  }

  /** Counts the executions. */
  get number(): number {
    return Atomics.load(this.#header, 0);
  }

  /** Undefined between two executions. */
  get input(): Uint8Array | undefined {
    const length = Atomics.load(this.#header, LENGTH);
    return length < 0 ? undefined : Uint8Array.from(this.#bytes.subarray(0, length));
  }
}
