import { both32, placeFields, refused, sectors, type EditedImage, type EditReceipt } from '../iso9660/edited-image.ts';
import { findEntry, type LocatedEntry, type ScannedTree } from '../iso9660/scan.ts';
import { SECTOR } from '../iso9660/records.ts';
import type { Extent } from '../source/overlay.ts';

/** One file as every tree has it. */
export interface Target {
  readonly path: string;
  readonly entries: readonly LocatedEntry[];
}

/**
 * The file of a path in every tree, by path first. Plain names may be cut short, so a tree without the path is asked for
 * the file's extent; never for an empty file, whose record names the extent of some other file (genisoimage, xorriso).
 */
export function findTarget(
  trees: readonly ScannedTree[],
  path: string,
  whenFolder = `${path} is a folder of the ISO; only files can be replaced.`,
): Target | undefined {
  const sorted = trees.toSorted((a, b) => rank(a) - rank(b));
  const first = sorted.find((tree) => findEntry(tree, path) !== undefined);
  const entry = first && findEntry(first, path);
  if (!first || !entry) return undefined;
  if (entry.directory) throw refused(whenFolder);
  const others = sorted.filter((tree) => tree !== first).map((tree) => counterpart(tree, first, entry));
  return { path: entry.path, entries: [entry, ...others.filter((other) => other !== undefined)] };
}

/** Trees with the true names first. */
function rank(tree: ScannedTree): number {
  if (tree.skip !== undefined) return 0;
  return tree.flavour === 'plain' ? 2 : 1;
}

function counterpart(tree: ScannedTree, first: ScannedTree, entry: LocatedEntry): LocatedEntry | undefined {
  const found = findEntry(tree, entry.path);
  const samePath = found?.directory === false ? found : undefined;
  const isEmpty = sizeOf(entry) === 0;
  if (samePath && (isEmpty || sameStart(samePath, entry))) return samePath;
  const hasOwnName = (other: LocatedEntry) => {
    const inFirst = findEntry(first, other.path);
    return inFirst !== undefined && inFirst !== entry;
  };
  const sameExtent = tree.entries.filter((other) => !other.directory && sizeOf(other) > 0 && sameStart(other, entry) && !hasOwnName(other));
  if (isEmpty || sameExtent.length > 1) {
    throw refused(`${entry.path} has a shortened name in another tree of the ISO, and more than one file there could be it.`);
  }
  return sameExtent[0] ?? samePath;
}

function sameStart(a: LocatedEntry, b: LocatedEntry): boolean {
  return a.extent.offset === b.extent.offset && sizeOf(a) === sizeOf(b);
}

function sizeOf(entry: LocatedEntry): number {
  return entry.records.reduce((sum, { extent }) => sum + extent.length, 0);
}

/** Puts other bytes into a file: in its own sectors where they fit and belong to it alone, else in the tail. */
export async function replaceFile(image: EditedImage, target: Target, bytes: Uint8Array): Promise<EditReceipt> {
  refuseOdd(target);
  const [entry] = target.entries;
  const before = entry ? sizeOf(entry) : 0;
  const places = [...new Map(target.entries.map(({ extent }) => [extent.offset, extent])).values()];
  const after = bytes.length;
  const stays = places.every((place) => fits(place, after, image.size) && !isShared(image.trees, target, place));
  if (stays)
    return { path: target.path, where: 'iso', what: 'in place', offset: await rewrite(image, target, places, bytes), before, after };
  refuseBootImage(image, target, places, before);
  return { path: target.path, where: 'iso', what: 'relocated', offset: await relocate(image, target, bytes), before, after };
}

function refuseOdd(target: Target): void {
  for (const { odd, records } of target.entries) {
    if (records.length > 1) {
      const size = records.reduce((sum, { extent }) => sum + extent.length, 0);
      throw refused(`${target.path} (${size} bytes) is stored in ${records.length} pieces; such a file cannot be replaced.`);
    }
    if (odd) throw refused(`${target.path} is stored ${odd} in the ISO; such a file cannot be replaced.`);
  }
}

/** Boot images carry their own sector inside (boot-info-table, GRUB), and the catalogue names it. */
function refuseBootImage(image: EditedImage, target: Target, places: readonly Extent[], before: number): void {
  if (before === 0 || !image.boot.some((boot) => places.some((place) => place.offset === boot.offset))) return;
  throw refused(`${target.path} is a boot image of ${before} bytes; it cannot grow or move.`);
}

function fits(place: Extent, length: number, sourceSize: number): boolean {
  return sectors(length) <= sectors(place.length) && place.offset + place.length <= sourceSize;
}

/** Hard links and files that the writer found equal share an extent: an edit in place would change them all. */
function isShared(trees: readonly ScannedTree[], target: Target, place: Extent): boolean {
  const own = new Set(target.entries);
  return trees.some(
    (tree) =>
      overlaps(tree.root, place) ||
      tree.entries.some((entry) => !own.has(entry) && entry.records.some(({ extent }) => overlaps(extent, place))),
  );
}

function overlaps(a: Extent, b: Extent): boolean {
  if (a.length === 0 || b.length === 0) return false;
  return a.offset < b.offset + sectors(b.length) * SECTOR && b.offset < a.offset + sectors(a.length) * SECTOR;
}

async function rewrite(image: EditedImage, target: Target, places: readonly Extent[], bytes: Uint8Array): Promise<number> {
  for (const place of places) {
    const room = Buffer.alloc(sectors(place.length) * SECTOR);
    room.set(bytes);
    await image.pages.write(place.offset, room);
  }
  for (const { at } of recordsOf(target)) await image.pages.write(at + 10, both32(bytes.length));
  return places[0]?.offset ?? 0;
}

async function relocate(image: EditedImage, target: Target, bytes: Uint8Array): Promise<number> {
  const offset = await image.tail.place(bytes);
  for (const { at, base } of recordsOf(target)) await image.pages.write(at + 1, placeFields(offset - base, bytes.length));
  return offset;
}

function recordsOf(target: Target): { at: number; base: number }[] {
  return target.entries.flatMap(({ base, records }) => records.map(({ at }) => ({ at, base })));
}
