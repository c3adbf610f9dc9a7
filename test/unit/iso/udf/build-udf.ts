/** A small UDF writer for tests, by hand: every kind of entry, and every byte can be made wrong. */
export const SECTOR = 2048;
const PARTITION = 257;

export interface UdfFile {
  /** With slashes; a path that ends in one is an empty folder. */
  readonly path: string;
  readonly bytes?: Buffer;
  readonly kind?: 'short' | 'long' | 'embedded' | 'chained';
  /** An extended file entry, as UDF 2.00 has. */
  readonly extended?: boolean;
  /** Pieces of this many blocks, with a gap of one between them. */
  readonly pieces?: number;
}

export interface TestUdf {
  readonly files: readonly UdfFile[];
  readonly volumeId?: string;
  /** The reserve sequence lies behind the partition instead of before it. */
  readonly reserveAtEnd?: boolean;
  readonly rootEmbedded?: boolean;
  readonly freeSpaceBitmap?: boolean;
  readonly noAnchor256?: boolean;
}

/** Written the slow way, bit by bit: not what the product does. */
export function slowCrc(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      const top = (crc >> 15) ^ ((byte >> bit) & 1);
      crc = ((crc << 1) & 0xffff) ^ (top ? 0x1021 : 0);
    }
  }
  return crc;
}

export function stamp(bytes: Buffer, id: number, place: number, length: number): Buffer {
  bytes.writeUInt16LE(id, 0);
  bytes.writeUInt16LE(2, 2);
  bytes.writeUInt16LE(length - 16, 10);
  bytes.writeUInt16LE(slowCrc(bytes.subarray(16, length)), 8);
  bytes.writeUInt32LE(place, 12);
  bytes[4] = 0;
  bytes[4] = bytes.subarray(0, 16).reduce((sum, byte) => sum + byte, 0) & 0xff;
  return bytes;
}

export function text(name: string): Buffer {
  const narrow = Buffer.from(name, 'latin1').toString('latin1') === name;
  if (narrow) return Buffer.concat([Buffer.of(8), Buffer.from(name, 'latin1')]);
  return Buffer.concat([Buffer.of(16), Buffer.from(name, 'utf16le').swap16()]);
}

export function identifier(name: string, block: number, place: number, flags = 0, use = 0): Buffer {
  const label = name === '' ? Buffer.alloc(0) : text(name);
  const bytes = Buffer.alloc(Math.ceil((38 + use + label.length) / 4) * 4);
  bytes.writeUInt16LE(1, 16);
  bytes[18] = flags;
  bytes[19] = label.length;
  bytes.writeUInt32LE(SECTOR, 20);
  bytes.writeUInt32LE(block, 24);
  bytes.writeUInt16LE(use, 36);
  label.copy(bytes, 38 + use);
  return stamp(bytes, 257, place, bytes.length);
}

export interface Piece {
  readonly block: number;
  readonly length: number;
}

/** `size` may say more than the pieces have. */
export function entry(options: {
  place: number;
  size: number;
  pieces: readonly Piece[];
  directory?: boolean;
  long?: boolean;
  extended?: boolean;
  embedded?: Buffer;
  /** The last descriptor leads to more of them. */
  chained?: boolean;
}): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  const data = options.extended ? 216 : 176;
  const wide = options.long ?? false;
  const list = options.embedded ?? descriptors(options.pieces, wide, options.chained);
  bytes.writeUInt16LE(4, 20);
  bytes.writeUInt16LE(1, 24);
  bytes[27] = options.directory ? 4 : 5;
  bytes.writeUInt16LE(options.embedded ? 3 : wide ? 1 : 0, 34);
  bytes.writeUInt32LE(0x1084, 44);
  bytes.writeUInt16LE(1, 48);
  bytes.writeBigUInt64LE(BigInt(options.size), 56);
  bytes.writeUInt32LE(list.length, data - 4);
  list.copy(bytes, data);
  return stamp(bytes, options.extended ? 266 : 261, options.place, data + list.length);
}

export function descriptors(pieces: readonly Piece[], long: boolean, chained = false): Buffer {
  return Buffer.concat(
    pieces.map(({ block, length }, index) => {
      const out = Buffer.alloc(long ? 16 : 8);
      const next = chained && index === pieces.length - 1;
      out.writeUInt32LE((next ? 0xc0000000 : 0) + length, 0);
      out.writeUInt32LE(block, 4);
      return out;
    }),
  );
}

/** More allocation descriptors, in a block of their own. */
export function continuation(place: number, pieces: readonly Piece[], chained = false): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  const list = descriptors(pieces, false, chained);
  bytes.writeUInt32LE(list.length, 20);
  list.copy(bytes, 24);
  return stamp(bytes, 258, place, 24 + list.length);
}

interface Node {
  readonly name: string;
  readonly file?: UdfFile;
  readonly children: Map<string, Node>;
  place: number;
}

function tree(files: readonly UdfFile[]): Node {
  const root: Node = { name: '', children: new Map(), place: 1 };
  for (const file of files) {
    let at = root;
    const parts = file.path.split('/').filter((part) => part !== '');
    parts.forEach((part, index) => {
      const isFile = index === parts.length - 1 && !file.path.endsWith('/');
      const next: Node = at.children.get(part) ?? { name: part, file: isFile ? file : undefined, children: new Map(), place: 0 };
      at.children.set(part, next);
      at = next;
    });
  }
  return root;
}

