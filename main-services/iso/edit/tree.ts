import type { ByteSource } from '../source/byte-source.ts';
import { editBootImage, planBootImages, replacedExtents, type BootImageEdit } from './boot-image.ts';
import { diskOf, followed, growthOf, moveFollowers, type Disk } from './disk.ts';
import { findTarget, replaceFile, type Target } from './file.ts';
import {
  both32,
  openTail,
  refused,
  sectors,
  type Added,
  type EditedImage,
  type EditReceipt,
  type ImageEdits,
} from '../iso9660/edited-image.ts';
import { checkName, keepsName } from '../iso9660/record-names.ts';
import { paddingOf } from './padding.ts';
import { copyOnWrite, type Pages } from '../source/copy-on-write.ts';
import { refuseOverlap, writePatches } from './patches.ts';
import { addToRoot } from './root.ts';
import { volumeDescriptors, type Descriptor } from '../iso9660/descriptors.ts';
import { partsOf, scanTrees, type ScannedTree } from '../iso9660/scan.ts';
import { readVolumes } from './volumes.ts';
import { readBootCatalog } from '../iso9660/el-torito.ts';
import { openBootImageFat } from '../fat/boot-images.ts';
import { isPartition, readTables, writeTables, type Growth, type Move } from '../gpt/partition-tables.ts';
import { openIso } from '../iso9660/volume.ts';
import { SECTOR, type ReadAt } from '../iso9660/records.ts';
import { NARROW_MEDIUM } from '../bootconfig/loader-limits.ts';
import type { Extent, Patch, Segment } from '../source/overlay.ts';
import { memoizePerSource } from '../source/memoize-per-source.ts';
import { addToUdf, finishUdf, type UdfChange } from '../udf/udf-edit.ts';

export interface ImagePlan {
  readonly segments: Segment[];
  readonly receipt: EditReceipt[];
  /** What to know about the view, in sentences for people. */
  readonly notes: string[];
}

/**
 * GRUB for BIOS reads in aligned units of 32 KiB; one that sticks out past the end of the medium fails in the BIOS, and
 * GRUB goes on with stale memory and no error. So the image ends in at least one unit of zeros, aligned to two.
 */
const END_UNIT = 64 * 1024;

/**
 * Plans other bytes for files of an ISO image, in every tree it has and in the file systems of its boot images. Pure: the same
 * source and edits give the same segments, dates come from the files that are there. Offsets and sizes in bytes.
 * E_IMAGE_INVALID when it is no whole ISO, E_IMAGE_EDIT with the file when one cannot be changed; the source's own errors pass through.
 */
export async function editTree(source: ByteSource, edits: ImageEdits, signal?: AbortSignal): Promise<ImagePlan> {
  const layout = await layoutOf(source, signal);
  const opened = await openImage(source, layout, edits, signal);
  const { image, start, room } = opened;
  const applied = await apply(source, image, edits, signal);
  const { receipt, notes, moves } = applied;
  if (receipt.length > 0) notes.push(...layout.foreign.map(foreignVolume));
  const added = image.tail.end();
  if (image.behind !== image.tail && added > start + room) throw new Error(`added files end at ${added}, which is too far`);
  const staysAsLong = added === start && moves.length === 0 && !(receipt.length > 0 && hasBootImageBehindVolume(layout));
  return staysAsLong ? { segments: image.pages.freeze(source.size), receipt, notes } : extend(layout, opened, applied);
}

interface OpenedImage {
  readonly image: EditedImage;
  readonly disk: Disk | undefined;
  /** Where the tail starts, and the bytes that added files take at most. */
  readonly start: number;
  readonly room: number;
}

async function openImage(source: ByteSource, layout: Layout, edits: ImageEdits, signal?: AbortSignal): Promise<OpenedImage> {
  const { volume, boot, trees, tables } = layout;
  const pages = copyOnWrite(source, signal);
  const start = Math.max(sectors(source.size) * SECTOR, volume.volumeBytes);
  const room = roomFor(trees, edits);
  const disk = edits.presentsAs === 'disk' ? diskOf(tables, new Set([0, ...trees.map(({ base }) => base)]), source.size) : undefined;
  const padding = { ...layout, source, pages, volumeBytes: volume.volumeBytes };
  const tail = openTail(pages, start, isTight(source.size, start + room, edits) ? await paddingOf(padding, END_UNIT) : undefined);
  // Partitions that follow the volume’s own come behind everything that this one gets.
  const behind = disk && disk.behind.length > 0 ? openTail(pages, start + room) : tail;
  return { image: { size: source.size, pages, trees, tail, behind, boot }, disk, start, room };
}

