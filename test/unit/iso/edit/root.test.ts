import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BootbenchError } from '../../../../contract/errors.ts';
import { copyOnWrite } from '../../../../main-services/iso/source/copy-on-write.ts';
import { readDescriptors } from '../../../../main-services/iso/iso9660/descriptors.ts';
import { scanTrees } from '../../../../main-services/iso/iso9660/scan.ts';
import { editTree } from '../../../../main-services/iso/edit/tree.ts';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import { buildIso, record, SECTOR, type TestFile } from '../build-iso.ts';
import { descriptors, edit, pathTableRoots, tree, volumeSizes } from '../edit-view.ts';

const text = (value: string) => Buffer.from(value, 'latin1');
const files: TestFile[] = [
  { path: 'boot/grub/grub.cfg', bytes: text('config') },
  { path: 'efi/boot/bootx64.efi', bytes: text('efi') },
  { path: 'file', bytes: text('f') },
];
const many = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `injected-file-${index}.cfg`, bytes: text(`n${index}`) }));

/** With path tables (the root only) and their copies, in four sectors behind the volume. */
function withPathTables(): Buffer {
  const iso = buildIso({ files, joliet: true, tail: 8 });
  let free = iso.length / SECTOR - 8;
  for (const { at } of descriptors(iso)) {
    const root = iso.readUInt32LE(at + 158);
    for (const field of [140, 144, 148, 152]) {
      const little = field < 148;
      iso[free * SECTOR] = 1;
      if (little) iso.writeUInt32LE(free, at + field);
      else iso.writeUInt32BE(free, at + field);
      if (little) iso.writeUInt32LE(root, free * SECTOR + 2);
      else iso.writeUInt32BE(root, free * SECTOR + 2);
      free += 1;
    }
  }
  return iso;
}

/** A descriptor of the enhanced volume (ISO9660:1999) with the primary one's root, as genisoimage -iso-level 4 writes it. */
function withEnhanced(iso: Buffer): Buffer {
  const enhanced = Buffer.from(iso.subarray(16 * SECTOR, 17 * SECTOR));
  enhanced[0] = 2;
  enhanced[6] = 2;
  iso.copy(iso, 18 * SECTOR, 17 * SECTOR, 18 * SECTOR);
  enhanced.copy(iso, 17 * SECTOR);
  return iso;
}

describe('a root without room', () => {
  it('moves in every tree; everything that names it follows', async () => {
    const iso = withPathTables();
    const { view, receipt } = await edit(iso, { inject: many(60) });
    const moved = receipt.filter(({ what }) => what === 'root relocated');
    expect(moved.map(({ path, before }) => [path, before])).toEqual([
      ['/', SECTOR],
      ['/', SECTOR],
    ]);
    const roots = descriptors(view).map(({ at }) => view.readUInt32LE(at + 158));
    expect(roots.map((lba) => lba * SECTOR)).toEqual(moved.map(({ offset }) => offset));
    expect(pathTableRoots(view)).toEqual(roots.flatMap((lba) => [lba, lba, lba, lba]));
    // The reader checks "." and ".." of every folder.
    const [plain, joliet] = descriptors(view).map((descriptor) => tree(view, descriptor));
    expect([plain?.get('INJECTED_FILE_7.CFG;1')?.text, joliet?.get('injected-file-7.cfg')?.text]).toEqual(['n7', 'n7']);
    expect([plain?.get('BOOT/GRUB/GRUB.CFG;1')?.text, joliet?.get('efi/boot/bootx64.efi')?.text]).toEqual(['config', 'efi']);
    expect(plain?.size).toBe(67);
  });

  it.each([
    ['a', ['injected']],
    ['z', ['injected', 'root relocated']],
  ])('is told by what fits each sector, not by the sum: %s…', async (letter, expected) => {
    // Two sectors with 124 and 64 bytes left; the new record has 66.
    const names = Array.from({ length: 16 }, (_, index) => `M${index + 10}${'X'.repeat(194)}`).concat('N'.repeat(93));
    const iso = buildIso({ rockRidge: false, files: names.map((name) => ({ path: name, bytes: text('x') })) });
    const root = iso.readUInt32LE(16 * SECTOR + 158) * SECTOR;
    for (const at of [root, root + 34]) iso.copy(iso, at + 10, 16 * SECTOR + 166, 16 * SECTOR + 174);
    const { receipt, view } = await edit(iso, { inject: [{ name: letter.repeat(30), bytes: text('new') }] });
    expect(receipt.map(({ what }) => what)).toEqual(expected);
    expect(tree(view, descriptors(view)[0]!).get(`${letter.toUpperCase().repeat(30)};1`)?.text).toBe('new');
    expect(tree(view, descriptors(view)[0]!).size).toBe(18);
  });

  it('that says how many bytes it uses says so of its whole sector afterwards', async () => {
    const iso = buildIso({ files, rockRidge: false });
    const root = iso.readUInt32LE(16 * SECTOR + 158);
    for (const at of [16 * SECTOR + 156, root * SECTOR, root * SECTOR + 34]) {
      iso.writeUInt32LE(300, at + 10);
      iso.writeUInt32BE(300, at + 14);
    }
    for (const child of tree(buildIso({ files, rockRidge: false }), descriptors(iso)[0]!).entries()) {
      if (!child[1].directory || child[0].includes('/')) continue;
      iso.writeUInt32LE(300, child[1].lba * SECTOR + 34 + 10);
      iso.writeUInt32BE(300, child[1].lba * SECTOR + 34 + 14);
    }
    const { view } = await edit(iso, { inject: many(2) });
    expect(view.readUInt32LE(16 * SECTOR + 166)).toBe(SECTOR);
    expect(tree(view, descriptors(view)[0]!).get('INJECTED_FILE_1.CFG;1')?.text).toBe('n1');
  });
});

