/** A generator of numbers that the seed alone decides (xorshift128). */
export class Random {
  readonly #state = new Uint32Array(4);

  constructor(seed: number, name = '') {
    this.#state[0] = 0x9e3779b9 ^ seed;
    this.#state[1] = seed + 1;
    this.#state[2] = Buffer.from(name).reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 7);
    this.#state[3] = 0xdeadbeef;
    for (let warm = 0; warm < 20; warm += 1) this.next();
  }

  /** 32 bits. */
  next(): number {
    const state = this.#state;
    const last = state[3] ?? 0;
    const first = state[0] ?? 0;
    state.copyWithin(1, 0, 3);
    let mixed = last ^ (last << 11);
    mixed ^= mixed >>> 8;
    state[0] = mixed ^ first ^ (first >>> 19);
    return state[0];
  }

  /** 0 up to, not including, `limit`. */
  below(limit: number): number {
    return limit <= 1 ? 0 : this.next() % limit;
  }

  oneOf<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)];
  }

  chance(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }
}