/** An appended boot image with a load count of 0 is behind the volume: edk2 gives it what is left of the volume, nothing. */
function hasBootImageBehindVolume({ boot, volume }: Layout): boolean {
  return boot.some((entry) => entry.offset >= volume.volumeBytes);
}

/** Makes everything that says how long the image is agree with the new end. */
async function extend({ descriptors, tables }: Layout, opened: OpenedImage, { receipt, notes, moves, udf }: Applied): Promise<ImagePlan> {
  const { image, disk, start } = opened;
  const added = image.tail.end();
  const grows = added > start;
  const followers = disk && grows ? await moveFollowers(image, disk, moves) : [];
  const end = moves.length + followers.length > 0 ? Math.max(added, image.behind.end()) : added;
  const size = Math.ceil((end + END_UNIT) / END_UNIT) * END_UNIT;
  const grown = disk && grows ? growthOf(disk, added, size) : [];
  await writeVolumeSize(image.pages, descriptors, size, grows ? grown : undefined);
  if (udf) await finishUdf(image, udf, size);
  if (disk) await writeTables(image.pages, tables, { moves: [...moves, ...followers], grown, size });
  else if (moves.some(({ from }) => isPartition(tables, from))) notes.push(OLD_PARTITION);
  return { segments: image.pages.freeze(size), receipt: followed(receipt, followers), notes };
}

/** Whether a tail would push an image over 4 GiB, where a 32-bit iPXE can read it no more. A UDF tree has a tail of its own at the end. */
function isTight(size: number, end: number, edits: ImageEdits): boolean {
  return size < NARROW_MEDIUM && end + 2 * END_UNIT >= NARROW_MEDIUM && !edits.udf;
}

/** Bytes that the added and grown files take at most, and the folders that list them. */
function roomFor(trees: readonly ScannedTree[], { replace, inject, udf }: ImageEdits): number {
  const files = [...replace, ...inject, ...(udf?.inject ?? [])].reduce((sum, { bytes }) => sum + sectors(bytes.length) * SECTOR, 0);
  const folders = trees.reduce((sum, { root }) => sum + 2 * root.length + SECTOR * (1 + inject.length), 0);
  return Math.ceil((files + folders) / MEBIBYTE + 1) * MEBIBYTE;
}

const MEBIBYTE = 1024 * 1024;

function foreignVolume(name: string): string {
  return `A partition holds an ISO 9660 volume of its own, “${name}”, which is as the ISO has it.`;
}

/** What belongs to the image, not to a host: a source never changes its bytes, so one look serves all. */
const layoutOf = memoizePerSource(async (source, signal) => {
  const pages = copyOnWrite(source, signal);
  const volume = await openIso(source, signal);
  const boot = await readBootCatalog(source, volume, signal);
  const tables = await readTables(pages);
  const read: ReadAt = (offset, length) => pages.read(offset, length);
  const { descriptors, foreign } = await readVolumes(read, tables, source.size);
  return { volume, boot, descriptors, foreign, tables, trees: await scanTrees(read, descriptors, source.size) };
});

type Layout = Awaited<ReturnType<typeof layoutOf>>;

/** Reads now what the first plan would have to wait for; every plan after it takes a few milliseconds. */
export async function prepareEdits(source: ByteSource, signal?: AbortSignal): Promise<void> {
  const { boot } = await layoutOf(source, signal);
  for (const entry of boot) await openBootImageFat(source, entry, signal);
}

interface Applied {
  readonly receipt: EditReceipt[];
  readonly notes: string[];
  readonly moves: Move[];
  readonly udf: UdfChange | undefined;
}

