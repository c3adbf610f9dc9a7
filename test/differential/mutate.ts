import { Random } from './random.ts';
import { SECTOR, type Sample } from './types.ts';

interface Place {
  readonly what: string;
  readonly at: number;
  readonly length: number;
}

/** The sample with one to three wrong places in its descriptors, folders, Rock Ridge entries, path tables or boot catalogue. */
export function mutate(sample: Sample): Sample {
  const random = new Random(sample.seed ^ 0x5eed);
  const bytes = Buffer.from(sample.bytes);
  const places = placesIn(bytes);
  const kinds = [...new Set(places.map(({ what }) => what))];
  const mutations: string[] = [];
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    const kind = random.pick(kinds);
    const place = random.pick(places.filter(({ what }) => what === kind));
    mutations.push(`${kind} ${change(bytes, place, random)}`);
  }
  return { seed: sample.seed, path: sample.path.replace(/\.iso$/, '-mutated.iso'), maker: sample.maker, bytes, mutations };
}

function placesIn(bytes: Buffer): Place[] {
  const places: Place[] = [];
  for (let sector = 16; sector < 32 && bytes.toString('latin1', sector * SECTOR + 1, sector * SECTOR + 6) === 'CD001'; sector += 1) {
    const at = sector * SECTOR;
    const type = bytes[at]!;
    if (type === 0) places.push({ what: 'boot catalogue', at: bytes.readUInt32LE(at + 71) * SECTOR, length: 128 });
    places.push({ what: 'descriptor', at, length: 190 });
    if (type === 1 || type === 2)
      places.push({ what: 'path table', at: bytes.readUInt32LE(at + 140) * SECTOR, length: bytes.readUInt32LE(at + 132) });
  }
  return [...places, ...recordsIn(bytes)].filter(({ at, length }) => length > 0 && at + length <= bytes.length);
}

/** The records of folders, found by the record that a folder begins with: it names its own sector. */
function recordsIn(bytes: Buffer): Place[] {
  const places: Place[] = [];
  for (let sector = 18; sector < bytes.length / SECTOR; sector += 1) {
    const start = sector * SECTOR;
    if ((bytes[start] ?? 0) < 34 || bytes.readUInt32LE(start + 2) !== sector || bytes.readUInt32BE(start + 6) !== sector) continue;
    const end = Math.min(bytes.length, start + bytes.readUInt32LE(start + 10));
    for (let at = start; at < end;) {
      const length = bytes[at]!;
      if (length < 34) {
        at = (Math.floor(at / SECTOR) + 1) * SECTOR;
        continue;
      }
      const used = 33 + (bytes[at + 32] ?? 0);
      places.push({ what: 'record', at, length: used });
      if (length > used + 4) places.push({ what: 'system use', at: at + used, length: length - used });
      at += length;
    }
  }
  return places;
}

/** A bit, a byte, or a number in both orders (ECMA-119 §7.3.3), which readers who compare them take for right. */
function change(bytes: Buffer, { what, at, length }: Place, random: Random): string {
  const place = at + random.below(length);
  const kind = random.next();
  if (what === 'record' && kind < 0.3) {
    const field = at + random.pick([2, 10]);
    const value = random.pick([
      0,
      1,
      16,
      random.below(bytes.length / SECTOR),
      bytes.length,
      bytes.readUInt32LE(field) ^ (1 << random.below(20)),
    ]);
    bytes.writeUInt32LE(value >>> 0, field);
    bytes.writeUInt32BE(value >>> 0, field + 4);
    return `${value >>> 0} in both orders at ${field} (record ${at})`;
  }
  bytes[place] = kind < 0.7 ? bytes[place]! ^ (1 << random.below(8)) : random.below(256);
  return `${bytes[place]} at ${place} (+${place - at})`;
}
