import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../../../main-services/iso/source/byte-source.ts';
import type { IsoEntry } from '../../../../main-services/iso/iso9660/volume.ts';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import { overlay } from '../../../../main-services/iso/source/overlay.ts';
import { openUdf, udfOf, type UdfVolume } from '../../../../main-services/iso/udf/udf-volume.ts';
import { blockAt, buildUdf, continuation, entry, identifier, SECTOR, stamp } from './build-udf.ts';

async function opened(image: Buffer): Promise<UdfVolume> {
  return (await openUdf(memorySource(image)))!;
}

async function listed(volume: UdfVolume): Promise<IsoEntry[]> {
  const entries: IsoEntry[] = [];
  for await (const one of volume.walk()) entries.push(one);
  return entries;
}

async function paths(image: Buffer): Promise<string[]> {
  return (await listed(await opened(image))).map(({ path }) => path).sort();
}

function contentOf(image: Buffer, { extents }: IsoEntry): Buffer {
  return Buffer.concat(extents.map(({ offset, length }) => image.subarray(offset, offset + length)));
}

const noise = (length: number, seed = 7) => Buffer.from(Array.from({ length }, (_, index) => (index * seed + (index >> 8)) & 255));

describe('a UDF volume', () => {
  it.each([
    ['short descriptors', {}],
    ['long descriptors', { kind: 'long' }],
    ['content in the entry itself', { kind: 'embedded' }],
    ['an extended entry', { extended: true }],
    ['an extended entry with its content', { extended: true, kind: 'embedded' }],
    ['an extended entry with long descriptors', { extended: true, kind: 'long' }],
    ['several pieces', { pieces: 2 }],
    ['descriptors that go on in a block of their own', { kind: 'chained', pieces: 1 }],
  ] as const)('reads files with %s', async (_name, how) => {
    const bytes = noise('kind' in how && how.kind === 'embedded' ? 1000 : 9000);
    const image = buildUdf({ files: [{ path: 'sub/deeper/file.bin', bytes, ...how }] });
    const found = await (await opened(image)).lookup('/sub/deeper/file.bin');
    expect(found).toMatchObject({ path: 'sub/deeper/file.bin', size: bytes.length, directory: false });
    expect(contentOf(image, found!).equals(bytes)).toBe(true);
  });

  it('lists every file and folder once, parents first', async () => {
    const files = ['setup.exe', 'sources/boot.wim', 'sources/sxs/a.cab', 'efi/boot/bootx64.efi'].map((path) => ({
      path,
      bytes: noise(100),
    }));
    const volume = await opened(buildUdf({ files, volumeId: 'CCCOMA_X64FRE_EN-US_DV9' }));
    expect(volume.volumeId).toBe('CCCOMA_X64FRE_EN-US_DV9');
    expect((await listed(volume)).map(({ path }) => path)).toEqual([
      'setup.exe',
      'sources',
      'efi',
      'sources/boot.wim',
      'sources/sxs',
      'efi/boot',
      'sources/sxs/a.cab',
      'efi/boot/bootx64.efi',
    ]);
  });

  it('finds names in both character widths, and in any case where no other name is closer', async () => {
    const files = ['Größe.txt', '設定.xml', 'a.cfg', 'A.cfg'].map((path, index) => ({ path, bytes: Buffer.from(`${index}`) }));
    const image = buildUdf({ files });
    const volume = await opened(image);
    const read = async (path: string) => {
      const found = await volume.lookup(path);
      return found && contentOf(image, found).toString();
    };
    expect(await Promise.all(['größe.TXT', '設定.XML', 'A.cfg', 'a.cfg', 'b.cfg', '../a.cfg'].map(read))).toEqual([
      '0',
      '1',
      '3',
      '2',
      undefined,
      undefined,
    ]);
  });

  it('lists a folder that takes many blocks', async () => {
    const files = Array.from({ length: 500 }, (_, index) => ({ path: `f/file-with-a-rather-long-name-${index}`, bytes: Buffer.from('x') }));
    expect(await paths(buildUdf({ files }))).toHaveLength(501);
  });

  it('reads a file over 4 GiB from its descriptors of one gigabyte each', async () => {
    const image = buildUdf({ files: [{ path: 'install.wim', bytes: noise(10) }] });
    const [place, most] = [2, 0x3ffff800];
    const pieces = [0, 1, 2, 3, 4].map((index) => ({ block: 10 + (index * most) / SECTOR, length: index === 4 ? 12_345 : most }));
    const size = 4 * most + 12_345;
    entry({ place, size, pieces }).copy(image, blockAt(place));
    // The partition must be as long as the file says.
    const long = Buffer.from(image);
    long.writeUInt32LE(0x400000, 32 * SECTOR + 192);
    stamp(long.subarray(32 * SECTOR, 32 * SECTOR + 512), 5, 32, 512);
    const source: ByteSource = overlay(memorySource(long), [{ offset: 0, length: long.length }], { etag: 'x' });
    const found = await (await openUdf(source))!.lookup('install.wim');
    expect(found).toMatchObject({ size, extents: [{ offset: blockAt(10), length: size }] });
  });

  it('is found by the anchor in the last sector, and by the reserve sequence', async () => {
    const files = [{ path: 'a', bytes: noise(10) }];
    expect(await paths(buildUdf({ files, noAnchor256: true }))).toEqual(['a']);
    const image = buildUdf({ files });
    image.fill(0, 32 * SECTOR, 48 * SECTOR);
    expect(await paths(image)).toEqual(['a']);
  });

  it('is not there without its recognition sequence, its anchors or its file set', async () => {
    for (const [from, to] of [
      [18, 21],
      [32, 64],
      [257, 258],
      [258, 259],
    ] as const) {
      const image = buildUdf({ files: [] });
      image.fill(0, from * SECTOR, to * SECTOR);
      expect(await openUdf(memorySource(image))).toBeUndefined();
    }
    expect(await openUdf(memorySource(Buffer.alloc(0)))).toBeUndefined();
  });

  it('opens once for everybody who asks', async () => {
    const source = memorySource(buildUdf({ files: [] }));
    expect(await udfOf(source)).toBe(await udfOf(source));
  });
});

