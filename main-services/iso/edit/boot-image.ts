import type { ByteSource } from '../source/byte-source.ts';
import { placeFields, refused, type EditedImage, type EditReceipt, type ImageEdits, type Replaced } from '../iso9660/edited-image.ts';
import type { Pages } from '../source/copy-on-write.ts';
import type { LocatedEntry } from '../iso9660/scan.ts';
import { bootPlaceFields, type BootEntry } from '../iso9660/el-torito.ts';
import { openBootImageFat } from '../fat/boot-images.ts';
import { findFatTargets, missingClusters, writeFiles, type FatPlace, type FatTarget } from '../fat/edit-fat.ts';
import type { FatVolume } from '../fat/fat-volume.ts';
import { fatSize } from '../fat/geometry.ts';
import { grown } from '../fat/grow.ts';
import { inPlace, relocated } from '../fat/relocate.ts';
import { damageOf } from '../fat/sound.ts';
import type { Move } from '../gpt/partition-tables.ts';
import type { Extent } from '../source/overlay.ts';

/** A boot image whose files are to be changed. */
export interface BootImageEdit {
  readonly entry: BootEntry;
  /** As people know it: its path in the ISO, or its place in the catalogue. */
  readonly name: string;
  readonly place: Extent;
  readonly volume: FatVolume;
  readonly targets: readonly FatTarget[];
}

export interface BootImageChange {
  readonly receipt: EditReceipt[];
  readonly move: Move | undefined;
}

/** What is to be done, and notes for boot images that are left alone. */
export async function planBootImages(
  source: ByteSource,
  image: EditedImage,
  wanted: NonNullable<ImageEdits['fat']>,
  signal?: AbortSignal,
): Promise<{ edits: BootImageEdit[]; notes: string[] }> {
  const byPlace = new Map<number, { entry: BootEntry; index: number; replace: Replaced[] }>();
  for (const { entry: index, replace } of wanted) {
    const entry = image.boot[index];
    if (!entry) throw refused(`The ISO has no boot image number ${index + 1}.`);
    const known = byPlace.get(entry.offset);
    if (known) known.replace.push(...replace);
    else byPlace.set(entry.offset, { entry, index, replace: [...replace] });
  }
  const edits: BootImageEdit[] = [];
  const notes: string[] = [];
  for (const { entry, index, replace } of byPlace.values()) {
    const [file] = filesAt(image, entry.offset);
    const name = file?.path ?? `boot image ${index + 1}`;
    const volume = entry.media === 'none' ? await openBootImageFat(source, entry, signal) : undefined;
    const place = { offset: entry.offset, length: volume ? fatSize(volume.geometry) : entry.size };
    const why = volume ? (damageOf(volume) ?? intruder(image, place)) : 'it has no FAT file system that could be edited';
    if (volume && why === undefined) edits.push({ entry, name, place, volume, targets: await findFatTargets(volume, replace) });
    else notes.push(`The files in ${name} are as the ISO has them: ${why ?? ''}.`);
  }
  return { edits, notes };
}

/** Files of every tree that begin at a place; empty ones name places that are not theirs. */
function filesAt({ trees }: EditedImage, offset: number): LocatedEntry[] {
  return trees.flatMap(({ entries }) =>
    entries.filter((entry) => !entry.directory && entry.extent.offset === offset && entry.extent.length > 0),
  );
}

/** Something else within the stretch that a file system says is all its own: then it says too much. */
function intruder({ trees, boot }: EditedImage, place: Extent): string | undefined {
  const intrudes = ({ offset, length }: Extent) => offset < place.offset + place.length && offset + length > place.offset;
  for (const { entries, root } of trees) {
    const entry = entries.find(({ extent }) => extent.length > 0 && extent.offset !== place.offset && intrudes(extent));
    if (entry) return `it says it has ${place.length} bytes, and ${entry.path} lies within them`;
    if (intrudes(root)) return `it says it has ${place.length} bytes, and the ISO’s root folder lies within them`;
  }
  const other = boot.some(({ offset }) => offset > place.offset && offset < place.offset + place.length);
  return other ? `it says it has ${place.length} bytes, and another boot image lies within them` : undefined;
}

/** In the files' own clusters, else in free ones too, else in a larger copy of the file system behind the image. */
export async function editBootImage(image: EditedImage, edit: BootImageEdit): Promise<BootImageChange> {
  const { volume, place, targets, name } = edit;
  const missing = missingClusters(volume, targets);
  if (missing === 0)
    return { receipt: await writeTargets(image.pages, inPlace(volume, place.offset), targets, 'in place'), move: undefined };

  const larger = grown(volume.geometry, missing);
  const to = { offset: image.behind.reserve(fatSize(larger)), length: fatSize(larger) };
  const moved = await relocated(image.pages, volume, place.offset, to.offset, larger);
  const receipt = await writeTargets(image.pages, moved, targets, 'relocated');
  await pointToBootImage(image, edit, to);
  const own = {
    path: name,
    where: 'iso',
    what: 'boot image relocated',
    offset: to.offset,
    before: place.length,
    after: to.length,
  } as const;
  return { receipt: [...receipt, own], move: { from: place, to } };
}

async function writeTargets(
  pages: Pages,
  place: FatPlace,
  targets: readonly FatTarget[],
  what: 'in place' | 'relocated',
): Promise<EditReceipt[]> {
  const offsets = await writeFiles(pages, place, targets);
  return targets.map(({ file, bytes }, index) => ({
    path: file.path,
    where: 'fat',
    what,
    offset: offsets[index] ?? place.offset,
    before: file.size,
    after: bytes.length,
  }));
}

/** Everything that names the boot image: entries of the catalogue, and the file in every tree, if it is one. */
async function pointToBootImage(image: EditedImage, { entry, name }: BootImageEdit, to: Extent): Promise<void> {
  for (const { at, offset, media } of image.boot) {
    if (offset === entry.offset && media === 'none') await image.pages.write(at + 6, bootPlaceFields(to.offset, to.length));
  }
  for (const { records, base } of filesAt(image, entry.offset)) {
    if (records.length > 1) throw refused(`The boot image ${name} is stored in ${records.length} pieces; it cannot move.`);
    for (const { at } of records) await image.pages.write(at + 1, placeFields(to.offset - base, to.length));
  }
}

/** Bytes of the source that belong to files which are replaced. */
export function replacedExtents({ volume, place, targets }: BootImageEdit): { path: string; extent: Extent }[] {
  return targets.flatMap(({ file }) =>
    volume.extents(file).map(({ offset, length }) => ({ path: file.path, extent: { offset: place.offset + offset, length } })),
  );
}
