import type { Random } from './random.ts';

export interface Material {
  /** Words of the format. */
  readonly words: readonly Uint8Array[];
  /** Other inputs. */
  readonly others: readonly Uint8Array[];
  /** What this input was compared with: bytes in it, and what was expected instead. */
  readonly compared: readonly (readonly [found: Uint8Array, wanted: Uint8Array])[];
  readonly maxLength: number;
}

type Mutation = (input: Buffer, random: Random, material: Material) => Buffer;

const INTERESTING = [
  0, 1, 2, 7, 8, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 511, 512, 1023, 1024, 2047, 2048, 4096, 32767, 32768, 65535, 65536,
];
const INTERESTING_32 = [...INTERESTING, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0x00ffffff, 0x01000000];
const NUMBERS_AS_TEXT = [
  '0',
  '-1',
  '1',
  '65536',
  '4294967295',
  '4294967296',
  '9007199254740993',
  '1e999',
  '99999999999999999999',
  '0x10',
  'NaN',
];

/** A changed copy, by one to some mutations. The generator alone decides which. */
export function mutate(input: Uint8Array, random: Random, material: Material): Uint8Array {
  let bytes = Buffer.from(input);
  const times = 1 + (random.chance(2) ? 0 : random.below(7));
  for (let time = 0; time < times; time += 1) {
    const mutation = random.oneOf(MUTATIONS) ?? flipBit;
    bytes = mutation(bytes, random, material).subarray(0, material.maxLength) as Buffer<ArrayBuffer>;
  }
  return bytes;
}

const flipBit: Mutation = (input, random) => {
  if (input.length === 0) return input;
  const at = random.below(input.length);
  input[at] = (input[at] ?? 0) ^ (1 << random.below(8));
  return input;
};

const setByte: Mutation = (input, random) => {
  if (input.length > 0) input[random.below(input.length)] = random.below(256);
  return input;
};

const addToByte: Mutation = (input, random) => {
  if (input.length === 0) return input;
  const at = random.below(input.length);
  input[at] = (input[at] ?? 0) + random.below(35) - 17;
  return input;
};

const setNumber: Mutation = (input, random) => {
  const width = random.oneOf([1, 2, 3, 4] as const) ?? 1;
  if (input.length < width) return input;
  const at = random.below(input.length - width + 1);
  const value = (random.oneOf(INTERESTING_32) ?? 0) % 2 ** (8 * width);
  if (random.chance(2)) input.writeUIntBE(value, at, width);
  else input.writeUIntLE(value, at, width);
  return input;
};

/** The length of the input, or what is left of it, where a length may be. */
const setLength: Mutation = (input, random) => {
  if (input.length < 4) return input;
  const at = random.below(input.length - 3);
  const value = Math.max(0, (random.chance(2) ? input.length : input.length - at) + random.below(9) - 4);
  const width = random.chance(2) ? 2 : 4;
  if (random.chance(2)) input.writeUIntBE(value % 65536, at, width === 2 ? 2 : 4);
  else input.writeUIntLE(value % 65536, at, width === 2 ? 2 : 4);
  return input;
};

const remove: Mutation = (input, random) => {
  if (input.length < 2) return input;
  const at = random.below(input.length);
  const length = 1 + random.below(Math.min(input.length - at, random.chance(4) ? input.length : 16));
  return Buffer.concat([input.subarray(0, at), input.subarray(at + length)]);
};

const duplicate: Mutation = (input, random) => {
  const block = blockOf(input, random);
  return inserted(input, random, block);
};

/** Until the input is as long as it may be: finds what is quadratic, and what is nested too deeply. */
const repeat: Mutation = (input, random, { maxLength }) => {
  if (!random.chance(8)) return duplicate(input, random, { words: [], others: [], compared: [], maxLength });
  const block = blockOf(input, random).subarray(0, 1 + random.below(32));
  const room = random.chance(2) ? maxLength : random.below(maxLength);
  const times = block.length === 0 ? 0 : Math.floor(Math.max(0, room - input.length) / block.length);
  return inserted(input, random, Buffer.alloc(times * block.length, block));
};

const insertBytes: Mutation = (input, random) => {
  const bytes = Buffer.from(Array.from({ length: 1 + random.below(8) }, () => random.below(256)));
  return inserted(input, random, bytes);
};

const insertWord: Mutation = (input, random, { words }) => inserted(input, random, random.oneOf(words) ?? Buffer.alloc(1));

const overwriteWord: Mutation = (input, random, { words }) => overwritten(input, random, random.oneOf(words) ?? Buffer.alloc(1));

const splice: Mutation = (input, random, { others }) => {
  const other = random.oneOf(others);
  if (!other) return input;
  return Buffer.concat([input.subarray(0, random.below(input.length + 1)), other.subarray(random.below(other.length + 1))]);
};

const copyFromOther: Mutation = (input, random, { others }) => {
  const block = blockOf(Buffer.from(random.oneOf(others) ?? input), random);
  return random.chance(2) ? inserted(input, random, block) : overwritten(input, random, block);
};

const swap: Mutation = (input, random) => {
  if (input.length < 4) return input;
  const cuts = [random.below(input.length), random.below(input.length), random.below(input.length)].sort((a, b) => a - b);
  const [first = 0, second = 0, third = 0] = cuts;
  return Buffer.concat([input.subarray(0, first), input.subarray(second, third), input.subarray(first, second), input.subarray(third)]);
};

const numberAsText: Mutation = (input, random) => {
  const starts: number[] = [];
  for (let at = 0; at < input.length && starts.length < 64; at += 1) if (isDigit(input[at]) && !isDigit(input[at - 1])) starts.push(at);
  const start = random.oneOf(starts);
  if (start === undefined) return input;
  let end = start;
  while (isDigit(input[end])) end += 1;
  const number = random.chance(2) ? (random.oneOf(NUMBERS_AS_TEXT) ?? '') : String(random.oneOf(INTERESTING_32) ?? 0);
  return Buffer.concat([input.subarray(0, start), Buffer.from(number), input.subarray(end)]);
};

/** What a comparison expected, where the input has what it found. */
const satisfy: Mutation = (input, random, { compared }) => {
  const pair = random.oneOf(compared);
  if (!pair) return input;
  const [found, wanted] = pair;
  const at = input.indexOf(found, random.below(input.length + 1));
  const place = at < 0 ? input.indexOf(found) : at;
  if (place < 0) return input;
  return Buffer.concat([input.subarray(0, place), wanted, input.subarray(place + found.length)]);
};

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  setByte,
  addToByte,
  setNumber,
  setLength,
  remove,
  duplicate,
  repeat,
  insertBytes,
  insertWord,
  overwriteWord,
  splice,
  copyFromOther,
  swap,
  numberAsText,
  satisfy,
  satisfy,
];

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function blockOf(input: Buffer, random: Random): Buffer {
  const at = random.below(input.length);
  return Buffer.from(input.subarray(at, at + 1 + random.below(random.chance(4) ? 512 : 32)));
}

function inserted(input: Buffer, random: Random, bytes: Uint8Array): Buffer {
  const at = random.below(input.length + 1);
  return Buffer.concat([input.subarray(0, at), bytes, input.subarray(at)]);
}

function overwritten(input: Buffer, random: Random, bytes: Uint8Array): Buffer {
  const at = random.below(input.length + 1);
  return Buffer.concat([input.subarray(0, at), bytes, input.subarray(Math.min(input.length, at + bytes.length))]);
}
