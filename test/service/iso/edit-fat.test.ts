import { rmSync } from 'node:fs';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { findBootConfigs } from '../../../main-services/iso/bootconfig/find.ts';
import { openIso } from '../../../main-services/iso/iso9660/volume.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { buildIso, SECTOR } from '../../unit/iso/build-iso.ts';
import { descriptors, edit, tree, volumeSizes, type Edited } from '../../unit/iso/edit-view.ts';
import { fatCopies, hasFatTools, makeFat, readFat, work, type FatOptions } from '../../unit/iso/fat-tools.ts';

afterAll(() => rmSync(work, { recursive: true, force: true }));

const ENTRY = 20 * SECTOR + 32;
const CONF = 'loader/entries/linux-and-a-long-name.conf';
const text = (value: string) => Buffer.from(value, 'latin1');
const FILES = {
  [CONF]: text('title Linux\nlinux /vmlinuz\noptions quiet\n'),
  'EFI/BOOT/BOOTX64.EFI': Buffer.alloc(5000, 'E'),
  'EFI/BOOT/grub.cfg': text('search --file --set=root /x\nconfigfile /boot/grub/grub.cfg\n'),
  'empty.cfg': Buffer.alloc(0),
};

function isoWith(fat: Buffer, count = 4): Buffer {
  const files = [
    { path: 'boot/efiboot.img', bytes: fat },
    { path: 'zzz', bytes: text('behind it') },
  ];
  return buildIso({ files, joliet: true, boot: { platform: 0xef, entries: [{ path: 'boot/efiboot.img', platform: 0xef, count }] } });
}

/** Where the boot catalogue and both trees say the boot image is; they must agree. */
function bootImage({ view }: Edited): Buffer {
  const all = descriptors(view).map((descriptor) => [...tree(view, descriptor)].find(([name]) => /efiboot/i.test(name))?.[1]);
  const [{ lba, size } = { lba: 0, size: 0 }] = all.filter((file) => file !== undefined);
  expect(all.map((file) => [file?.lba, file?.size])).toEqual(all.map(() => [lba, size]));
  expect(view.readUInt32LE(ENTRY + 8)).toBe(lba);
  return view.subarray(lba * SECTOR, lba * SECTOR + size);
}

const asText = (files: Record<string, Uint8Array>) =>
  Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path, Buffer.from(bytes).toString('latin1')]));

/** Edits and reads back with mtools, after fsck.vfat: each file is as it was, or as it was to be. */
async function proven(
  fat: Buffer,
  edits: Record<string, Uint8Array>,
): Promise<{ edited: Edited; image: Buffer; used: number; total: number }> {
  const before = readFat(fat);
  const edited = await edit(isoWith(fat), {
    fat: [{ entry: 0, replace: Object.entries(edits).map(([path, bytes]) => ({ path, bytes })) }],
  });
  const image = bootImage(edited);
  const { files, used, total } = readFat(image);
  expect(asText(files)).toEqual(asText({ ...before.files, ...edits }));
  const [first, ...others] = fatCopies(image);
  for (const other of others) expect(other.equals(first!)).toBe(true);
  return { edited, image, used, total };
}

const TYPES: Record<string, Omit<FatOptions, 'files'>> = {
  'FAT12 of a floppy': { type: 12, kib: 1440, clusterSectors: 1 },
  'FAT12 with one FAT': { type: 12, kib: 2880, clusterSectors: 2, copies: 1 },
  'FAT12 with sectors of 2048 bytes': { type: 12, kib: 4000, clusterSectors: 1, sector: 2048 },
  FAT16: { type: 16, kib: 4600, clusterSectors: 2 },
  'FAT16 with clusters of 8 KiB': { type: 16, kib: 34_000, clusterSectors: 16 },
  FAT32: { type: 32, kib: 34_000, clusterSectors: 1 },
};

