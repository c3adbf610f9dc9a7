import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BootbenchError } from '../../../contract/errors.ts';
import { decodeFatDirectory } from '../../../main-services/iso/fat/directory.ts';
import { openFat, type FatVolume } from '../../../main-services/iso/fat/fat-volume.ts';
import { decodeBpb, fatSize } from '../../../main-services/iso/fat/geometry.ts';
import { grown, patchBpb } from '../../../main-services/iso/fat/grow.ts';
import { damageOf } from '../../../main-services/iso/fat/sound.ts';
import { buildIso } from './build-iso.ts';
import { edit } from './edit-view.ts';
import { chainOf, linkAt, reencode, setLink } from '../../../main-services/iso/fat/table.ts';

const hex = (...lines: string[]) => Buffer.from(lines.join('').replace(/ /g, ''), 'hex');

/** The first 62 bytes of a 1.44 MB floppy image by mkfs.vfat 4.2. */
const FLOPPY = hex(
  'eb3c90 6d6b66732e666174', // jump, "mkfs.fat"
  '0002 01 0100 02', // 512 bytes per sector, 1 sector per cluster, 1 reserved, 2 FATs
  'e000 400b f0 0900', // 224 root entries, 2880 sectors, media f0, 9 sectors per FAT
  '1200 0200 00000000 00000000', // geometry, hidden, no 32-bit total
  '00 00 29 feca0dba', // drive, -, signature, serial
  '4c414220202020202020 20 4641543132202020', // "LAB", "FAT12"
);
/** The first 90 bytes of 40 MB as FAT32 by mkfs.vfat 4.2. */
const LARGE = hex(
  'eb5890 6d6b66732e666174 0002 01 2000 02', // 32 reserved sectors
  '0000 0000 f8 0000 2000 0200 00000000 80380100', // no root entries, 80000 sectors
  '6d020000 0000 0000 02000000 0100 0600', // 621 sectors per FAT, root at 2, FSInfo 1, backup 6
  '000000000000000000000000 80 00 29 feca0dba 4c414220202020202020 20 4641543332202020',
);
/** long-name.config of 6 bytes by mcopy 4.0: two pieces of its long name, then its record. */
const LONG_NAME = [
  '426600690067000000ffff0f0041ffffffffffffffffffffffff0000ffffffff',
  '016c006f006e0067002d000f00416e0061006d0065002e00630000006f006e00',
  '4c4f4e472d4e7e31434f4e2000007c6c785d785d00007c6c785d020006000000',
].join('');
const sector = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(512 - bytes.length)]);

describe('a BIOS parameter block', () => {
  it('of a floppy is FAT12', () => {
    expect(decodeBpb(sector(FLOPPY), 2880 * 512)).toEqual({
      type: 12,
      sector: 512,
      clusterSectors: 1,
      reservedSectors: 1,
      copies: 2,
      fatSectors: 9,
      rootEntries: 224,
      clusters: 2847,
      rootCluster: 0,
      fsInfo: 0,
      backup: 0,
    });
  });

  it('without a 16-bit FAT size is FAT32', () => {
    expect(decodeBpb(sector(LARGE), 80_000 * 512)).toMatchObject({
      type: 32,
      clusters: 78_726,
      fatSectors: 621,
      rootCluster: 2,
      fsInfo: 1,
      backup: 6,
    });
  });

  it.each<[string, (bytes: Buffer) => unknown]>([
    ['no jump (isolinux.bin)', (bytes) => (bytes[0] = 0xfa)],
    ['sectors of 513 bytes', (bytes) => bytes.writeUInt16LE(513, 11)],
    ['3 sectors per cluster', (bytes) => (bytes[13] = 3)],
    ['0 sectors per cluster', (bytes) => (bytes[13] = 0)],
    ['no reserved sector', (bytes) => bytes.writeUInt16LE(0, 14)],
    ['no FAT', (bytes) => (bytes[16] = 0)],
    ['3 FATs', (bytes) => (bytes[16] = 3)],
    ['no root entries', (bytes) => bytes.writeUInt16LE(0, 17)],
    ['media 0', (bytes) => (bytes[21] = 0)],
    ['FATs too short for the clusters', (bytes) => bytes.writeUInt16LE(8, 22)],
    ['more sectors than there are', (bytes) => bytes.writeUInt16LE(2881, 19)],
    ['fewer sectors than its FATs take (memtest: −23176 clusters)', (bytes) => bytes.writeUInt16LE(20, 19)],
  ])('is not believed with %s', (_, change) => {
    const bytes = sector(FLOPPY);
    change(bytes);
    expect(decodeBpb(bytes, 2880 * 512)).toBeUndefined();
  });

  it.each<[string, (bytes: Buffer) => unknown]>([
    ['a root outside', (bytes) => bytes.writeUInt32LE(78_728, 44)],
    ['one FAT alive, the others old', (bytes) => bytes.writeUInt16LE(0x80, 40)],
    ['a FAT of 4 GB', (bytes) => bytes.writeUInt32LE(0x800000, 36)],
  ])('of FAT32 is not believed with %s', (_, change) => {
    const bytes = sector(LARGE);
    change(bytes);
    expect(decodeBpb(bytes, 80_000 * 512)).toBeUndefined();
  });
});

