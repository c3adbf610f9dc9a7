/** The parameters of a raw LZMA stream: bits of the previous byte, and of the position, that choose a literal's probabilities. */
export interface LzmaParameters {
  readonly lc: number;
  readonly lp: number;
  readonly pb: number;
}

const PROBABILITY_START = 1024;
const TOP = 2 ** 24;
const STATES = 12;
const MIN_MATCH = 2;

/**
 * Unpacks a raw LZMA stream (as in the LZMA specification, without its 13-byte header) that starts at `start` and ends with an end
 * marker. Undefined when the bytes are not such a stream. `budget` is how many bytes may be unpacked, and is reduced by those that were.
 */
export function unpackLzma(bytes: Uint8Array, start: number, parameters: LzmaParameters, budget: { left: number }): Uint8Array | undefined {
  // The encoder's first byte is always 0.
  if (bytes[start] !== 0 || start + 5 > bytes.length) return undefined;
  return new Decoder(bytes, start, parameters).run(budget);
}

/** The range coder: turns bits with a probability into bytes. */
class RangeDecoder {
  readonly #bytes: Uint8Array;
  #at: number;
  #range = 0xffffffff;
  #code = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#at = start + 1;
    for (let index = 0; index < 4; index++) this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }

  /** More was read than there is. */
  get overrun(): boolean {
    return this.#at > this.#bytes.length;
  }

  bit(probabilities: Uint16Array, index: number): 0 | 1 {
    const probability = probabilities[index] ?? PROBABILITY_START;
    const bound = (this.#range >>> 11) * probability;
    let bit: 0 | 1 = 0;
    if (this.#code < bound) {
      this.#range = bound;
      probabilities[index] = probability + ((2048 - probability) >> 5);
    } else {
      this.#range -= bound;
      this.#code -= bound;
      probabilities[index] = probability - (probability >> 5);
      bit = 1;
    }
    this.#normalize();
    return bit;
  }

  /** `count` bits of even probability, the highest first. */
  direct(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index++) {
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit === 1) this.#code -= this.#range;
      this.#normalize();
      value = value * 2 + bit;
    }
    return value;
  }

  tree(probabilities: Uint16Array, offset: number, bits: number): number {
    let node = 1;
    for (let index = 0; index < bits; index++) node = (node << 1) | this.bit(probabilities, offset + node);
    return node - (1 << bits);
  }

  /** The lowest bit first. */
  reverseTree(probabilities: Uint16Array, offset: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let index = 0; index < bits; index++) {
      const bit = this.bit(probabilities, offset + node);
      node = (node << 1) | bit;
      value |= bit << index;
    }
    return value;
  }

  #normalize(): void {
    if (this.#range >= TOP) return;
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }

  #next(): number {
    return this.#bytes[this.#at++] ?? 0;
  }
}

function probabilities(count: number): Uint16Array {
  return new Uint16Array(count).fill(PROBABILITY_START);
}

/** A length of 2 to 273 bytes: three ranges, each with its own tree. */
class LengthDecoder {
  readonly #choice = probabilities(2);
  readonly #low = probabilities(16 << 3);
  readonly #middle = probabilities(16 << 3);
  readonly #high = probabilities(256);

