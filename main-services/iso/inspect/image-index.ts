import type { ImageIndex } from '../../../contract/inventory.ts';
import { findBootConfigs } from '../bootconfig/find.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { findCoreosAreas } from '../coreos/areas.ts';
import { coverageOf } from '../coverage/coverage.ts';
import { readBootCatalog, type BootEntry } from '../iso9660/el-torito.ts';
import { findText } from './find-text.ts';
import { findInnerConfigs } from '../bootconfig/inner-configs.ts';
import { openIso, type IsoEntry, type IsoVolume } from '../iso9660/volume.ts';
import type { Extent } from '../source/overlay.ts';
import { collectFacts, type FactsInput } from '../profiles/facts.ts';
import { identifyImage } from '../profiles/profiles.ts';
import { efiPrograms } from '../efi/programs.ts';
import { startsUnderSecureBoot } from '../efi/secure-boot.ts';
import { TINKERBELL_PLACEHOLDER } from '../tinkerbell/placeholder.ts';
import { udfOf } from '../udf/udf-volume.ts';
import { findUkis } from '../efi/uki.ts';

/** Raised when a look finds more, or names what it finds differently. */
export const INDEX_REVISION = 3;

export interface IndexOptions {
  /** Search every byte (a local file), or only small files and the boot images (an ISO behind a URL). */
  readonly fullScan: boolean;
  /** Where the placeholder lies, when a pass over every byte has told already; nothing is searched then. */
  readonly placeholderOffsets?: readonly number[];
  readonly signal?: AbortSignal;
  /** Bytes looked at, and bytes there are to look at. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** EFI programs that are looked into; real discs have a dozen. */
const MOST_PROGRAMS = 4096;
const SMALL_FILE = 1024 * 1024;
/** What a search without full scan may read: boot configurations come first. */
const BUDGET = 256 * 1024 * 1024;
/** Stretches this close are read as one. */
const NEAR = 128 * 1024;

/**
 * Looks at an ISO once: what it is, how it boots, and where a host's arguments go.
 * E_IMAGE_INVALID says what was found instead; the source's own errors pass through.
 */
export async function indexIso(source: ByteSource, options: IndexOptions): Promise<ImageIndex> {
  const { signal } = options;
  const volume = await openIso(source, signal);
  const boot = await readBootCatalog(source, volume, signal);
  const stretches = options.fullScan ? [{ offset: 0, length: source.size }] : await likelyStretches(source, volume, boot, signal);
  const placeholderOffsets = await findPlaceholders(source, stretches, options);
  const all = await efiPrograms(source, volume, boot, signal);
  const programs = all.slice(0, MOST_PROGRAMS);
  const ukis = await findUkis(programs, signal);
  const udf = await udfPaths(source, signal);
  const { configs, unread } = await findBootConfigs(source, volume, signal);
  const [next] = all.slice(MOST_PROGRAMS);
  if (next) unread.push({ path: next.path, cause: 'many', likely: false, count: all.length - MOST_PROGRAMS });
  const facts = await collectFacts({ source, volume, udf, placeholder: placeholderOffsets.length > 0, ukis }, signal);
  const innerConfigs = await findInnerConfigs(programs, signal);
  const index: ImageIndex = {
    revision: INDEX_REVISION,
    volumeId: volume.volumeId,
    size: source.size,
    etag: source.etag,
    biosBootable: boot.some((entry) => entry.platform === 'bios'),
    uefiBootable: boot.some((entry) => entry.platform === 'uefi'),
    placeholderOffsets,
    bootConfigs: configs,
    ...(unread.length > 0 && { unreadConfigs: unread }),
    profile: identifyImage(facts),
    signed: await startsUnderSecureBoot(programs, signal),
    ukis,
    coreos: await findCoreosAreas(source, volume, signal),
    udf: udf !== undefined,
    ...(innerConfigs.length > 0 && { innerConfigs }),
  };
  return { ...index, coverage: await coverageOf({ source, volume, boot, programs, index }, signal) };
}

async function udfPaths(source: ByteSource, signal?: AbortSignal): Promise<FactsInput['udf']> {
  const udf = await udfOf(source);
  if (!udf) return undefined;
  const paths: string[] = [];
  for await (const { path } of udf.walk(signal)) paths.push(path);
  return { volumeId: udf.volumeId, paths };
}

async function findPlaceholders(source: ByteSource, stretches: readonly Extent[], options: IndexOptions): Promise<number[]> {
  if (options.placeholderOffsets) return [...options.placeholderOffsets];
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