describe('a FAT', () => {
  it('of 12 bits packs two links into three bytes', () => {
    const table = hex('f0ffff 034005 ffffff 00');
    expect([0, 1, 2, 3, 4, 5].map((cluster) => linkAt(table, 12, cluster))).toEqual([0xff0, 0xfff, 0x003, 0x054, 0xfff, 0xfff]);
    setLink(table, 12, 3, 0xabc);
    setLink(table, 12, 4, 0x123);
    expect(table.toString('hex')).toBe('f0ffff03c0ab23f1ff00');
  });

  it('of 32 bits keeps the upper four of each link', () => {
    const table = hex('f8ffff0f ffffffff 030000a0');
    expect(linkAt(table, 32, 2)).toBe(3);
    setLink(table, 32, 2, 0x0fffffff);
    expect(table.subarray(8).toString('hex')).toBe('ffffffaf');
  });

  it('becomes one of 16 bits with its ends, bad clusters and media byte', () => {
    const table = Buffer.alloc(12);
    [0xff0, 0xfff, 0xff5, 0xff7, 0xff8, 0x003, 0].forEach((link, cluster) => setLink(table, 12, cluster, link));
    const wide = reencode(table, 12, 16, 5, 32);
    expect([0, 1, 2, 3, 4, 5, 6].map((cluster) => linkAt(wide, 16, cluster))).toEqual([0xfff0, 0xffff, 0xff5, 0xfff7, 0xfff8, 3, 0]);
  });

  it('that grows has no link of what lay behind it', () => {
    const table = Buffer.alloc(8, 0xff);
    expect(reencode(table, 12, 12, 1, 16).toString('hex')).toBe('ffffffff0f0000000000000000000000');
    expect(reencode(table, 16, 16, 1, 8).toString('hex')).toBe('ffffffffffff0000');
  });

  it.each([
    ['a loop ends', [3, 4, 3], [2, 3, 4, 3, 4]],
    ['an end ends', [3, 0xfff8, 0], [2, 3]],
    ['into a free cluster is no chain', [3, 0, 0], undefined],
    ['into a bad one is no chain', [3, 0xfff7, 0], undefined],
    ['out of the file system is no chain', [5, 0, 0], undefined],
  ])('whose chain is %s', (_, links, chain) => {
    const table = Buffer.alloc(10);
    links.forEach((link, index) => setLink(table, 16, index + 2, link));
    expect(chainOf(table, 16, 3, 2, 5)).toEqual(chain);
  });
});

describe('a folder', () => {
  it('has long names, short names and lower-case ones, and no label, dots or deleted files', () => {
    const bytes = hex(
      '4c4142202020202020202008 0000000000000000000000000000000000000000', // LAB, the label
      '2e2020202020202020202010 0000000000000000000000000000020000000000', // .
      LONG_NAME,
      'e54c44455220202043464720 0000000000000000000000000000090001000000', // deleted
      '475255422020202043464720 1800000000000000010000000000080000010000', // grub.cfg by its case bits, cluster 0x10008, 256 bytes
    );
    const after = Buffer.concat([bytes, Buffer.alloc(32), bytes]);
    const grub = { names: ['grub.cfg'], directory: false, first: 0x10008, size: 256, at: 192 };
    const long = { names: ['long-name.config', 'LONG-N~1.CON'], directory: false, first: 2, size: 6, at: 128 };
    expect(decodeFatDirectory(after)).toEqual([long, grub]);
    // With another file's checksum the long name is what another system left behind.
    bytes[64 + 13] = 0;
    expect(decodeFatDirectory(bytes)).toEqual([{ ...long, names: ['LONG-N~1.CON'] }, grub]);
  });
});