describe.runIf(hasFatTools).each(Object.entries(TYPES))('a boot image of %s', (_, how) => {
  const cluster = how.clusterSectors * (how.sector ?? 512);
  const own = ({ segments }: Edited) => segments.reduce((sum, segment) => sum + ('bytes' in segment ? segment.bytes.length : 0), 0);

  it('has a file changed in its own clusters, with no byte of the old one behind it', async () => {
    const fat = makeFat({ ...how, files: FILES });
    const { edited, image } = await proven(fat, { [CONF]: text('options new\n') });
    expect(edited.receipt).toMatchObject([{ path: CONF, where: 'fat', what: 'in place', before: 41, after: 12 }]);
    expect(edited.view.length).toBe(isoWith(fat).length);
    const { offset } = edited.receipt[0]!;
    expect(edited.view.subarray(offset, offset + cluster)).toEqual(Buffer.concat([text('options new\n'), Buffer.alloc(cluster - 12)]));
    expect(image.length).toBe(fat.length);
  });

  it('has a file grow into free clusters, one shrink, one emptied and an empty one filled', async () => {
    const fat = makeFat({ ...how, files: FILES });
    const edits = {
      [CONF]: Buffer.alloc(5 * cluster + 1, 'n'),
      'EFI/BOOT/BOOTX64.EFI': Buffer.alloc(1, 'e'),
      'EFI/BOOT/grub.cfg': Buffer.alloc(0),
      'empty.cfg': text('full'),
    };
    const before = readFat(fat);
    const { edited, used } = await proven(fat, edits);
    expect(edited.receipt.every(({ what }) => what === 'in place')).toBe(true);
    expect(edited.view.length).toBe(isoWith(fat).length);
    expect(used - before.used).toBe(5 - (Math.ceil(5000 / cluster) - 1) - 1 + 1);
  });

  it('that is full moves to the tail and grows; its data stays the source’s', async () => {
    const fat = makeFat({ ...how, files: FILES, leaveFree: 1 });
    const { edited, image, used, total } = await proven(fat, { [CONF]: Buffer.alloc(3 * cluster, 'n'), 'empty.cfg': text('full') });
    expect(edited.receipt.map(({ path, where, what }) => [path, where, what])).toEqual([
      [CONF, 'fat', 'relocated'],
      ['empty.cfg', 'fat', 'relocated'],
      ['boot/efiboot.img', 'iso', 'boot image relocated'],
    ]);
    expect(used).toBeLessThanOrEqual(total);
    expect(edited.view.readUInt16LE(ENTRY + 6)).toBe(Math.min(image.length / 512, 0xffff));
    expect(volumeSizes(edited.view)).toEqual([edited.view.length, edited.view.length]);
    expect(edited.view.length % 65536).toBe(0);
    expect(own(edited)).toBeLessThan(250_000);
    // Two readers: the pages behind `view`, and the segments painted one by one.
    const iso = isoWith(fat);
    const painted = edited.segments.map((segment) =>
      'bytes' in segment ? segment.bytes : iso.subarray(segment.offset, segment.offset + segment.length),
    );
    expect(Buffer.concat(painted).equals(edited.view)).toBe(true);
  });
});

describe.runIf(hasFatTools)('a full FAT12 that has to become FAT16', () => {
  it('is encoded anew, away from the count that tools dispute', async () => {
    const fat = makeFat({ type: 12, kib: 2050, clusterSectors: 1, files: FILES, leaveFree: 0 });
    const { image, total } = await proven(fat, { [CONF]: Buffer.alloc(20_000, 'n') });
    expect(total).toBe(4085 + 17);
    expect(image.toString('latin1', 54, 62)).toBe('FAT16   ');
    expect(fatCopies(image)[0]!.readUInt16LE(0)).toBe(0xff00 | image[21]!);
  });

  it('stays FAT12 where that is enough', async () => {
    const fat = makeFat({ type: 12, kib: 1440, clusterSectors: 1, files: FILES, leaveFree: 0 });
    const { image } = await proven(fat, { [CONF]: Buffer.alloc(20_000, 'n') });
    expect(image.toString('latin1', 54, 62)).toBe('FAT12   ');
  });
});