describe('trees that share their root', () => {
  it('get a file once, and both volume sizes', async () => {
    const iso = withEnhanced(buildIso({ files: files.map((file) => ({ ...file, plain: file.path.split('/').at(-1) })) }));
    const { view } = await edit(iso, { inject: [{ name: 'ks.cfg', bytes: text('ks') }] });
    expect(volumeSizes(view)).toEqual([view.length, view.length]);
    const names = [...tree(view, descriptors(view)[0]!).keys()].filter((name) => /ks/i.test(name));
    expect(names).toEqual(['ks.cfg;1']);
  });

  it('follow a root that moves', async () => {
    const { view } = await edit(withEnhanced(buildIso({ files })), { inject: many(40) });
    const roots = descriptors(view).map(({ at }) => view.readUInt32LE(at + 158));
    expect(roots[0]).toBe(roots[1]);
    expect(tree(view, descriptors(view)[1]!).size).toBe(47);
  });
});

describe('what cannot be changed is refused with the file', () => {
  const patchRecord = (name: string, change: (raw: Buffer) => void) => {
    const iso = buildIso({ files, boot: { platform: 0, entries: [{ path: 'file', platform: 0, count: 4 }] } });
    change(iso.subarray(tree(iso, descriptors(iso)[0]!).get(name)!.at));
    return iso;
  };

  it('an ISO that is cut short', async () => {
    const iso = buildIso({ files });
    await expect(edit(iso.subarray(0, iso.length - 1), { inject: many(1) })).rejects.toMatchObject({ code: 'E_IMAGE_INVALID' });
  });

  it('a file in several extents', async () => {
    const iso = buildIso({ files: [{ path: 'big', bytes: text('x') }] });
    const root = iso.readUInt32LE(16 * SECTOR + 158) * SECTOR;
    const parts = [record(text('BIG;1'), 22, SECTOR, { more: true }), record(text('BIG;1'), 22, 10)];
    Buffer.concat(parts).copy(iso, tree(iso, descriptors(iso)[0]!).get('BIG;1')!.at);
    expect(root).toBeGreaterThan(0);
    await expect(edit(iso, { replace: [{ path: 'big', bytes: text('x') }] })).rejects.toMatchObject({
      code: 'E_IMAGE_EDIT',
      message: 'BIG (2058 bytes) is stored in 2 pieces; such a file cannot be replaced.',
    });
  });

  it('a compressed file (zisofs)', async () => {
    const zf = Buffer.concat([text('ZF'), Buffer.of(16, 1), Buffer.alloc(12)]);
    const iso = buildIso({ files });
    const at = tree(iso, descriptors(iso)[0]!).get('FILE;1')!.at;
    record(text('FILE;1'), iso.readUInt32LE(at + 2), 1, { systemUse: zf }).copy(iso, at);
    await expect(edit(iso, { replace: [{ path: 'file', bytes: text('x') }] })).rejects.toMatchObject({
      message: expect.stringContaining('FILE is stored compressed') as string,
    });
  });

  it('a boot image that would have to move; in place it may change', async () => {
    const iso = patchRecord('FILE;1', () => undefined);
    const grown = edit(iso, { replace: [{ path: 'file', bytes: Buffer.alloc(SECTOR + 1) }] });
    await expect(grown).rejects.toMatchObject({ message: expect.stringContaining('boot image of 1 bytes') as string });
    expect((await edit(iso, { replace: [{ path: 'file', bytes: Buffer.alloc(SECTOR) }] })).receipt[0]?.what).toBe('in place');
  });

  it('an interleaved file', async () => {
    const iso = patchRecord('FILE;1', (raw) => (raw[26] = 1));
    await expect(edit(iso, { replace: [{ path: 'file', bytes: text('x') }] })).rejects.toMatchObject({ code: 'E_IMAGE_EDIT' });
  });

  it.each(['nowhere', 'boot', 'boot/../file', ''])('the path %j', async (path) => {
    await expect(edit(buildIso({ files }), { replace: [{ path, bytes: text('x') }] })).rejects.toMatchObject({ code: 'E_IMAGE_EDIT' });
  });
});

