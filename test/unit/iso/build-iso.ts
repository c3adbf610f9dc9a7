/** A tiny ISO9660 writer for tests: by hand, so that every byte can also be made wrong. */
export const SECTOR = 2048;

export interface TestFile {
  /** Rock Ridge name; the plain name is derived unless given. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** The text of a symbolic link (Rock Ridge). */
  readonly link?: string;
  readonly plain?: string;
  /** Records of the file, each with so many bytes (a multiple of a sector), one after the other; one record unless given. */
  readonly sectionBytes?: number | undefined;
}

export interface TestIso {
  readonly files: readonly TestFile[];
  readonly volumeId?: string;
  readonly rockRidge?: boolean;
  /** Modes (PX) and the name of the extension (ER), too: readers that expect a complete Rock Ridge show no names without them. */
  readonly posix?: boolean;
  readonly joliet?: boolean;
  /** El Torito: validation platform, then entries by path of a file. */
  readonly boot?: undefined | { platform: number; entries: { path: string; platform: number; count: number; bootable?: boolean }[] };
  readonly tail?: number;
}

interface Node {
  name: string;
  plain: string;
  children: Map<string, Node>;
  bytes?: Uint8Array;
  sectionBytes?: number | undefined;
  link?: string | undefined;
  lba: number;
  lbaJoliet: number;
  parent?: Node;
}

const both32 = (value: number) => {
  const out = Buffer.alloc(8);
  out.writeUInt32LE(value, 0);
  out.writeUInt32BE(value, 4);
  return out;
};

const both16 = (value: number) => {
  const out = Buffer.alloc(4);
  out.writeUInt16LE(value, 0);
  out.writeUInt16BE(value, 2);
  return out;
};

export function record(
  name: Buffer,
  lba: number,
  size: number,
  options: { directory?: boolean; more?: boolean; systemUse?: Buffer } = {},
): Buffer {
  const use = options.systemUse ?? Buffer.alloc(0);
  const padded = 33 + name.length + (name.length % 2 === 0 ? 1 : 0);
  const out = Buffer.alloc(padded + use.length + (use.length % 2));
  out[0] = out.length;
  both32(lba).copy(out, 2);
  both32(size).copy(out, 10);
  out[25] = (options.directory ? 2 : 0) | (options.more ? 0x80 : 0);
  both16(1).copy(out, 28);
  out[32] = name.length;
  name.copy(out, 33);
  use.copy(out, padded);
  return out;
}

export function nm(name: string, flags = 0): Buffer {
  const text = Buffer.from(name, 'utf8');
  return Buffer.concat([Buffer.from('NM'), Buffer.of(5 + text.length, 1, flags), text]);
}

/** A symbolic link in one entry (RRIP §4.1.3). */
export function sl(text: string): Buffer {
  const parts = text.split('/').map((part, index) => {
    if (part === '' && index === 0) return Buffer.of(8, 0);
    if (part === '.' || part === '..') return Buffer.of(part === '.' ? 2 : 4, 0);
    return Buffer.concat([Buffer.of(0, Buffer.byteLength(part)), Buffer.from(part)]);
  });
  const all = Buffer.concat(parts);
  return Buffer.concat([Buffer.from('SL'), Buffer.of(5 + all.length, 1, 0), all]);
}

/** PX (RRIP §4.1.1): mode, links, owner, group. */
function px(mode: number): Buffer {
  return Buffer.concat([Buffer.from('PX'), Buffer.of(36, 1), both32(mode), both32(1), both32(0), both32(0)]);
}

/** ER (SUSP §5.5) of Rock Ridge 1.09, without its texts for people. */
const ER = Buffer.concat([Buffer.from('ER'), Buffer.of(18, 1, 10, 0, 0, 1), Buffer.from('RRIP_1991A')]);
const NONE = Buffer.alloc(0);

const [FOLDER_MODE, FILE_MODE, LINK_MODE] = [0o40555, 0o100444, 0o120777];

const SP = Buffer.from([0x53, 0x50, 7, 1, 0xbe, 0xef, 0]);

export function ucs2be(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

/** Records in sectors, none crossing a boundary. */
export function pack(records: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [];
  let used = 0;
  for (const one of records) {
    const left = SECTOR - (used % SECTOR);
    if (one.length > left) {
      parts.push(Buffer.alloc(left));
      used += left;
    }
    parts.push(one);
    used += one.length;
  }
  parts.push(Buffer.alloc((SECTOR - (used % SECTOR)) % SECTOR));
  return Buffer.concat(parts);
}

function plainOf(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9_.]/g, '_');
}

