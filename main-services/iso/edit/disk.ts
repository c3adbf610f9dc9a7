import type { EditedImage, EditReceipt } from '../iso9660/edited-image.ts';
import { SECTOR } from '../iso9660/records.ts';
import type { Extent } from '../source/overlay.ts';
import { gptPartitions } from '../gpt/gpt.ts';
import { mbrPartitions } from '../gpt/mbr.ts';
import type { Growth, Move, Tables } from '../gpt/partition-tables.ts';

/**
 * An image as a disk. `own`: partitions that begin with its volume, which Linux mounts; `behind`: those that follow one in the same
 * table. An own partition cannot grow over them: UEFI believes no table whose partitions overlap (UEFI 2.10 §5.2.3, §5.3.2; debian-cd’s
 * discussion of nested partitions).
 */
export interface Disk {
  readonly tables: Tables;
  readonly own: readonly (Growth & { readonly followed: boolean })[];
  readonly behind: readonly Extent[];
}

/** `bases`: where the image’s volume begins; `size`: bytes of the image, behind which no partition has any. */
export function diskOf(tables: Tables, bases: ReadonlySet<number>, size: number): Disk {
  const own: (Growth & { followed: boolean })[] = [];
  const behind = new Map<number, Extent>();
  for (const list of [tables.gpt ? gptPartitions(tables.gpt) : [], tables.mbr ? mbrPartitions(tables.mbr) : []]) {
    for (const { offset, length } of list.filter((partition) => bases.has(partition.offset))) {
      const followers = list.filter((other) => other.offset >= offset + length && other.offset < size);
      own.push({ start: offset, end: offset + length, followed: followers.length > 0 });
      for (const one of followers) {
        const known = behind.get(one.offset)?.length ?? 0;
        behind.set(one.offset, { offset: one.offset, length: Math.max(known, Math.min(one.length, size - one.offset)) });
      }
    }
  }
  return { tables, own, behind: [...behind.values()].sort((a, b) => a.offset - b.offset) };
}

/**
 * Moves the partitions that follow behind what was added, so that the image’s own can grow up to there. Nothing of them is read: they
 * are shown at their new place, together with what was changed in them. The boot catalogue follows.
 */
export async function moveFollowers(image: EditedImage, { behind }: Disk, moved: readonly Move[]): Promise<Move[]> {
  const moves: Move[] = [];
  for (const from of behind) {
    if (moved.some((move) => move.from.offset === from.offset)) continue;
    const to = { offset: image.behind.reserve(from.length), length: from.length };
    await image.pages.refer(to.offset, from);
    for (const { at, offset } of image.boot) {
      if (!within(from, offset)) continue;
      const sector = Buffer.alloc(4);
      sector.writeUInt32LE((offset - from.offset + to.offset) / SECTOR);
      await image.pages.write(at + 8, sector);
    }
    moves.push({ from, to });
  }
  return moves;
}

/** The receipt of files that moved with their partition. */
export function followed(receipt: readonly EditReceipt[], moves: readonly Move[]): EditReceipt[] {
  return receipt.map((entry) => {
    const move = moves.find(({ from }) => within(from, entry.offset));
    return move ? { ...entry, offset: entry.offset - move.from.offset + move.to.offset } : entry;
  });
}

/** How far the own partitions reach in an image of `size` bytes whose added files end at `added`. */
export function growthOf({ own, tables }: Disk, added: number, size: number): Growth[] {
  const inGpt = new Set(tables.gpt ? gptPartitions(tables.gpt).map(({ offset }) => offset) : []);
  const limited = new Set(own.filter(({ start, followed: has }) => has || inGpt.has(start)).map(({ start }) => start));
  return own.map(({ start }) => ({ start, end: limited.has(start) ? added : size }));
}

function within({ offset, length }: Extent, place: number): boolean {
  return place >= offset && place < offset + length;
}
