/** What instrumented code calls; one per thread, as `globalThis.fuzz`. */
export interface Probe {
  hit(id: number): void;
  equal(left: unknown, right: unknown): boolean;
  array(...values: unknown[]): Uint8Array;
}

type Compared = readonly [left: string | number, right: string | number];

const MAX_BLOCKS = 1 << 17;
const MAX_COMPARED = 64;
/** Bytes of buffers that one execution may take. */
export const MAX_ALLOCATED = 64 * 1024 * 1024;

/** Counts the blocks that one execution enters, the bytes that it takes, and what it compares. */
export class Counters implements Probe {
  readonly #counts = new Uint32Array(MAX_BLOCKS);
  readonly #touched = new Uint32Array(MAX_BLOCKS);
  readonly #seen = new Uint8Array(MAX_BLOCKS);
  #touchedLength = 0;
  #isRunning = false;
  #compared: Compared[] | undefined;
  /** Bytes of buffers that the execution took. */
  allocated = 0;

  readonly hit = (id: number): void => {
    const count = this.#counts[id] ?? 0;
    if (count === 0) this.#touched[this.#touchedLength++] = id;
    this.#counts[id] = count + 1;
  };

  readonly equal = (left: unknown, right: unknown): boolean => {
    if (this.#compared !== undefined && left !== right) this.#note(left, right);
    return left === right;
  };

  readonly array = (...values: unknown[]): Uint8Array => {
    // A view of other bytes takes none.
    if (typeof values[0] === 'number') this.take(values[0]);
    return Reflect.construct(Uint8Array, values) as Uint8Array;
  };

  /** Throws where the execution takes too much, so that this computer need not give it. */
  take(bytes: number): void {
    if (!this.#isRunning) return;
    this.allocated += bytes;
    if (this.allocated > MAX_ALLOCATED) throw new Error(`takes ${this.allocated} bytes of memory`);
  }

  begin(compare: boolean): void {
    for (let at = 0; at < this.#touchedLength; at += 1) this.#counts[this.#touched[at] ?? 0] = 0;
    this.#touchedLength = 0;
    this.allocated = 0;
    this.#isRunning = true;
    this.#compared = compare ? [] : undefined;
  }

  /** What is taken from now on is the search's own. */
  end(): void {
    this.#isRunning = false;
  }

  /** Features of the execution that none before had: a block, by the order of magnitude of its count. */
  fresh(): number {
    let fresh = 0;
    for (let at = 0; at < this.#touchedLength; at += 1) {
      const id = this.#touched[at] ?? 0;
      const bit = 1 << magnitude(this.#counts[id] ?? 0);
      const seen = this.#seen[id] ?? 0;
      if ((seen & bit) !== 0) continue;
      this.#seen[id] = seen | bit;
      fresh += 1;
    }
    return fresh;
  }

  /** All features of the execution. */
  features(): number[] {
    return [...this.#touched.subarray(0, this.#touchedLength)].map((id) => id * 8 + magnitude(this.#counts[id] ?? 0));
  }

  compared(): readonly Compared[] {
    return this.#compared ?? [];
  }

  isCovered(id: number): boolean {
    return this.#seen[id] !== 0;
  }

  #note(left: unknown, right: unknown): void {
    const list = this.#compared;
    if (!list || list.length >= MAX_COMPARED) return;
    if (typeof left === 'number' && typeof right === 'number') list.push([left, right]);
    else if (typeof left === 'string' && typeof right === 'string' && left.length <= 64 && right.length <= 64) list.push([left, right]);
  }
}

/** 1, 2, 3, 4–7, 8–15, 16–31, 32–127, 128 and more. */
function magnitude(count: number): number {
  if (count <= 3) return count - 1;
  if (count <= 7) return 3;
  if (count <= 15) return 4;
  if (count <= 31) return 5;
  return count <= 127 ? 6 : 7;
}

/** Buffers count too. */
export function countBuffers(counters: Counters): void {
  for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow', 'concat'] as const) {
    const made = Buffer[name] as (...values: unknown[]) => Buffer;
    Object.defineProperty(Buffer, name, {
      configurable: true,
      value: (...values: unknown[]): Buffer => {
        if (typeof values[0] === 'number') counters.take(values[0]);
        const bytes = made.apply(Buffer, values);
        if (typeof values[0] !== 'number') counters.allocated += bytes.length;
        return bytes;
      },
    });
  }
}
