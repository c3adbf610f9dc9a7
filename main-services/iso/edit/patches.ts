import { refused, type EditReceipt } from '../iso9660/edited-image.ts';
import type { Pages } from '../source/copy-on-write.ts';
import type { ScannedTree } from '../iso9660/scan.ts';
import type { Extent, Patch } from '../source/overlay.ts';

/** Writes bytes of the same length over the source's own. They come first: what moves later takes them along. */
export async function writePatches(
  pages: Pages,
  trees: readonly ScannedTree[],
  patches: readonly Patch[],
  size: number,
): Promise<EditReceipt[]> {
  const sorted = patches.toSorted((a, b) => a.offset - b.offset);
  const receipt: EditReceipt[] = [];
  let end = 0;
  for (const { offset, bytes } of sorted) {
    const path = fileAt(trees, offset) ?? `byte ${offset}`;
    if (!(offset >= end && offset + bytes.length <= size)) {
      throw refused(`The ${bytes.length} bytes for byte ${offset} (${path}) overlap others, or the end of the ISO.`);
    }
    await pages.write(offset, bytes);
    end = offset + bytes.length;
    receipt.push({ path, where: 'area', what: 'in place', offset, before: bytes.length, after: bytes.length });
  }
  return receipt;
}

/** Refuses when a stretch that belongs to `path` is one of the patched: one of the two would be lost. */
export function refuseOverlap(patches: readonly Patch[], path: string, stretches: readonly Extent[]): void {
  for (const { offset, bytes } of patches) {
    const hit = stretches.find((other) => offset < other.offset + other.length && other.offset < offset + bytes.length);
    if (hit)
      throw refused(
        `${path} cannot be changed: its bytes ${hit.offset} to ${hit.offset + hit.length - 1} hold a place (byte ${offset}, ${bytes.length} bytes) that gets other bytes too.`,
      );
  }
}

function fileAt(trees: readonly ScannedTree[], offset: number): string | undefined {
  for (const { entries } of trees) {
    const entry = entries.find(({ directory, extent }) => !directory && offset >= extent.offset && offset < extent.offset + extent.length);
    if (entry) return entry.path;
  }
  return undefined;
}