describe('a damaged UDF volume', () => {
  const files = ['a', 'b', 'c'].map((path) => ({ path, bytes: noise(3000) }));

  it('leaves out an entry whose CRC is wrong', async () => {
    const image = buildUdf({ files });
    image[blockAt(3) + 60]! ^= 1;
    expect(await paths(image)).toEqual(['a', 'c']);
  });

  it('ends a folder’s list at a damaged record', async () => {
    const image = buildUdf({ files });
    image[image.indexOf(Buffer.from('\x08b', 'latin1'), blockAt(0)) + 1]! ^= 0x20;
    expect(await paths(image)).toEqual(['a']);
  });

  it('leaves out deleted files and names that lead elsewhere', async () => {
    const image = buildUdf({ files: [...files, { path: 'x', bytes: noise(1) }] });
    const root = blockAt(6);
    expect(image.toString('latin1', root + 40 + 39, root + 40 + 40)).toBe('a');
    identifier('a', 2, 6, 4).copy(image, root + 40);
    identifier('/', 3, 6).copy(image, root + 80);
    expect(await paths(image)).toEqual(['c', 'x']);
    const strange = identifier('c', 4, 6);
    strange[38] = 254;
    stamp(strange, 257, 6, strange.length).copy(image, root + 120);
    expect(await paths(image)).toEqual(['x']);
  });

  it('walks a loop of folders once', async () => {
    const image = buildUdf({ files: [{ path: 'one/two/' }] });
    // Block 2 is the entry of one and 4 that of two; the records of two are in block 6, and now lead back.
    const block = 6;
    const looped = Buffer.concat([identifier('', 2, block, 10), identifier('one', 2, block, 2), identifier('root', 1, block, 2)]);
    looped.copy(image, blockAt(block));
    entry({ place: 4, size: looped.length, pieces: [{ block, length: looped.length }], directory: true }).copy(image, blockAt(4));
    expect(await paths(image)).toEqual(['one', 'one/two', 'one/two/one', 'one/two/root']);
  });

  it('shows what is in a folder also where a damaged record leads to it first', async () => {
    const image = buildUdf({ files: ['one/a', 'two/b', 'two/deep/c'].map((path) => ({ path, bytes: noise(9) })) });
    const recordOf = (name: string) => image.subarray(image.indexOf(`\x08${name}`, blockAt(0), 'latin1') - 38).subarray(0, 44);
    const [one, two] = [recordOf('one'), recordOf('two')];
    two.copy(one, 20, 20, 36);
    stamp(one, 257, one.readUInt32LE(12), one.length);
    const others = ['two', 'two/b', 'two/deep', 'two/deep/c'];
    expect(await paths(image)).toEqual(['one', 'one/b', 'one/deep', 'one/deep/c', ...others]);
  });

  it('leaves out a file whose descriptors lead in a circle, or that has fewer bytes than it says', async () => {
    const image = buildUdf({ files });
    continuation(8, [{ block: 8, length: SECTOR }], true).copy(image, blockAt(8));
    entry({ place: 2, size: 3000, pieces: [{ block: 8, length: SECTOR }], chained: true }).copy(image, blockAt(2));
    entry({ place: 3, size: 3000, pieces: [{ block: 8, length: 2000 }] }).copy(image, blockAt(3));
    entry({ place: 4, size: 2 ** 52, pieces: [{ block: 0xffffffff, length: 0x3fffffff }] }).copy(image, blockAt(4));
    expect(await paths(image)).toEqual([]);
  });
});

describe('a UDF volume made to keep its reader busy', () => {
  it('ends: hundreds of folders that all show the same long list', async () => {
    const names = Array.from({ length: 2000 }, (_, index) => `folder-${index}`);
    const image = buildUdf({ files: [{ path: 'list/x', bytes: noise(10) }, ...names.map((name) => ({ path: `${name}/` }))] });
    // Every folder's entry leads to the root's list.
    const root = image.subarray(blockAt(1), blockAt(2));
    const pieces = [{ block: root.readUInt32LE(180), length: root.readUInt32LE(176) }];
    for (let place = 3; place < 2002; place += 1) {
      entry({ place, size: Number(root.readBigUInt64LE(56)), pieces, directory: true }).copy(image, blockAt(place));
    }
    const begin = process.cpuUsage();
    const found = await paths(image);
    expect(found.length).toBeGreaterThan(2000);
    expect(found.length).toBeLessThan(200_000);
    expect(process.cpuUsage(begin).user / 1000).toBeLessThan(5000);
  });
});