/** Edits of random trees: some files replaced by other lengths, some added. */
const cases = fc
  .record({
    names: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 20 }),
    depths: fc.array(fc.nat(2), { minLength: 20, maxLength: 20 }),
    lengths: fc.array(fc.nat(6000), { minLength: 40, maxLength: 40 }),
    joliet: fc.boolean(),
    rockRidge: fc.boolean(),
    behind: fc.nat(5000),
    replaced: fc.nat(6),
    added: fc.nat(30),
  })
  .map(({ names, depths, lengths, behind, replaced, added, ...how }) => {
    const paths = names.map((name, index) => `${['', 'boot/', 'boot/deep/'][depths[index]!]!}f${name}`);
    const tree = paths.map((path, index) => ({ path, bytes: Buffer.alloc(lengths[index]!, 65 + (index % 26)) }));
    return {
      iso: Buffer.concat([buildIso({ files: tree, ...how }), Buffer.alloc(behind, 0xbe)]),
      paths,
      edits: {
        replace: paths.slice(0, replaced).map((path, index) => ({ path, bytes: Buffer.alloc(lengths[20 + index]!, 97 + index) })),
        inject: Array.from({ length: added }, (_, index) => ({
          name: `n${index}.cfg`,
          bytes: Buffer.alloc(lengths[39 - (index % 10)]!, 48),
        })),
      },
    };
  });

