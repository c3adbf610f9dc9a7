import { rmSync } from 'node:fs';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageIndex } from '../../../contract/inventory.ts';
import { indexIso } from '../../../main-services/iso/inspect/image-index.ts';
import { openIsoFile } from '../../../main-services/iso/files/iso-file.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { overlay, type Segment } from '../../../main-services/iso/source/overlay.ts';
import { planOverlay, type OverlayInputs, type OverlayPlan } from '../../../main-services/iso/planner.ts';
import { TINKERBELL_PLACEHOLDER } from '../../../main-services/iso/tinkerbell/placeholder.ts';
import { buildIso, SECTOR } from '../../unit/iso/build-iso.ts';
import { descriptors, tree, volumeSizes } from '../../unit/iso/edit-view.ts';
import { hasFatTools, makeFat, readFat, work, type FatOptions } from '../../unit/iso/fat-tools.ts';

/** Views as machines get them: arguments, line, files and areas at once, in both kinds of trees and in the FAT of a boot image. */
const UNIT = 64 * 1024;
const EFI = 'images/efiboot.img';
const GRUB = "menuentry 'Install' {\n  linux /vmlinuz quiet\n  initrd /initrd\n}\n";
const ISOLINUX = 'default linux\nlabel linux\n  kernel vmlinuz\n  append initrd=initrd.img quiet\n';
const ENTRY = 'title Linux\nlinux /vmlinuz\noptions quiet\n';
const PLACE = `linux /vmlinuz ${TINKERBELL_PLACEHOLDER} tail\n`;
const KARGS = { default: 'mitigations=auto', size: 1139, files: [{ path: 'images/kargs.bin', offset: 7 }] };

type FatShape = 'roomy' | 'full FAT12' | 'FAT12 that becomes FAT16' | 'full FAT16';
const SHAPES: Record<FatShape, Omit<FatOptions, 'files'>> = {
  roomy: { type: 12, kib: 1440, clusterSectors: 1 },
  'full FAT12': { type: 12, kib: 1440, clusterSectors: 4, leaveFree: 0 },
  'FAT12 that becomes FAT16': { type: 12, kib: 2050, clusterSectors: 1, leaveFree: 0 },
  'full FAT16': { type: 16, kib: 4600, clusterSectors: 2, leaveFree: 1 },
};

interface Medium {
  readonly rockRidge: boolean;
  readonly joliet: boolean;
  readonly fat: FatShape | 'none';
  readonly holds: 'nothing' | 'placeholder' | 'areas';
  readonly behind: number;
  readonly others: readonly string[];
}

const media: fc.Arbitrary<Medium> = fc.record({
  rockRidge: fc.boolean(),
  joliet: fc.boolean(),
  fat: fc.constantFrom<Medium['fat'][]>('none', 'roomy', 'full FAT12', 'FAT12 that becomes FAT16', 'full FAT16'),
  holds: fc.constantFrom<Medium['holds'][]>('nothing', 'placeholder', 'areas'),
  behind: fc.nat(9000),
  others: fc.uniqueArray(fc.stringMatching(/^[a-z]{2,10}$/), { maxLength: 18 }),
});

