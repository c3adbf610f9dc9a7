import { readable } from '../../../main-services/iso/source/bounds.ts';
import type { ByteSource } from '../../../main-services/iso/source/byte-source.ts';
import type { Extent, Patch } from '../../../main-services/iso/source/overlay.ts';
import { seal } from '../../../main-services/iso/udf/udf-tag.ts';
import type { Base } from './mutation-bases.ts';

/** Reads longer than this are not for anybody's metadata. */
const LONGEST_READ = 8 * 1024 * 1024;

/** One of the image's bytes, with few of them wrong; the image itself is shared by all. */
export interface Mutant {
  readonly size: number;
  readonly patches: readonly Patch[];
  readonly what: string;
}

type Random = () => number;

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The mutant of a number: up to four places where readers look, and now and then an end that comes too early. */
export function mutate(base: Base, seed: number): Mutant {
  const random = randomOf(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const size = random() < 0.06 ? Math.floor(random() * base.bytes.length) : base.bytes.length;
  const count = 1 + Math.floor(random() * 4);
  const patches: Patch[] = [];
  for (let index = 0; index < count; index += 1) {
    const sealed = base.descriptors.length > 0 && random() < 0.6;
    patches.push(sealed ? resealed(base, pick(base.descriptors), random) : changed(base, pick(pick(base.regions)), random));
  }
  const places = patches.map(({ offset, bytes }) => `${bytes.length}@${offset}`).join(' ');
  return { size, patches, what: `${base.name} #${seed}: ${places}${size < base.bytes.length ? `, cut at ${size}` : ''}` };
}

/** A UDF descriptor whose tag is right again after something in it is not: otherwise nobody reads on. */
function resealed(base: Base, { offset, length }: Extent, random: Random): Patch {
  const wrong = changed(base, { offset: offset + 16, length: length - 16 }, random);
  const bytes = painted(base.bytes.subarray(offset, offset + length), offset, [wrong]);
  // The length that its CRC is of may itself be wrong now.
  const covered = Math.min(bytes.readUInt16LE(10), length - 16);
  return { offset, bytes: seal(bytes, bytes.readUInt32LE(12), covered) };
}

/** Other bytes somewhere in a stretch: a bit, a byte, a number that is likely to hurt, a run, or a copy from elsewhere. */
function changed(base: Base, { offset, length }: Extent, random: Random): Patch {
  const at = offset + Math.floor(random() * Math.max(1, length));
  const kind = random();
  if (kind < 0.2) return { offset: at, bytes: Buffer.of((base.bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))) };
  if (kind < 0.35) return { offset: at, bytes: Buffer.of(Math.floor(random() * 256)) };
  if (kind < 0.75) return { offset: random() < 0.7 ? at & ~1 : at, bytes: number(base, at, random) };
  const run = 1 + Math.floor(random() * Math.min(2048, length));
  if (kind < 0.85) return { offset: at, bytes: Buffer.alloc(run, random() < 0.5 ? 0 : 255) };
  const from = Math.floor(random() * (base.bytes.length / 2048)) * 2048;
  return { offset: at & ~2047, bytes: base.bytes.subarray(from, from + 2048) };
}

/** Two, four or eight bytes (one number in both orders, as ISO 9660 has it). */
function number(base: Base, at: number, random: Random): Buffer {
  const sectors = Math.ceil(base.bytes.length / 2048);
  const values = [
    0,
    1,
    2,
    16,
    Math.floor(at / 2048),
    Math.floor(random() * sectors),
    sectors,
    0x7fffffff,
    0x80000000,
    0xfffffff0,
    0xffffffff,
  ];
  const value = values[Math.floor(random() * values.length)]!;
  const bytes = Buffer.alloc(random() < 0.3 ? 2 : random() < 0.5 ? 4 : 8);
  if (bytes.length === 2) bytes.writeUInt16LE(value & 0xffff);
  else bytes.writeUInt32LE(value);
  if (bytes.length === 8) bytes.writeUInt32BE(value, 4);
  return bytes;
}

/** A mutant as a source that also minds how much is asked of it. */
export function sourceOf(base: Base, mutant: Mutant): ByteSource {
  return {
    size: mutant.size,
    etag: mutant.what,
    read: (offset, length) => {
      if (length > LONGEST_READ) throw new Error(`${length} bytes were asked for at once`);
      const wanted = readable(mutant.size, offset, length);
      const bytes = base.bytes.subarray(offset, offset + wanted);
      const hit = mutant.patches.filter((patch) => patch.offset < offset + wanted && patch.offset + patch.bytes.length > offset);
      return Promise.resolve(hit.length === 0 ? bytes : painted(bytes, offset, hit));
    },
    close: () => Promise.resolve(),
  };
}

function painted(bytes: Buffer, offset: number, patches: readonly Patch[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const patch of patches) {
    const begin = Math.max(offset, patch.offset);
    const end = Math.min(offset + bytes.length, patch.offset + patch.bytes.length);
    if (begin < end) copy.set(patch.bytes.subarray(begin - patch.offset, end - patch.offset), begin - offset);
  }
  return copy;
}