describe('any plan', () => {
  it('is the same when made again, gives the same bytes in any partition, and its pages agree with the base outside it', async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1 }), async ({ iso, edits }, cuts) => {
        const { view, source, segments } = await edit(iso, edits);
        expect((await edit(Buffer.from(iso), edits)).segments).toEqual(segments);
        const parts: Uint8Array[] = [];
        for (let at = 0, index = 0; at < source.size; index += 1) {
          const part = await source.read(at, cuts[index % cuts.length]!);
          parts.push(part);
          at += part.length;
        }
        expect(Buffer.concat(parts).equals(view)).toBe(true);
        // The second reader: the image painted segment by segment; base stretches lie where they lay.
        const painted = Buffer.alloc(view.length, 0xee);
        let at = 0;
        for (const segment of segments) {
          if ('offset' in segment) expect(segment.offset).toBe(at);
          const bytes = 'bytes' in segment ? segment.bytes : iso.subarray(segment.offset, segment.offset + segment.length);
          painted.set(bytes, at);
          at += bytes.length;
        }
        expect(at).toBe(view.length);
        expect(painted.equals(view)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('has every file in every tree with its bytes, and no other byte of the base changes', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ iso, edits }) => {
        const { view, receipt } = await edit(iso, edits);
        const before = descriptors(iso).map((descriptor) => tree(iso, descriptor));
        const after = descriptors(view).map((descriptor) => tree(view, descriptor));
        const wanted = new Map([
          ...edits.replace.map(({ path, bytes }) => [path, bytes] as const),
          ...edits.inject.map(({ name, bytes }) => [name, bytes] as const),
        ]);
        const plainOf = (name: string) => name.replace(/;1$/, '').toLowerCase().replace(/\.$/, '');
        after.forEach((seen, index) => {
          expect(seen.size).toBe(before[index]!.size + edits.inject.length);
          for (const [name, file] of seen) {
            if (file.directory) continue;
            const expected = wanted.get(plainOf(name))?.toString('latin1') ?? before[index]!.get(name)?.text;
            expect(file.text).toBe(expected);
          }
        });
        // Allowed: descriptors, folders, and the sectors of files changed in place.
        const allowed = new Set(Array.from({ length: 4 }, (_, index) => 16 + index));
        const allow = (offset: number, length: number) => {
          for (let sector = offset / SECTOR; sector * SECTOR < offset + Math.max(1, length); sector += 1) allowed.add(sector);
        };
        for (const seen of before) for (const file of seen.values()) if (file.directory) allow(file.lba * SECTOR, file.size);
        for (const { at } of descriptors(iso)) allow(iso.readUInt32LE(at + 158) * SECTOR, iso.readUInt32LE(at + 166));
        // Path tables name the root, which may move.
        for (const { at } of descriptors(iso))
          for (const table of [iso.readUInt32LE(at + 140), iso.readUInt32BE(at + 148)]) allow(table * SECTOR, iso.readUInt32LE(at + 132));
        for (const { what, offset, before: size } of receipt) if (what === 'in place') allow(offset, size);
        for (let sector = 0; sector * SECTOR < iso.length; sector += 1) {
          if (allowed.has(sector)) continue;
          const end = Math.min(iso.length, (sector + 1) * SECTOR);
          expect(view.subarray(sector * SECTOR, end).equals(iso.subarray(sector * SECTOR, end))).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a damaged ISO', () => {
  it('gives a plan or an error that says why, whatever bytes its descriptors, folders and tables have', async () => {
    const sound = withPathTables();
    const metadata = Math.min(...[...tree(sound, descriptors(sound)[0]!).values()].filter((file) => !file.directory).map(({ lba }) => lba));
    const places = fc.oneof(
      fc.integer({ min: 16 * SECTOR, max: metadata * SECTOR - 1 }),
      fc.nat(300).map((at) => 16 * SECTOR + at),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(places, fc.nat(255)), { minLength: 1, maxLength: 12 }), fc.boolean(), async (mutations, move) => {
        const iso = Buffer.from(sound);
        for (const [at, value] of mutations) iso[at] = value;
        const edits = { replace: [{ path: 'boot/grub/grub.cfg', bytes: Buffer.alloc(3000, 1) }], inject: many(move ? 40 : 1) };
        const error: unknown = await edit(iso, edits).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error !== undefined) expect(error).toBeInstanceOf(BootbenchError);
      }),
      { numRuns: 1500 },
    );
  });

  it('whose folders name each other is scanned once', async () => {
    const iso = buildIso({ files });
    const root = iso.subarray(16 * SECTOR + 158, 16 * SECTOR + 174);
    for (const name of ['BOOT', 'EFI']) root.copy(iso, tree(buildIso({ files }), descriptors(iso)[0]!).get(name)!.at + 2);
    const pages = copyOnWrite(memorySource(iso));
    const trees = await scanTrees(pages.read, await readDescriptors(pages.read, iso.length), iso.length);
    expect(trees.map(({ entries }) => entries.length)).toEqual([3]);
  });

  it('is left alone as soon as nobody waits for it', async () => {
    const controller = new AbortController();
    controller.abort();
    const planning = editTree(memorySource(buildIso({ files })), { replace: [], inject: many(1) }, controller.signal);
    await expect(planning).rejects.toMatchObject({ code: 'E_CANCELLED' });
  });
});