describe.runIf(hasFatTools)('a boot image that moves', () => {
  const full = () => isoWith(makeFat({ type: 16, kib: 4600, clusterSectors: 2, files: FILES, leaveFree: 0 }));
  const fat = [{ entry: 0, replace: [{ path: CONF, bytes: Buffer.alloc(9000, 'n') }] }];

  it('takes along bytes that were put into places made for them', async () => {
    const iso = full();
    const offset = iso.indexOf('EEEE');
    const edited = await edit(iso, { fat, patches: [{ offset, bytes: text('kernel arguments') }] });
    expect(edited.view.toString('latin1', offset, offset + 17)).toBe('kernel argumentsE');
    const { files } = readFat(bootImage(edited));
    expect(files['EFI/BOOT/BOOTX64.EFI']?.toString('latin1')).toBe(`kernel arguments${'E'.repeat(5000 - 16)}`);
    expect(files[CONF]?.length).toBe(9000);
  });

  it('does not lose a place in one of its files that changes', async () => {
    const iso = full();
    const patches = [{ offset: iso.indexOf('title Linux'), bytes: text('TITLE') }];
    await expect(edit(iso, { fat, patches })).rejects.toMatchObject({
      code: 'E_IMAGE_EDIT',
      message: expect.stringContaining(`${CONF} cannot be changed`) as string,
    });
  });

  it('is followed by every entry of the catalogue that leads to it, and by no other', async () => {
    const iso = full();
    const catalog = iso.subarray(20 * SECTOR);
    catalog.copy(catalog, 96, 32, 64);
    catalog.set([0x90, 0xef, 1, 0], 64);
    catalog.copy(catalog, 160, 32, 64);
    catalog.set([0x91, 0xef, 1, 0], 128);
    catalog.writeUInt32LE(22, 160 + 8);
    const { view } = await edit(iso, { fat });
    const places = [32, 96, 160].map((at) => view.readUInt32LE(20 * SECTOR + at + 8));
    expect(places[1]).toBe(places[0]);
    expect(places[0]).not.toBe(iso.readUInt32LE(ENTRY + 8));
    expect(places[2]).toBe(22);
  });
});

describe.runIf(hasFatTools)('a full FAT16', () => {
  it('that would have to become FAT32 is refused', async () => {
    const fat = makeFat({ type: 16, kib: 32_700, clusterSectors: 1, files: FILES, leaveFree: 0 });
    await expect(proven(fat, { [CONF]: Buffer.alloc(900_000, 'n') })).rejects.toMatchObject({
      code: 'E_IMAGE_EDIT',
      message: expect.stringContaining('would have to become FAT32') as string,
    });
  });
});

describe.runIf(hasFatTools)('a boot image behind the volume', () => {
  const appended = (count: number) => {
    const fat = makeFat({ type: 16, kib: 4600, clusterSectors: 2, files: FILES, leaveFree: 0 });
    const iso = buildIso({
      files: [{ path: 'zzz', bytes: text('z') }],
      boot: { platform: 0xef, entries: [{ path: 'zzz', platform: 0xef, count }] },
    });
    iso.writeUInt32LE(iso.length / SECTOR, ENTRY + 8);
    return { iso: Buffer.concat([iso, fat]), fat };
  };

  it.each([0, 1, 4, 65535])('has its true size whatever its load count says (%d), and is found by the catalogue alone', async (count) => {
    const { iso, fat } = appended(count);
    const edited = await edit(iso, { fat: [{ entry: 0, replace: [{ path: CONF, bytes: Buffer.alloc(9000, 'n') }] }] });
    const moved = edited.receipt.find(({ what }) => what === 'boot image relocated');
    expect(moved).toMatchObject({ path: 'boot image 1' });
    // The last sectors of the image are no whole cluster, and of no use.
    expect(fat.length - (moved?.before ?? 0)).toBeLessThan(16 * 1024);
    const at = edited.view.readUInt32LE(ENTRY + 8) * SECTOR;
    expect([at, edited.view.readUInt16LE(ENTRY + 6)]).toEqual([moved?.offset, Math.ceil((moved?.after ?? 0) / 512)]);
    const seen = readFat(edited.view.subarray(at, at + (moved?.after ?? 0)));
    expect(seen.files[CONF]?.toString('latin1')).toBe('n'.repeat(9000));
  });

  it('is inside the volume once something in it changed', async () => {
    const { iso } = appended(0);
    const { view } = await edit(iso, { fat: [{ entry: 0, replace: [{ path: CONF, bytes: text('short') }] }] });
    expect(volumeSizes(view)).toEqual([view.length]);
    expect(view.length).toBeGreaterThanOrEqual(iso.length + 64 * 1024);
  });
});

