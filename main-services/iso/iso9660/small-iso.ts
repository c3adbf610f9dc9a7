/** Sectors of the parts (ECMA-119); files follow. */
const DESCRIPTOR = 16;
const PATHS_LITTLE = 18;
const PATHS_BIG = 19;
const ROOT = 20;
const FIRST_FILE = 21;
const SECTOR = 2048;

export interface SmallFile {
  /** As on the oldest of CDs: capitals, digits and `_`, eight and three: README.TXT. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A valid ISO 9660 image of a few files, of `size` bytes or as large as they need. For what we say ourselves: nothing boots from it. */
export function smallIso(volumeId: string, files: readonly SmallFile[], size = 0): Uint8Array {
  const places = placed(files);
  const sectors = Math.max(
    Math.ceil(size / SECTOR),
    places.reduce((end, { lba, bytes }) => Math.max(end, lba + sectorsOf(bytes)), FIRST_FILE),
  );
  const image = Buffer.alloc(sectors * SECTOR);
  descriptor(volumeId, sectors).copy(image, DESCRIPTOR * SECTOR);
  Buffer.from('\xffCD001\x01', 'latin1').copy(image, (DESCRIPTOR + 1) * SECTOR);
  pathTable('little').copy(image, PATHS_LITTLE * SECTOR);
  pathTable('big').copy(image, PATHS_BIG * SECTOR);
  const self = record('\x00', ROOT, SECTOR, true);
  const records = places.map(({ name, lba, bytes }) => record(`${name};1`, lba, bytes.length, false));
  Buffer.concat([self, record('\x01', ROOT, SECTOR, true), ...records]).copy(image, ROOT * SECTOR);
  for (const { lba, bytes } of places) image.set(bytes, lba * SECTOR);
  return image;
}

/** ECMA-119 §9.3: records are in the order of their names. */
function placed(files: readonly SmallFile[]): (SmallFile & { readonly lba: number })[] {
  let next = FIRST_FILE;
  return files
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((file) => {
      const lba = next;
      next += sectorsOf(file.bytes);
      return { ...file, lba };
    });
}

function sectorsOf(bytes: Uint8Array): number {
  return Math.ceil(bytes.length / SECTOR);
}

function descriptor(volumeId: string, sectors: number): Buffer {
  const out = Buffer.alloc(SECTOR);
  out.fill(' ', 8, 72);
  out.fill(' ', 190, 813);
  Buffer.from('\x01CD001\x01', 'latin1').copy(out);
  out.write(volumeId.slice(0, 32), 40, 'latin1');
  both32(sectors).copy(out, 80);
  both16(1).copy(out, 120);
  both16(1).copy(out, 124);
  both16(SECTOR).copy(out, 128);
  both32(pathTable('little').length).copy(out, 132);
  out.writeUInt32LE(PATHS_LITTLE, 140);
  out.writeUInt32BE(PATHS_BIG, 148);
  record('\x00', ROOT, SECTOR, true).copy(out, 156);
  // Four dates, none of them said.
  for (const at of [813, 830, 847, 864]) out.fill('0', at, at + 16);
  out[881] = 1;
  return out;
}

function pathTable(order: 'little' | 'big'): Buffer {
  const out = Buffer.alloc(10);
  out[0] = 1;
  if (order === 'little') {
    out.writeUInt32LE(ROOT, 2);
    out.writeUInt16LE(1, 6);
  } else {
    out.writeUInt32BE(ROOT, 2);
    out.writeUInt16BE(1, 6);
  }
  return out;
}

function record(name: string, lba: number, size: number, directory: boolean): Buffer {
  const out = Buffer.alloc(33 + name.length + (name.length % 2 === 0 ? 1 : 0));
  out[0] = out.length;
  both32(lba).copy(out, 2);
  both32(size).copy(out, 10);
  // The first day of a year that no BMC takes for the future.
  out.set([100, 1, 1], 18);
  out[25] = directory ? 2 : 0;
  both16(1).copy(out, 28);
  out[32] = name.length;
  out.write(name, 33, 'latin1');
  return out;
}

function both16(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt16LE(value, 0);
  out.writeUInt16BE(value, 2);
  return out;
}

function both32(value: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeUInt32LE(value, 0);
  out.writeUInt32BE(value, 4);
  return out;
}
