import type { ByteSource } from './byte-source.ts';
import { findTarget, replaceFile, type Target } from './edit-file.ts';
import { both32, openTail, refused, sectors, type EditedImage, type EditReceipt } from './edit-image.ts';
import { checkName } from './edit-names.ts';
import { openPages, type Pages } from './edit-pages.ts';
import { addToRoot, type Added } from './edit-root.ts';
import { partsOf, readDescriptors, scanTrees, volumes, type Descriptor, type EditTree } from './edit-scan.ts';
import { readBootCatalog } from './el-torito.ts';
import { openIso } from './iso9660.ts';
import { SECTOR } from './iso-records.ts';
import type { Segment } from './overlay.ts';

export type { EditReceipt } from './edit-image.ts';

/** What to change in the tree of an ISO. Paths have slashes; the last edit of a file counts. */
export interface TreeEdits {
  /** Files that exist. */
  readonly replace: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  /** Files for the root; one that exists is replaced. */
  readonly inject: readonly Added[];
}

export interface TreePlan {
  readonly segments: Segment[];
  readonly receipt: EditReceipt[];
}

/**
 * GRUB for BIOS reads in aligned units of 32 KiB; one that sticks out past the end of the medium fails in the BIOS, and
 * GRUB goes on with stale memory and no error. So the image ends in at least one unit of zeros, aligned to two.
 */
const END_UNIT = 64 * 1024;

/**
 * Plans other bytes for files of an ISO9660 image, in every tree it has. Pure: the same source and edits give the same
 * segments, dates come from the files that are there. Offsets and sizes in bytes.
 * E_IMAGE_INVALID when it is no whole ISO, E_IMAGE_EDIT with the file when one cannot be changed; the source's own errors pass through.
 */
export async function editTree(source: ByteSource, edits: TreeEdits, signal?: AbortSignal): Promise<TreePlan> {
  const volume = await openIso(source, signal);
  const boot = await readBootCatalog(source, volume, signal);
  const pages = openPages(source, signal);
  const descriptors = await readDescriptors(pages);
  const start = Math.max(sectors(source.size) * SECTOR, volume.volumeBytes);
  const image = { size: source.size, pages, trees: await treesOf(source, pages, descriptors), tail: openTail(pages, start), boot };
  const receipt = await apply(image, resolve(image.trees, edits));

  // An appended boot image with a load count of 0 lies behind the volume: edk2 gives it what is left of the volume, nothing.
  const bootsBehindEnd = receipt.length > 0 && boot.some((entry) => entry.offset >= volume.volumeBytes);
  if (!bootsBehindEnd && receipt.every(({ what }) => what === 'in place')) return { segments: pages.freeze(source.size), receipt };
  const size = Math.ceil((image.tail.end() + END_UNIT) / END_UNIT) * END_UNIT;
  await writeVolumeSize(pages, descriptors, size);
  return { segments: pages.freeze(size), receipt };
}

/** A source never changes its bytes, and its trees take longest: one scan serves all hosts. */
const scanned = new WeakMap<ByteSource, readonly EditTree[]>();

async function treesOf(source: ByteSource, pages: Pages, descriptors: readonly Descriptor[]): Promise<readonly EditTree[]> {
  const known = scanned.get(source);
  if (known) return known;
  const trees = await scanTrees(pages, descriptors);
  scanned.set(source, trees);
  return trees;
}

interface Resolved {
  readonly replaced: { target: Target; bytes: Uint8Array }[];
  readonly added: Added[];
}

function resolve(trees: readonly EditTree[], edits: TreeEdits): Resolved {
  const replaced = new Map<unknown, { target: Target; bytes: Uint8Array }>();
  const added = new Map<string, Added>();
  for (const { path, bytes } of edits.replace) {
    const target = findTarget(trees, path);
    if (!target) throw refused(`${partsOf(path).join('/')} is not in the ISO.`);
    replaced.set(target.nodes[0], { target, bytes });
  }
  for (const { name, bytes } of edits.inject) {
    checkName(name);
    const target = findTarget(trees, name);
    if (target) replaced.set(target.nodes[0], { target, bytes });
    else added.set(name.toLowerCase(), { name, bytes });
  }
  return { replaced: [...replaced.values()], added: [...added.values()] };
}

/** Replaced files first: their records lie where they were read until the root is written anew. */
async function apply(image: EditedImage, { replaced, added }: Resolved): Promise<EditReceipt[]> {
  const receipt: EditReceipt[] = [];
  for (const { target, bytes } of replaced) receipt.push(await replaceFile(image, target, bytes));
  if (added.length > 0) receipt.push(...(await addToRoot(image, added)));
  return receipt;
}

/** Left as it was, libarchive refuses files behind it and edk2 cuts boot images with a load count of 0 or 1. */
async function writeVolumeSize(pages: Pages, descriptors: readonly Descriptor[], size: number): Promise<void> {
  for (const { at } of volumes(descriptors)) await pages.write(at + 80, both32(size / SECTOR));
}
