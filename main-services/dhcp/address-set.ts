const WORD_BITS = 32;

/**
 * A set of the numbers from 0 to below `size`, with the next member after any number in constant time: one bit for each number, and in
 * each level above one bit for each word that is not zero. 65,536 numbers take four levels and 8 KiB.
 */
export class AddressSet {
  readonly size: number;
  readonly #levels: Uint32Array[] = [];

  constructor(size: number) {
    this.size = size;
    for (let bits = size; ;) {
      const words = Math.max(1, Math.ceil(bits / WORD_BITS));
      this.#levels.push(new Uint32Array(words));
      if (words === 1) break;
      bits = words;
    }
  }

  add(member: number): void {
    let index = member;
    for (const level of this.#levels) {
      const word = index >>> 5;
      level[word] = ((level[word] ?? 0) | (1 << (index & 31))) >>> 0;
      index = word;
    }
  }

  delete(member: number): void {
    let index = member;
    for (const level of this.#levels) {
      const word = index >>> 5;
      level[word] = ((level[word] ?? 0) & ~(1 << (index & 31))) >>> 0;
      if (level[word] !== 0) return;
      index = word;
    }
  }

  has(member: number): boolean {
    return (((this.#levels[0]?.[member >>> 5] ?? 0) >>> (member & 31)) & 1) === 1;
  }

  /** The smallest member that is not below `from`; from the start again when there is none. Undefined: the set is empty. */
  next(from: number): number | undefined {
    return this.#atOrAfter(from) ?? this.#atOrAfter(0);
  }

  #atOrAfter(from: number): number | undefined {
    let index = from;
    for (let depth = 0; depth < this.#levels.length; depth += 1) {
      const word = index >>> 5;
      const rest = ((this.#levels[depth]?.[word] ?? 0) & (0xffffffff << (index & 31))) >>> 0;
      if (rest !== 0) return this.#smallestBelow(depth, word * WORD_BITS + lowestBit(rest));
      index = word + 1;
    }
    return undefined;
  }

  /** The smallest member under a bit of a level. */
  #smallestBelow(depth: number, bit: number): number {
    let index = bit;
    for (let level = depth - 1; level >= 0; level -= 1) index = index * WORD_BITS + lowestBit(this.#levels[level]?.[index] ?? 0);
    return index;
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
