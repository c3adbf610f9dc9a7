import type { ImageIndex } from '../../contract/inventory.ts';
import { findBootConfigs } from './boot-configs.ts';
import type { ByteSource } from './byte-source.ts';
import { readBootCatalog, type BootEntry } from './el-torito.ts';
import { findText } from './find-text.ts';
import { openIso, type IsoEntry, type IsoVolume } from './iso9660.ts';
import type { Extent } from './overlay.ts';
import { TINKERBELL_PLACEHOLDER } from './tinkerbell-placeholder.ts';

export interface IndexOptions {
  /** Search every byte (a local file), or only small files and the boot images (an ISO behind a URL). */
  readonly fullScan: boolean;
  readonly signal?: AbortSignal;
  /** Bytes looked at, and bytes there are to look at. */
  readonly onProgress?: (done: number, total: number) => void;
}

const SMALL_FILE = 1024 * 1024;
/** What a search without full scan may read: boot configurations come first. */
const BUDGET = 256 * 1024 * 1024;
/** Stretches this close are read as one. */
const NEAR = 128 * 1024;

/**
 * Looks at an ISO once: its name, how it boots, and where Tinkerbell's placeholder lies.
 * E_IMAGE_INVALID says what was found instead; the source's own errors pass through.
 */
export async function indexIso(source: ByteSource, options: IndexOptions): Promise<ImageIndex> {
  const volume = await openIso(source, options.signal);
  const boot = await readBootCatalog(source, volume, options.signal);
  const stretches = options.fullScan ? [{ offset: 0, length: source.size }] : await likelyStretches(source, volume, boot, options.signal);
  return {
    volumeId: volume.volumeId,
    size: source.size,
    etag: source.etag,
    biosBootable: boot.some((entry) => entry.platform === 'bios'),
    uefiBootable: boot.some((entry) => entry.platform === 'uefi'),
    placeholderOffsets: await findPlaceholders(source, stretches, options),
    bootConfigs: await findBootConfigs(source, volume, options.signal),
  };
}

async function findPlaceholders(source: ByteSource, stretches: readonly Extent[], options: IndexOptions): Promise<number[]> {
  const total = stretches.reduce((sum, stretch) => sum + stretch.length, 0);
  let done = 0;
  const onRead = (bytes: number) => options.onProgress?.((done += bytes), total);
  const offsets: number[] = [];
  for (const stretch of stretches) {
    offsets.push(...(await findText(source, TINKERBELL_PLACEHOLDER, stretch, { signal: options.signal, onRead })));
  }
  return offsets;
}

async function likelyStretches(source: ByteSource, volume: IsoVolume, boot: readonly BootEntry[], signal?: AbortSignal): Promise<Extent[]> {
  const files: IsoEntry[] = [];
  const byOffset = new Map<number, number>();
  for await (const entry of volume.walk(signal)) {
    if (entry.directory || entry.size === 0) continue;
    if (entry.size <= SMALL_FILE) files.push(entry);
    for (const extent of entry.extents) byOffset.set(extent.offset, extent.length);
  }
  files.sort((a, b) => rank(a) - rank(b) || a.size - b.size);
  // A boot image that is also a file has its true size in the tree.
  const images = boot.map(({ offset, size }) => ({ offset, length: byOffset.get(offset) ?? size }));
  return merge(affordable([...images, ...files.flatMap((file) => file.extents)]), source.size);
}

function rank(entry: IsoEntry): number {
  return /\.(cfg|conf|lst|ipxe|txt)$/i.test(entry.path) ? 0 : 1;
}

function affordable(extents: readonly Extent[]): Extent[] {
  let spent = 0;
  return extents.filter((extent) => spent + extent.length <= BUDGET && (spent += extent.length) > 0);
}

/** Sorted, without overlaps, near neighbours joined. */
function merge(extents: readonly Extent[], size: number): Extent[] {
  const merged: { offset: number; length: number }[] = [];
  for (const { offset, length } of extents.toSorted((a, b) => a.offset - b.offset)) {
    const end = Math.min(size, offset + length);
    const last = merged.at(-1);
    if (last && offset <= last.offset + last.length + NEAR) last.length = Math.max(last.length, end - last.offset);
    else if (end > offset) merged.push({ offset, length: end - offset });
  }
  return merged;
}