describe.runIf(hasFatTools)('what must not be edited', () => {
  const fat = () => makeFat({ type: 12, kib: 1440, clusterSectors: 1, files: FILES });
  const edits = { fat: [{ entry: 0, replace: [{ path: CONF, bytes: text('new') }] }] };

  it('an emulated floppy is left as it is, with a note', async () => {
    const iso = isoWith(fat());
    iso[ENTRY + 1] = 2;
    const { view, notes } = await edit(iso, edits);
    expect(view.equals(iso)).toBe(true);
    expect(notes).toEqual(['The files in boot/efiboot.img are as the ISO has them: it has no FAT file system that could be edited.']);
  });

  it('a damaged file system is left as it is, with a note', async () => {
    const image = fat();
    const volumeStart = image.indexOf('EFI        \x10', 0, 'latin1');
    image.writeUInt16LE(0xfff0, volumeStart + 26);
    const { notes } = await edit(isoWith(image), edits);
    expect(notes).toEqual(['The files in boot/efiboot.img are as the ISO has them: its folders are damaged.']);
  });

  it('a file system that claims the bytes behind it is left as it is, with a note', async () => {
    const image = fat();
    image.writeUInt16LE(2881, 19);
    const { notes, view } = await edit(isoWith(image), edits);
    expect(notes[0]).toMatch(/it says it has 1475072 bytes, and zzz lies within them/);
    expect(view.equals(isoWith(image))).toBe(true);
  });

  it('a boot image is replaced whole or in its files, not both', async () => {
    const replace = [{ path: 'boot/efiboot.img', bytes: fat() }];
    await expect(edit(isoWith(fat()), { ...edits, replace })).rejects.toMatchObject({
      code: 'E_IMAGE_EDIT',
      message: expect.stringContaining('boot/efiboot.img is a boot image, and files inside it are changed') as string,
    });
  });

  it.each([
    ['nowhere.cfg', 'nowhere.cfg is not in the boot image.'],
    ['loader', 'loader is a folder of the boot image; only files can be replaced.'],
  ])('the path %s', async (path, message) => {
    const replace = [{ path, bytes: text('x') }];
    await expect(edit(isoWith(fat()), { fat: [{ entry: 0, replace }] })).rejects.toMatchObject({ code: 'E_IMAGE_EDIT', message });
  });

  it('an entry that is not there', async () => {
    await expect(edit(isoWith(fat()), { fat: [{ entry: 7, replace: [] }] })).rejects.toMatchObject({ code: 'E_IMAGE_EDIT' });
  });
});

describe.runIf(hasFatTools)('boot configurations', () => {
  it('are found in boot images too, by the entry of the catalogue', async () => {
    const source = memorySource(isoWith(makeFat({ type: 16, kib: 4600, clusterSectors: 2, files: FILES })));
    const { configs } = await findBootConfigs(source, await openIso(source));
    expect(configs).toEqual([
      { path: 'EFI/BOOT/grub.cfg', kind: 'grub', fat: 0 },
      { path: CONF, kind: 'systemd-boot', fat: 0 },
    ]);
  });
});

describe.runIf(hasFatTools)('any edits of any files', () => {
  const shapes = fc.constantFrom<Omit<FatOptions, 'files'>>(
    { type: 12, kib: 360, clusterSectors: 1 },
    { type: 12, kib: 2060, clusterSectors: 1, leaveFree: 3 },
    { type: 12, kib: 1440, clusterSectors: 4, leaveFree: 0 },
    { type: 16, kib: 4600, clusterSectors: 2, leaveFree: 2 },
  );
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,20}\.(?:cfg|conf|efi)$/), { minLength: 2, maxLength: 8 });
  const lengths = fc.array(fc.oneof(fc.nat(4000), fc.constantFrom(0, 511, 512, 513, 40_000)), { minLength: 16, maxLength: 16 });

  it('leave a sound file system, equal FATs, and every other file as it was', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, names, lengths, fc.nat(4), async (shape, paths, sizes, count) => {
        const files = Object.fromEntries(
          paths.map((name, index) => [`${['', 'a/', 'a/b c/'][index % 3] ?? ''}${name}`, Buffer.alloc(sizes[index]!, 97 + index)]),
        );
        const changed = Object.keys(files).slice(0, count + 1);
        const edits = Object.fromEntries(changed.map((path, index) => [path, Buffer.alloc(sizes[8 + index]!, 65 + index)]));
        await proven(makeFat({ ...shape, files }), edits);
      }),
      { numRuns: 12 },
    );
  });
});