const given: fc.Arbitrary<OverlayInputs> = fc.record({
  words: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}=[A-Za-z0-9.:/,]{1,60}$/), { maxLength: 6 }),
  line: fc.option(fc.stringMatching(/^[a-z]{1,8}=[a-z0-9]{0,1500}$/), { nil: undefined }),
  files: fc
    .uniqueArray(fc.stringMatching(/^n[a-zäß€ ._-]{1,24}x$/), { maxLength: 12, selector: (name) => name.toUpperCase() })
    .chain((names) =>
      fc
        .array(fc.oneof(fc.nat(6000), fc.constantFrom(0, 2048, 70_000)), { minLength: names.length, maxLength: names.length })
        .map((sizes) => names.map((name, at) => ({ name, bytes: Buffer.alloc(sizes[at]!, `<${name}>`) }))),
    ),
  ignition: fc.option(fc.stringMatching(/^[a-z{}":,]{0,400}$/), { nil: undefined }),
  unattended: fc.boolean(),
});

const fats = new Map<FatShape, Buffer>();
const fatsWithPlace = new Map<FatShape, Buffer>();

function isoOf({ rockRidge, joliet, fat, holds, behind, others }: Medium): Buffer {
  const grub = holds === 'placeholder' ? PLACE : GRUB;
  const file = (path: string, bytes: string | Uint8Array) => ({ path, bytes: Buffer.from(bytes as string) });
  const image = fat === 'none' ? undefined : (holds === 'placeholder' ? fatsWithPlace : fats).get(fat);
  const files = [
    file('boot/grub/grub.cfg', grub),
    file('isolinux/isolinux.cfg', ISOLINUX),
    ...others.map((name, at) => file(`${['', 'boot/', 'data/'][at % 3]!}${name}`, Buffer.alloc((at * 977) % 5000, 65 + at))),
    ...(holds === 'areas'
      ? [
          { ...file('coreos/kargs.json', JSON.stringify(KARGS)), plain: 'KARGS.JSO' },
          file('images/kargs.bin', `append ${KARGS.default}\n`.padEnd(7 + KARGS.size, '#')),
          file('images/ignition.img', Buffer.alloc(8192)),
        ]
      : []),
    ...(image ? [file(EFI, image)] : []),
  ];
  const boot = image && { boot: { platform: 0xef, entries: [{ path: EFI, platform: 0xef, count: 4 }] } };
  return Buffer.concat([buildIso({ files, rockRidge, joliet, ...boot }), Buffer.alloc(behind, 0xbe)]);
}

interface Made {
  readonly iso: Buffer;
  readonly index: ImageIndex;
  readonly plan: OverlayPlan;
  readonly view: Buffer;
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
}

/** The line goes only to ISOs with its place, Ignition only to those with an area: as the boot room asks. */
async function made(medium: Medium, inputs: OverlayInputs): Promise<Made> {
  const iso = isoOf(medium);
  const source = memorySource(iso, 'e');
  const index = await indexIso(source, { fullScan: true });
  const line = medium.holds === 'placeholder' ? (inputs.line ?? 'a=1') : undefined;
  const own = {
    ...inputs,
    line,
    words: line === undefined ? inputs.words : [],
    ignition: medium.holds === 'areas' ? inputs.ignition : undefined,
  };
  const plan = await planOverlay(source, index, own);
  const view = overlay(source, plan.segments, { etag: 'v' });
  return { iso, index, plan, view: Buffer.from(await view.read(0, view.size)), read: (offset, length) => view.read(offset, length) };
}

/** The second reader: a map of pages, each painted by itself, that knows nothing of ranges. */
function pageMap(iso: Buffer, segments: readonly Segment[]): Map<number, Buffer> {
  const pages = new Map<number, Buffer>();
  let at = 0;
  for (const segment of segments) {
    const bytes = 'bytes' in segment ? segment.bytes : iso.subarray(segment.offset, segment.offset + segment.length);
    for (let done = 0; done < bytes.length;) {
      const number = Math.floor((at + done) / SECTOR);
      const page = pages.get(number) ?? Buffer.alloc(SECTOR, 0xee);
      const inPage = (at + done) % SECTOR;
      const part = bytes.subarray(done, done + SECTOR - inPage);
      page.set(part, inPage);
      pages.set(number, page);
      done += part.length;
    }
    at += bytes.length;
  }
  return pages;
}

function fromPages(pages: ReadonlyMap<number, Buffer>, offset: number, length: number): Buffer {
  const out = Buffer.alloc(length);
  for (let done = 0; done < length;) {
    const page = pages.get(Math.floor((offset + done) / SECTOR))!;
    done += page.copy(out, done, (offset + done) % SECTOR, Math.min(SECTOR, ((offset + done) % SECTOR) + length - done));
  }
  return out;
}

/** Sectors of the base that a plan may touch: descriptors, catalogue, folders, and what the receipt names. */
function allowed({ iso, plan }: Made): Set<number> {
  const sectors = new Set([16, 17, 18, 19, 20]);
  const allow = (offset: number, length: number) => {
    for (let at = Math.floor(offset / SECTOR); at * SECTOR < offset + Math.max(1, length); at += 1) sectors.add(at);
  };
  for (const descriptor of descriptors(iso)) {
    const seen = [...tree(iso, descriptor)];
    allow(iso.readUInt32LE(descriptor.at + 158) * SECTOR, iso.readUInt32LE(descriptor.at + 166));
    for (const [, file] of seen) if (file.directory) allow(file.lba * SECTOR, file.size);
    const efi = seen.find(([name]) => /EFIBOOT/i.test(name))?.[1];
    if (efi && plan.files.some(({ where, what }) => where === 'fat' && what === 'in place')) allow(efi.lba * SECTOR, efi.size);
  }
  for (const { what, where, offset, before, after } of plan.files) {
    if (what === 'in place' || where === 'area') allow(offset, Math.max(before, after));
  }
  return sectors;
}

/** The files of the boot image where the catalogue of the view says it is. */
function bootImageFiles({ view }: Made): Record<string, Buffer> | undefined {
  if (view.readUInt32LE(20 * SECTOR + 40) === 0) return undefined;
  const file = [...tree(view, descriptors(view)[0]!)].find(([name]) => /EFIBOOT/i.test(name))?.[1];
  if (!file) return undefined;
  expect(view.readUInt32LE(20 * SECTOR + 40)).toBe(file.lba);
  return readFat(view.subarray(file.lba * SECTOR, file.lba * SECTOR + file.size)).files;
}

/** A file's own name is the plain name of another. */
const MISTAKABLE: [Medium, OverlayInputs] = [
  { rockRidge: false, joliet: true, fat: 'none', holds: 'nothing', behind: 0, others: [] },
  {
    words: [],
    files: [
      { name: 'n--x', bytes: Buffer.alloc(0) },
      { name: 'n__x', bytes: Buffer.from('<') },
    ],
    unattended: false,
  },
];

/** Plain ISO 9660 names have few characters. */
function hasNames({ rockRidge, joliet }: Medium, name: string): boolean {
  return rockRidge || joliet || /^[a-z]+$/.test(name);
}

describe.runIf(hasFatTools)('any view of any medium', () => {
  beforeAll(() => {
    for (const [shape, how] of Object.entries(SHAPES) as [FatShape, Omit<FatOptions, 'files'>][]) {
      const files = { 'EFI/BOOT/grub.cfg': Buffer.from(GRUB), 'loader/entries/a-long-name.conf': Buffer.from(ENTRY) };
      fats.set(shape, makeFat({ ...how, files: { ...files, 'EFI/BOOT/BOOTX64.EFI': Buffer.alloc(5000, 'E') } }));
      fatsWithPlace.set(shape, makeFat({ ...how, files: { ...files, 'EFI/BOOT/grub.cfg': Buffer.from(PLACE) } }));
    }
  });
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  it('gives the same bytes in any ranges, to two readers, and again from the start', async () => {
    const windows = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 70_000 })), { minLength: 8 });
    await fc.assert(
      fc.asyncProperty(media, given, windows, async (medium, inputs, ranges) => {
        const { iso, plan, view, read } = await made(medium, inputs);
        expect((await made(medium, inputs)).plan).toEqual(plan);
        const pages = pageMap(iso, plan.segments);
        expect(fromPages(pages, 0, view.length).equals(view)).toBe(true);
        const parts: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < view.length; turn += 1) {
          const part = await read(at, ranges[turn % ranges.length]![1]);
          parts.push(part);
          at += part.length;
        }
        expect(Buffer.concat(parts).equals(view)).toBe(true);
        for (const [where, length] of ranges) {
          const offset = Math.floor(where * (view.length - 1));
          const wanted = Math.min(length, view.length - offset);
          expect(Buffer.from(await read(offset, length)).equals(fromPages(pages, offset, wanted))).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it('changes what its receipt names and nothing else, and the bytes lie where the receipt says', async () => {
    await fc.assert(
      fc.asyncProperty(media, given, async (medium, inputs) => {
        const one = await made(medium, inputs);
        const { iso, view, plan, index } = one;
        const touched = allowed(one);
        const changed = Array.from({ length: Math.ceil(iso.length / SECTOR) }, (_, sector) => sector).filter((sector) => {
          const end = Math.min(iso.length, (sector + 1) * SECTOR);
          return !touched.has(sector) && iso.compare(view, sector * SECTOR, end, sector * SECTOR, end) !== 0;
        });
        expect(changed).toEqual([]);

        const inFat = bootImageFiles(one);
        for (const { path, where, what, offset, after } of plan.files) {
          if (where === 'area' || what === 'root relocated' || what === 'boot image relocated') continue;
          const added = inputs.files.find(({ name }) => name === path)?.bytes;
          if (added) expect(view.subarray(offset, offset + after).equals(added)).toBe(true);
          if (added && !hasNames(medium, path)) continue;
          const file =
            where === 'fat' ? inFat![path]! : await openIsoFile(memorySource(view), path).then(({ size, read }) => read(0, size));
          // A file of a FAT begins there; its clusters may lie apart.
          const beginning = where === 'fat' ? Math.min(after, 512) : after;
          expect(file.length).toBe(after);
          expect(view.subarray(offset, offset + beginning).equals(file.subarray(0, beginning))).toBe(true);
        }

        for (const { name, bytes } of inputs.files) {
          if (!hasNames(medium, name)) continue;
          const file = await openIsoFile(memorySource(view), name);
          expect(Buffer.from(await file.read(0, file.size)).equals(bytes)).toBe(true);
        }
        const line = medium.holds === 'placeholder' ? (inputs.line ?? 'a=1') : undefined;
        for (const { path, fat } of index.bootConfigs ?? []) {
          const opened = fat === undefined ? await openIsoFile(memorySource(view), path) : undefined;
          const text = Buffer.from(opened ? await opened.read(0, opened.size) : inFat![path]!).toString('latin1');
          const words = medium.holds === 'nothing' ? inputs.words : [];
          for (const word of words) expect(text).toContain(word);
          if (line !== undefined && path.endsWith('grub.cfg')) expect(text).toMatch(new RegExp(`linux /vmlinuz ${line} +tail`));
          expect(text).not.toContain(TINKERBELL_PLACEHOLDER);
        }

        if (view.length > iso.length) {
          expect(view.length % UNIT).toBe(0);
          expect(view.subarray(-UNIT).every((byte) => byte === 0)).toBe(true);
          expect(volumeSizes(view)).toEqual(descriptors(view).map(() => view.length));
        }
      }),
      { numRuns: 60, examples: [MISTAKABLE] },
    );
  }, 60_000);

  it('leaves the other files of the boot image as they were', async () => {
    for (const fat of Object.keys(SHAPES) as FatShape[]) {
      const medium: Medium = { rockRidge: true, joliet: true, fat, holds: 'nothing', behind: 0, others: [] };
      const one = await made(medium, { words: [`x=${'y'.repeat(1500)}`], files: [], unattended: true });
      const before = readFat(fats.get(fat)!).files;
      const after = bootImageFiles(one)!;
      expect(Object.keys(after).sort()).toEqual(Object.keys(before).sort());
      for (const [path, bytes] of Object.entries(before)) if (!/\.c(?:fg|onf)$/.test(path)) expect(after[path]?.equals(bytes)).toBe(true);
    }
  });
});