/** A tiny FAT12: 16 clusters of 512 bytes; a folder at 2, a file of two clusters in it at 3. */
function tiny(): Buffer {
  const image = Buffer.alloc((1 + 2 + 1 + 16) * 512);
  sector(FLOPPY).copy(image);
  image.writeUInt16LE(16, 17);
  image.writeUInt16LE(20, 19);
  image.writeUInt16LE(1, 22);
  for (const copy of [1, 2]) {
    const table = image.subarray(copy * 512, (copy + 1) * 512);
    [0xff0, 0xfff, 0xfff, 4, 0xfff].forEach((link, cluster) => setLink(table, 12, cluster, link));
  }
  const entry = (at: number, name: string, attributes: number, first: number, size: number) => {
    image.write(name, at, 'latin1');
    image[at + 11] = attributes;
    image.writeUInt16LE(first, at + 26);
    image.writeUInt32LE(size, at + 28);
  };
  entry(3 * 512, 'LOADER     ', 0x10, 2, 0);
  entry(4 * 512, 'A       CFG', 0x20, 3, 600);
  image.write('first', 5 * 512);
  image.write('second', 6 * 512);
  return image;
}

async function open(image: Buffer): Promise<FatVolume | undefined> {
  return openFat((offset, length) => Promise.resolve(image.subarray(offset, offset + length)), image.length);
}