/** Replaced files before the root: their records lie where they were read until it is written anew. */
async function apply(source: ByteSource, image: EditedImage, edits: ImageEdits, signal?: AbortSignal): Promise<Applied> {
  const { replaced, added } = resolve(image.trees, edits);
  const boots = await planBootImages(source, image, edits.fat ?? [], signal);
  refuseBoth(replaced, boots.edits);
  const patches = edits.patches ?? [];
  const notes = [...boots.notes];
  const moves: Move[] = [];
  const receipt = await writePatches(image.pages, image.trees, patches, image.size);

  for (const { target, bytes } of replaced) {
    refuseOverlap(patches, target.path, extentsOf(target));
    receipt.push(await checkNoOverlap(image, patches, target.path, () => replaceFile(image, target, bytes)));
  }
  for (const edit of boots.edits) {
    for (const { path, extent } of replacedExtents(edit)) refuseOverlap(patches, path, [extent]);
    const change = await checkNoOverlap(image, patches, edit.name, () => editBootImage(image, edit));
    receipt.push(...change.receipt);
    if (change.move) moves.push(change.move);
  }
  if (added.length > 0) receipt.push(...(await checkNoOverlap(image, patches, 'The root folder', () => addToRoot(image, added))));
  notes.push(...renamedFiles(image.trees, added));
  if (receipt.some(({ where, what }) => where === 'iso' && what === 'root relocated')) notes.push(MOVED_ROOT);
  const inject = edits.udf?.inject ?? [];
  const udf = inject.length > 0 ? await checkNoOverlap(image, patches, 'The UDF tree', () => addToUdf(image, inject)) : undefined;
  receipt.push(...(udf?.receipt ?? []));
  return { receipt, notes, moves, udf };
}

const MOVED_ROOT = 'bsdtar shows no folders of this view, because its root folder moved; machines and other programs read it as before.';

/** Without Rock Ridge and Joliet a name may not be kept, and an installer looks for just that name. */
function renamedFiles(trees: readonly ScannedTree[], added: readonly Added[]): string[] {
  const renamed = added.filter(({ name }) => !trees.some((tree) => keepsName(tree, name))).map(({ name }) => `“${name}”`);
  if (renamed.length === 0) return [];
  return [`The ISO supports plain names only, so ${renamed.join(', ')} have other names in it: letters, digits and _ only.`];
}

/** Edits under a name; refused when they write over a patch. */
async function checkNoOverlap<T>({ pages }: EditedImage, patches: readonly Patch[], path: string, change: () => Promise<T>): Promise<T> {
  const before = pages.written.length;
  const result = await change();
  refuseOverlap(patches, path, pages.written.slice(before));
  return result;
}

interface Replacement {
  readonly target: Target;
  readonly bytes: Uint8Array;
}

function resolve(trees: readonly ScannedTree[], edits: ImageEdits): { replaced: Replacement[]; added: Added[] } {
  const replaced = new Map<unknown, Replacement>();
  const added = new Map<string, Added>();
  for (const { path, bytes } of edits.replace) {
    const target = findTarget(trees, path);
    if (!target) throw refused(`${partsOf(path).join('/')} is not in the ISO.`);
    replaced.set(target.entries[0], { target, bytes });
  }
  for (const { name, bytes } of edits.inject) {
    checkName(name);
    const target = findTarget(trees, name, `“${name}” cannot be added to the ISO’s root: a folder there has that name.`);
    if (target) replaced.set(target.entries[0], { target, bytes });
    else added.set(name.toLowerCase(), { name, bytes });
  }
  return { replaced: [...replaced.values()], added: [...added.values()] };
}

function extentsOf({ entries }: Target): Extent[] {
  return entries.flatMap(({ records }) => records.map(({ extent }) => extent));
}

/** A boot image is replaced whole, or files in it are. */
function refuseBoth(replaced: readonly Replacement[], boots: readonly BootImageEdit[]): void {
  for (const { target } of replaced) {
    const both = boots.find(({ place }) => extentsOf(target).some(({ offset, length }) => length > 0 && offset === place.offset));
    if (both) throw refused(`${target.path} is a boot image, and files inside it are changed; it cannot be replaced as well.`);
  }
}

/**
 * Left as it was, libarchive refuses files behind it and edk2 cuts boot images with a load count of 0 or 1. The volume of a partition
 * reaches as far as that; `grown` is undefined where no file was added.
 */
async function writeVolumeSize(
  pages: Pages,
  descriptors: readonly Descriptor[],
  size: number,
  grown: readonly Growth[] | undefined,
): Promise<void> {
  for (const { at, base } of volumeDescriptors(descriptors)) {
    if (base > 0 && !grown) continue;
    const end = base > 0 ? (grown?.find(({ start }) => start === base)?.end ?? size) : size;
    await pages.write(at + 80, both32((end - base) / SECTOR));
  }
}

const OLD_PARTITION =
  'The boot image had to move. A machine that takes the medium for a USB disk instead of a CD boots the old one, without these arguments.';