  read(range: RangeDecoder, position: number): number {
    if (range.bit(this.#choice, 0) === 0) return range.tree(this.#low, position << 3, 3);
    if (range.bit(this.#choice, 1) === 0) return 8 + range.tree(this.#middle, position << 3, 3);
    return 16 + range.tree(this.#high, 0, 8);
  }
}

type Step = 'more' | 'end' | 'broken';

class Decoder {
  readonly #range: RangeDecoder;
  readonly #parameters: LzmaParameters;
  #out = new Uint8Array(1 << 16);
  #length = 0;
  #state = 0;
  /** The last four distances, minus one. */
  #distances = [0, 0, 0, 0];
  readonly #isMatch = probabilities(STATES << 4);
  readonly #isRepeat = probabilities(STATES);
  readonly #isRepeat0Long = probabilities(STATES << 4);
  readonly #isRepeat0 = probabilities(STATES);
  readonly #isRepeat1 = probabilities(STATES);
  readonly #isRepeat2 = probabilities(STATES);
  readonly #literals: Uint16Array;
  readonly #slots = probabilities(4 << 6);
  readonly #special = probabilities(1 + 128 - 14 + 115);
  readonly #align = probabilities(16);
  readonly #matchLength = new LengthDecoder();
  readonly #repeatLength = new LengthDecoder();

  constructor(bytes: Uint8Array, start: number, parameters: LzmaParameters) {
    this.#range = new RangeDecoder(bytes, start);
    this.#parameters = parameters;
    this.#literals = probabilities(0x300 << (parameters.lc + parameters.lp));
  }

  run(budget: { left: number }): Uint8Array | undefined {
    let step: Step = 'more';
    while (step === 'more' && !this.#range.overrun && this.#length <= budget.left) step = this.#step();
    budget.left -= this.#length;
    return step === 'end' ? this.#out.subarray(0, this.#length) : undefined;
  }

  #step(): Step {
    const position = this.#length & ((1 << this.#parameters.pb) - 1);
    const index = (this.#state << 4) + position;
    if (this.#range.bit(this.#isMatch, index) === 0) return this.#literal();
    if (this.#range.bit(this.#isRepeat, this.#state) === 0) return this.#match(position);
    if (this.#length === 0) return 'broken';
    return this.#repeat(index, position);
  }

  #literal(): Step {
    const { lc, lp } = this.#parameters;
    const previous = this.#length > 0 ? this.#byteAt(0) : 0;
    const context = ((this.#length & ((1 << lp) - 1)) << lc) + (previous >> (8 - lc));
    const offset = 0x300 * context;
    let symbol = 1;
    if (this.#state >= 7) {
      if (this.#tooFar(this.#distances[0])) return 'broken';
      let matched = this.#byteAt(this.#distances[0] ?? 0);
      while (symbol < 0x100) {
        const expected = (matched >> 7) & 1;
        matched <<= 1;
        const bit = this.#range.bit(this.#literals, offset + ((1 + expected) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (bit !== expected) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#range.bit(this.#literals, offset + symbol);
    this.#put(symbol & 0xff);
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
    return 'more';
  }

  #match(position: number): Step {
    const length = this.#matchLength.read(this.#range, position);
    this.#state = this.#state < 7 ? 7 : 10;
    const distance = this.#distance(length);
    if (distance === 0xffffffff) return 'end';
    this.#distances = [distance, ...this.#distances.slice(0, 3)];
    return this.#copy(length + MIN_MATCH);
  }

  #repeat(index: number, position: number): Step {
    if (this.#range.bit(this.#isRepeat0, this.#state) === 0) {
      if (this.#range.bit(this.#isRepeat0Long, index) === 0) {
        this.#state = this.#state < 7 ? 9 : 11;
        return this.#copy(1);
      }
    } else {
      const which = this.#range.bit(this.#isRepeat1, this.#state) === 0 ? 1 : 2 + this.#range.bit(this.#isRepeat2, this.#state);
      const [distance = 0] = this.#distances.splice(which, 1);
      this.#distances.unshift(distance);
    }
    const length = this.#repeatLength.read(this.#range, position);
    this.#state = this.#state < 7 ? 8 : 11;
    return this.#copy(length + MIN_MATCH);
  }

  #distance(length: number): number {
    const slot = this.#range.tree(this.#slots, Math.min(length, 3) << 6, 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = ((2 | (slot & 1)) << bits) >>> 0;
    if (slot < 14) return base + this.#range.reverseTree(this.#special, base - slot, bits);
    return base + this.#range.direct(bits - 4) * 16 + this.#range.reverseTree(this.#align, 0, 4);
  }

  #copy(length: number): Step {
    const distance = this.#distances[0] ?? 0;
    if (this.#tooFar(distance)) return 'broken';
    for (let index = 0; index < length; index++) this.#put(this.#byteAt(distance));
    return 'more';
  }

  #tooFar(distance = 0): boolean {
    return distance >= this.#length;
  }

  /** The byte `distance` + 1 bytes back. */
  #byteAt(distance: number): number {
    return this.#out[this.#length - distance - 1] ?? 0;
  }

  #put(byte: number): void {
    if (this.#length === this.#out.length) {
      const larger = new Uint8Array(this.#out.length * 2);
      larger.set(this.#out);
      this.#out = larger;
    }
    this.#out[this.#length++] = byte;
  }
}