describe('a FAT volume', () => {
  it('finds a file by any case, and reads it by its clusters', async () => {
    const volume = (await open(tiny()))!;
    const file = (await volume.lookup('/loader/a.CFG'))!;
    expect(file).toMatchObject({ path: 'LOADER/A.CFG', size: 600, first: 3, at: 4 * 512 });
    expect(volume.extents(file)).toEqual([{ offset: 5 * 512, length: 600 }]);
    expect((await volume.read(file, 510, 8)).toString('latin1')).toBe('\0\0second');
    expect(await volume.lookup('a.cfg')).toBeUndefined();
    expect(damageOf(volume)).toBeUndefined();
    expect(fatSize(volume.geometry)).toBe(20 * 512);
  });

  it('takes no half of a cluster number from where OS/2 keeps its attributes', async () => {
    const image = tiny();
    image.writeUInt16LE(0x1234, 4 * 512 + 20);
    expect(await (await open(image))!.lookup('loader/a.cfg')).toMatchObject({ first: 3 });
  });

  it.each<[string, string, (image: Buffer) => void]>([
    ['a file’s chain is shorter than the file', 'its file LOADER/A.CFG is damaged', (image) => setLink(image.subarray(512), 12, 3, 0xfff)],
    ['a chain is a loop', 'its file LOADER/A.CFG is damaged', (image) => setLink(image.subarray(512), 12, 4, 3)],
    [
      'a file is also a folder',
      'its file LOADER/A.CFG shares clusters with another',
      (image) => {
        image.writeUInt16LE(2, 4 * 512 + 26);
        image.writeUInt32LE(100, 4 * 512 + 28);
      },
    ],
    [
      'a folder names itself',
      'its folders are damaged',
      (image) => {
        image[4 * 512 + 11] = 0x10;
        image.writeUInt16LE(2, 4 * 512 + 26);
      },
    ],
    ['a folder begins nowhere', 'its folders are damaged', (image) => image.writeUInt16LE(0, 3 * 512 + 26)],
  ])('is not written to where %s', async (_, why, change) => {
    const image = tiny();
    change(image);
    const volume = (await open(image))!;
    expect(damageOf(volume)).toBe(why);
  });

  it('of any bytes is read to an end, with our errors only', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(7 * 512), fc.nat(255)), { maxLength: 20 }), async (changes) => {
        const image = tiny();
        for (const [at, value] of changes) image[at] = value;
        const volume = await open(image);
        if (!volume) return;
        damageOf(volume);
        for (const file of volume.files) {
          const error: unknown = await volume.read(file).catch((thrown: unknown) => thrown);
          if (error instanceof Error) expect(error).toBeInstanceOf(BootbenchError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('of any bytes is edited, or left alone with a note, or refused', async () => {
    const at = buildIso({ files: [{ path: 'efi.img', bytes: tiny() }] }).indexOf(tiny().subarray(0, 64));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(7 * 512), fc.nat(255)), { maxLength: 6 }), fc.nat(9000), async (changes, length) => {
        const boot = { platform: 0xef, entries: [{ path: 'efi.img', platform: 0xef, count: 4 }] };
        const iso = buildIso({ files: [{ path: 'efi.img', bytes: tiny() }], boot });
        for (const [place, value] of changes) iso[at + place] = value;
        const edits = [{ entry: 0, replace: [{ path: 'loader/a.cfg', bytes: Buffer.alloc(length, 'n') }] }];
        const result: unknown = await edit(iso, { fat: edits }).catch((thrown: unknown) => thrown);
        if (result instanceof Error) expect(result).toBeInstanceOf(BootbenchError);
      }),
      { numRuns: 1000 },
    );
  });

  it('with thousands of folders that loop ends within its bounds', async () => {
    // FAT16 of 60,000 clusters; every link leads on in one great ring, and each of 512 folders begins in it.
    const image = Buffer.alloc((1 + 2 * 256 + 32) * 512 + 60_000 * 512);
    sector(FLOPPY).copy(image);
    image.writeUInt16LE(512, 17);
    image.writeUInt16LE(image.length / 512, 19);
    image.writeUInt16LE(256, 22);
    for (let cluster = 2; cluster < 60_002; cluster += 1) setLink(image.subarray(512), 16, cluster, cluster === 60_001 ? 2 : cluster + 1);
    const record = Buffer.alloc(32);
    record.write('AAAAAAAAAAA\x10', 'latin1');
    for (let at = 513 * 512, index = 0; at < image.length; at += 32, index += 1) {
      record.writeUInt16LE(2 + (index % 60_000), 26);
      record.copy(image, at);
    }
    const began = performance.now();
    const volume = (await open(image))!;
    expect(volume.complete).toBe(false);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe('growing', () => {
  const of = (type: 12 | 16 | 32, clusters: number) => ({ ...decodeBpb(sector(FLOPPY), 2880 * 512)!, type, clusters, fatSectors: 1 });

  it.each([
    [12, 4000, 59, 12, 4060],
    [12, 4000, 80, 16, 4102],
    [12, 4084, 1, 16, 4102],
    [16, 4090, 1, 16, 4102],
    [16, 60_000, 4999, 16, 65_000],
    [32, 65_500, 30, 32, 65_542],
    [32, 70_000, 29, 32, 70_030],
  ] as const)('FAT%d of %d clusters by %d gives FAT%d of %d', (type, clusters, more, then, wanted) => {
    const larger = grown(of(type, clusters), more);
    expect([larger.type, larger.clusters]).toEqual([then, wanted]);
    expect(larger.fatSectors * 512 * 8).toBeGreaterThanOrEqual((wanted + 2) * then);
  });

  it.each([
    [65_000, 530],
    [65_000, 510],
    [60_000, 100_000],
  ])('FAT16 of %d clusters by %d is refused', (clusters, more) => {
    expect(() => grown(of(16, clusters), more)).toThrow(/FAT16 .* would have to become FAT32/);
  });

  it('writes the total where it belongs, and the type’s name', () => {
    const small = patchBpb(sector(FLOPPY), { ...of(16, 4102), fatSectors: 17 }, 40_000 * 512);
    expect([small.readUInt16LE(19), small.readUInt32LE(32), small.readUInt16LE(22), small.toString('latin1', 54, 62)]).toEqual([
      40_000,
      0,
      17,
      'FAT16   ',
    ]);
    const large = patchBpb(sector(FLOPPY), { ...of(16, 60_000), fatSectors: 240 }, 70_000 * 512);
    expect([large.readUInt16LE(19), large.readUInt32LE(32)]).toEqual([0, 70_000]);
    const fat32 = patchBpb(sector(LARGE), { ...of(32, 80_000), fatSectors: 630 }, 81_292 * 512);
    expect([fat32.readUInt16LE(19), fat32.readUInt32LE(32), fat32.readUInt16LE(22), fat32.readUInt32LE(36)]).toEqual([0, 81_292, 0, 630]);
  });
});