export function buildUdf(udf: TestUdf): Buffer {
  const blocks: Buffer[] = [Buffer.alloc(SECTOR), Buffer.alloc(SECTOR)];
  const reserveBlock = (count: number) => {
    const first = blocks.length;
    for (let index = 0; index < count; index += 1) blocks.push(Buffer.alloc(SECTOR));
    return first;
  };
  const fill = (first: number, bytes: Buffer) => {
    for (let at = 0; at < bytes.length; at += SECTOR) bytes.copy(blocks[first + at / SECTOR]!, 0, at, at + SECTOR);
  };

  const writeFile = (node: Node, file: UdfFile): void => {
    const bytes = file.bytes ?? Buffer.alloc(0);
    if (file.kind === 'embedded') {
      blocks[node.place] = entry({ place: node.place, size: bytes.length, pieces: [], extended: file.extended, embedded: bytes });
      return;
    }
    const step = (file.pieces ?? 1_000_000) * SECTOR;
    const pieces: Piece[] = [];
    for (let at = 0; at < bytes.length; at += step) {
      const part = bytes.subarray(at, at + step);
      const block = reserveBlock(Math.ceil(part.length / SECTOR) + (file.pieces ? 1 : 0));
      fill(block, part);
      pieces.push({ block, length: part.length });
    }
    const common = { place: node.place, size: bytes.length, extended: file.extended, long: file.kind === 'long' };
    if (file.kind !== 'chained') blocks[node.place] = entry({ ...common, pieces });
    else {
      const more = reserveBlock(1);
      blocks[more] = continuation(more, pieces.slice(1));
      blocks[node.place] = entry({ ...common, pieces: [...pieces.slice(0, 1), { block: more, length: SECTOR }], chained: true });
    }
  };

  const writeFolder = (node: Node, parent: Node): void => {
    for (const child of node.children.values()) child.place = reserveBlock(1);
    const records = (first: number) => {
      const parts: Buffer[] = [];
      let used = 0;
      const add = (part: (place: number) => Buffer) => {
        const bytes = part(first + Math.floor(used / SECTOR));
        parts.push(bytes);
        used += bytes.length;
      };
      add((place) => identifier('', parent.place, place, 10));
      for (const child of node.children.values()) add((place) => identifier(child.name, child.place, place, child.file ? 0 : 2));
      return Buffer.concat(parts);
    };
    const size = records(0).length;
    const embedded = udf.rootEmbedded && node.name === '';
    const first = embedded ? node.place : reserveBlock(Math.ceil(size / SECTOR));
    const bytes = records(first);
    if (!embedded) fill(first, bytes);
    const pieces = [{ block: first, length: size }];
    blocks[node.place] = entry({ place: node.place, size, pieces, directory: true, embedded: embedded ? bytes : undefined });
    for (const child of node.children.values()) {
      if (child.file) writeFile(child, child.file);
      else writeFolder(child, node);
    }
  };
  const root = tree(udf.files);
  writeFolder(root, root);
  const fileSet = Buffer.alloc(SECTOR);
  fileSet.writeUInt32LE(SECTOR, 400);
  fileSet.writeUInt32LE(1, 404);
  blocks[0] = stamp(fileSet, 256, 0, 512);
  return assemble(udf, blocks);
}

function assemble(udf: TestUdf, blocks: readonly Buffer[]): Buffer {
  const end = PARTITION + blocks.length;
  const reserve = udf.reserveAtEnd ? end : 48;
  const last = end + (udf.reserveAtEnd ? 16 : 0);
  const out = Buffer.alloc((last + 1) * SECTOR);
  blocks.forEach((block, index) => block.copy(out, (PARTITION + index) * SECTOR));
  ['BEA01', 'NSR02', 'TEA01'].forEach((id, index) => out.write(`\0${id}\x01`, (18 + index) * SECTOR, 'latin1'));
  for (const first of [32, reserve]) {
    sequence(udf, first, blocks.length).forEach((one, index) => one.copy(out, (first + index) * SECTOR));
  }
  const integrity = Buffer.alloc(SECTOR);
  integrity.writeUInt32LE(1, 28);
  integrity.writeBigUInt64LE(300n, 40);
  [1, 46, 0, blocks.length].forEach((value, index) => integrity.writeUInt32LE(value, 72 + 4 * index));
  integrity.writeUInt32LE(udf.files.length, 120);
  stamp(integrity, 9, 64, 134).copy(out, 64 * SECTOR);
  for (const sector of udf.noAnchor256 ? [last] : [256, last]) {
    const anchor = Buffer.alloc(512);
    [16 * SECTOR, 32, 16 * SECTOR, reserve].forEach((value, index) => anchor.writeUInt32LE(value, 16 + 4 * index));
    stamp(anchor, 2, sector, 512).copy(out, sector * SECTOR);
  }
  return out;
}

function sequence(udf: TestUdf, first: number, length: number): Buffer[] {
  const partition = Buffer.alloc(512);
  if (udf.freeSpaceBitmap) partition.writeUInt32LE(SECTOR, 64);
  partition.writeUInt32LE(PARTITION, 188);
  partition.writeUInt32LE(length, 192);
  const volume = Buffer.alloc(512);
  const label = text(udf.volumeId ?? 'TEST');
  label.copy(volume, 84);
  volume[211] = label.length;
  volume.writeUInt32LE(SECTOR, 212);
  volume.writeUInt32LE(SECTOR, 248);
  volume.writeUInt32LE(6, 264);
  volume.writeUInt32LE(1, 268);
  volume.writeUInt32LE(2 * SECTOR, 432);
  volume.writeUInt32LE(64, 436);
  volume.set([1, 6, 1, 0, 0, 0], 440);
  return [stamp(partition, 5, first, 512), stamp(volume, 6, first + 1, 446), stamp(Buffer.alloc(512), 8, first + 2, 512)];
}

/** Byte offset of a block of the partition. */
export function blockAt(block: number): number {
  return (PARTITION + block) * SECTOR;
}
