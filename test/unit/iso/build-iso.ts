/** A tiny ISO9660 writer for tests: by hand, so that every byte can also be made wrong. */
export const SECTOR = 2048;

export interface TestFile {
  /** Rock Ridge name; the plain name is derived unless given. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly plain?: string;
}

export interface TestIso {
  readonly files: readonly TestFile[];
  readonly volumeId?: string;
  readonly rockRidge?: boolean;
  readonly joliet?: boolean;
  /** El Torito: validation platform, then entries by path of a file. */
  readonly boot?: { platform: number; entries: { path: string; platform: number; count: number; bootable?: boolean }[] };
  readonly tail?: number;
}

interface Node {
  name: string;
  plain: string;
  children: Map<string, Node>;
  bytes?: Uint8Array;
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
  out[28] = 1;
  out[32] = name.length;
  name.copy(out, 33);
  use.copy(out, padded);
  return out;
}

export function nm(name: string, flags = 0): Buffer {
  const text = Buffer.from(name, 'utf8');
  return Buffer.concat([Buffer.from('NM'), Buffer.of(5 + text.length, 1, flags), text]);
}

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
}

const CATALOG_LBA = 20;

export function buildIso(iso: TestIso): Buffer {
  const root = tree(iso.files);
  const layout: Layout = { root, dirs: folders(root), files: filesOf(root), rockRidge: iso.rockRidge ?? true };
  const trees = iso.joliet ? [false, true] : [false];
  const end = place(layout, trees);
  const out = Buffer.alloc((end + (iso.tail ?? 0)) * SECTOR);
  for (const joliet of trees) for (const dir of layout.dirs) folderBytes(layout, dir, joliet).copy(out, lbaOf(dir, joliet) * SECTOR);
  for (const file of layout.files) out.set(file.bytes ?? [], file.lba * SECTOR);
  writeDescriptors(out, iso, layout, end);
  return out;
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

function recordsOf({ root, rockRidge }: Layout, dir: Node, joliet: boolean, sizeOf: (folder: Node) => number): Buffer[] {
  const hasNames = rockRidge && !joliet;
  return [
    record(Buffer.of(0), lbaOf(dir, joliet), SECTOR, { directory: true, systemUse: hasNames && dir === root ? SP : undefined }),
    record(Buffer.of(1), lbaOf(dir.parent ?? dir, joliet), SECTOR, { directory: true }),
    ...[...dir.children.values()].map((child) =>
      record(
        joliet ? ucs2be(child.name) : Buffer.from(child.bytes ? `${child.plain};1` : child.plain, 'latin1'),
        lbaOf(child, joliet),
        child.bytes ? child.bytes.length : sizeOf(child),
        { directory: !child.bytes, systemUse: hasNames ? nm(child.name) : undefined },
      ),
    ),
  ];
}

function writeDescriptors(out: Buffer, iso: TestIso, layout: Layout, end: number): void {
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
    at.writeUInt16LE(SECTOR, 128);
    at.writeUInt16BE(SECTOR, 130);
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