function tree(files: readonly TestFile[]): Node {
  const root: Node = { name: '', plain: '', children: new Map(), lba: 0, lbaJoliet: 0 };
  for (const file of files) {
    let at = root;
    const parts = file.path.split('/');
    parts.forEach((part, index) => {
      const last = index === parts.length - 1;
      const next: Node = at.children.get(part) ?? {
        name: part,
        plain: last && file.plain !== undefined ? file.plain : plainOf(part),
        children: new Map(),
        lba: 0,
        lbaJoliet: 0,
        parent: at,
      };
      if (last) next.bytes = file.bytes;
      if (last) next.sectionBytes = file.sectionBytes;
      if (last) next.link = file.link;
      at.children.set(part, next);
      at = next;
    });
  }
  return root;
}

function folders(node: Node): Node[] {
  return [node, ...[...node.children.values()].filter((child) => !child.bytes).flatMap(folders)];
}

function filesOf(node: Node): Node[] {
  return [...node.children.values()].flatMap((child) => (child.bytes ? [child] : filesOf(child)));
}

interface Layout {
  readonly root: Node;
  readonly dirs: readonly Node[];
  readonly files: readonly Node[];
  readonly rockRidge: boolean;
  readonly posix: boolean;
}

const CATALOG_LBA = 20;

export function buildIso(iso: TestIso): Buffer {
  const root = tree(iso.files);
  const layout: Layout = { root, dirs: folders(root), files: filesOf(root), rockRidge: iso.rockRidge ?? true, posix: iso.posix ?? false };
  const trees = iso.joliet ? [false, true] : [false];
  const tables = place(layout, trees);
  const tableSectors = Math.ceil(Math.max(...trees.map((joliet) => pathTable(layout, joliet, false).length)) / SECTOR);
  const end = tables + 2 * trees.length * tableSectors;
  const out = Buffer.alloc((end + (iso.tail ?? 0)) * SECTOR);
  for (const joliet of trees) for (const dir of layout.dirs) folderBytes(layout, dir, joliet).copy(out, lbaOf(dir, joliet) * SECTOR);
  for (const file of layout.files) out.set(file.bytes ?? [], file.lba * SECTOR);
  const tableLba = (joliet: boolean, big: boolean) => tables + ((joliet ? 2 : 0) + (big ? 1 : 0)) * tableSectors;
  for (const joliet of trees) for (const big of [false, true]) pathTable(layout, joliet, big).copy(out, tableLba(joliet, big) * SECTOR);
  writeDescriptors(out, iso, layout, { end, tableLba });
  return out;
}

/** The path table (ECMA-119 §9.4) of a tree, in one of its two byte orders. */
function pathTable({ dirs }: Layout, joliet: boolean, big: boolean): Buffer {
  const depth = (dir: Node): number => (dir.parent ? depth(dir.parent) + 1 : 0);
  const sorted = dirs.toSorted((a, b) => depth(a) - depth(b));
  return Buffer.concat(
    sorted.map((dir) => {
      const name = !dir.parent ? Buffer.of(0) : joliet ? ucs2be(dir.name) : Buffer.from(dir.plain, 'latin1');
      const entry = Buffer.alloc(8 + name.length + (name.length % 2));
      entry[0] = name.length;
      const parent = sorted.indexOf(dir.parent ?? dir) + 1;
      if (big) {
        entry.writeUInt32BE(lbaOf(dir, joliet), 2);
        entry.writeUInt16BE(parent, 6);
      } else {
        entry.writeUInt32LE(lbaOf(dir, joliet), 2);
        entry.writeUInt16LE(parent, 6);
      }
      name.copy(entry, 8);
      return entry;
    }),
  );
}

/** Gives every folder of every tree and every file its sector; returns the first free one. */
function place(layout: Layout, trees: readonly boolean[]): number {
  let next = CATALOG_LBA + 1;
  for (const joliet of trees) {
    for (const dir of layout.dirs) {
      dir[joliet ? 'lbaJoliet' : 'lba'] = next;
      next += folderSize(layout, dir, joliet) / SECTOR;
    }
  }
  for (const file of layout.files) {
    file.lba = next;
    next += Math.ceil((file.bytes?.length ?? 0) / SECTOR);
  }
  return next;
}

function lbaOf(node: Node, joliet: boolean): number {
  return joliet && !node.bytes ? node.lbaJoliet : node.lba;
}

function folderBytes(layout: Layout, dir: Node, joliet: boolean): Buffer {
  return pack(recordsOf(layout, dir, joliet, (child) => folderSize(layout, child, joliet)));
}

/** Sizes do not depend on addresses, nor on the sizes of other folders. */
function folderSize(layout: Layout, dir: Node, joliet: boolean): number {
  return pack(recordsOf(layout, dir, joliet, () => 0)).length;
}

function recordsOf({ root, rockRidge, posix }: Layout, dir: Node, joliet: boolean, sizeOf: (folder: Node) => number): Buffer[] {
  const hasNames = rockRidge && !joliet;
  const modeOf = (mode: number) => (posix && hasNames ? px(mode) : NONE);
  const announced = hasNames && dir === root ? [SP, ...(posix ? [ER] : [])] : [];
  const own = Buffer.concat([...announced, modeOf(FOLDER_MODE)]);
  const parent = dir.parent ?? dir;
  return [
    record(Buffer.of(0), lbaOf(dir, joliet), sizeOf(dir), { directory: true, systemUse: own }),
    record(Buffer.of(1), lbaOf(parent, joliet), sizeOf(parent), { directory: true, systemUse: modeOf(FOLDER_MODE) }),
    ...[...dir.children.values()].flatMap((child) => {
      const name = joliet ? ucs2be(child.name) : Buffer.from(child.bytes ? `${child.plain};1` : child.plain, 'latin1');
      const mode = modeOf(!child.bytes ? FOLDER_MODE : child.link === undefined ? FILE_MODE : LINK_MODE);
      const link = child.link === undefined ? NONE : sl(child.link);
      const systemUse = hasNames ? Buffer.concat([mode, nm(child.name), link]) : undefined;
      if (!child.bytes) return [record(name, lbaOf(child, joliet), sizeOf(child), { directory: true, systemUse })];
      return sectionsOf(child.bytes.length, child.sectionBytes).map(({ at, size, more }) =>
        record(name, child.lba + at / SECTOR, size, { more, systemUse }),
      );
    }),
  ];
}

/** The file sections (ECMA-119 §6.5.1) of a file. */
function sectionsOf(length: number, sectionBytes = Infinity): { at: number; size: number; more: boolean }[] {
  const count = Math.max(1, Math.ceil(length / sectionBytes));
  return Array.from({ length: count }, (_, index) => {
    const at = index === 0 ? 0 : index * sectionBytes;
    return { at, size: Math.min(sectionBytes, length - at), more: index < count - 1 };
  });
}

interface Places {
  readonly end: number;
  readonly tableLba: (joliet: boolean, big: boolean) => number;
}

function writeDescriptors(out: Buffer, iso: TestIso, layout: Layout, { end, tableLba }: Places): void {
  const { root, files } = layout;
  const name = iso.volumeId ?? 'TEST';
  let sector = 16;
  const descriptor = (type: number) => {
    const at = out.subarray(sector * SECTOR, (sector + 1) * SECTOR);
    sector += 1;
    at[0] = type;
    at.write('CD001\x01', 1, 'latin1');
    return at;
  };
  const volume = (at: Buffer, joliet: boolean) => {
    both32(end).copy(at, 80);
    both16(1).copy(at, 120);
    both16(1).copy(at, 124);
    both16(SECTOR).copy(at, 128);
    both32(pathTable(layout, joliet, false).length).copy(at, 132);
    at.writeUInt32LE(tableLba(joliet, false), 140);
    at.writeUInt32BE(tableLba(joliet, true), 148);
    at[881] = 1;
    record(Buffer.of(0), lbaOf(root, joliet), folderSize(layout, root, joliet), { directory: true }).copy(at, 156);
  };
  const pvd = descriptor(1);
  pvd.write(name.padEnd(32, ' '), 40, 'latin1');
  volume(pvd, false);
  if (iso.boot) {
    const brvd = descriptor(0);
    brvd.write('EL TORITO SPECIFICATION', 7, 'latin1');
    brvd.writeUInt32LE(CATALOG_LBA, 71);
    writeCatalog(out.subarray(CATALOG_LBA * SECTOR), iso.boot, (path) => files.find((file) => pathOf(file) === path)?.lba ?? 0);
  }
  if (iso.joliet) {
    const svd = descriptor(2);
    ucs2be(name).copy(svd, 40, 0, 32);
    svd.write('%/E', 88, 'latin1');
    volume(svd, true);
  }
  descriptor(255);
}

function pathOf(node: Node): string {
  return node.parent?.name ? `${pathOf(node.parent)}/${node.name}` : node.name;
}

function writeCatalog(out: Buffer, boot: NonNullable<TestIso['boot']>, lbaOf: (path: string) => number): void {
  out[0] = 1;
  out[1] = boot.platform;
  out[30] = 0x55;
  out[31] = 0xaa;
  let sum = 0;
  for (let word = 0; word < 32; word += 2) sum += out.readUInt16LE(word);
  out.writeUInt16LE(-sum & 0xffff, 28);
  let at = 32;
  boot.entries.forEach((entry, index) => {
    if (index > 0) {
      out[at] = index === boot.entries.length - 1 ? 0x91 : 0x90;
      out[at + 1] = entry.platform;
      out.writeUInt16LE(1, at + 2);
      at += 32;
    }
    out[at] = entry.bootable === false ? 0 : 0x88;
    out.writeUInt16LE(entry.count, at + 6);
    out.writeUInt32LE(lbaOf(entry.path), at + 8);
    at += 32;
  });
}

/** Where a text lies in the ISO. */
export function placeOf(iso: Buffer, text: string): number {
  return iso.indexOf(text, 0, 'latin1');
}
