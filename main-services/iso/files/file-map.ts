import { setImmediate } from 'node:timers/promises';
import { BootbenchError } from '../../../contract/errors.ts';
import type { ReceiptFile } from '../../../contract/views.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { ExtentIndex, type Owned } from '../source/extent-index.ts';
import { openIso, type IsoEntry } from '../iso9660/volume.ts';
import type { Extent } from '../source/overlay.ts';
import { memoizePerSource } from '../source/memoize-per-source.ts';
import { udfOf } from '../udf/udf-volume.ts';

/** A file of an image, with the bytes of the image that it has. */
export interface MappedFile {
  readonly path: string;
  readonly size: number;
  readonly extents: readonly Extent[];
  /** It is this host's, and not as in the ISO. */
  readonly own?: 'edited' | 'injected';
}

/** Which file each byte of an image belongs to. */
export interface FileMap {
  files(): Iterable<MappedFile>;
  /** The smallest file that has this byte. */
  at(offset: number): MappedFile | undefined;
}

/** A disc of packages has ten thousand; more are left out, sorting them would hold up the loop. */
const MOST_FILES = 50_000;
/** Stretches of one file: one over 4 GiB has a few. */
const MOST_EXTENTS = 64;
/** Files taken before others get a turn on the loop. */
const BATCH = 2000;

const EMPTY = mapOf([]);

/** The files of an image by place, walked once for all hosts. Without any where its tree cannot be read; the source's own errors pass through. */
export const fileMap = memoizePerSource(readFiles);

/** The map of a host's view: as `base`, with the files of the receipt where they are in the view. */
export async function fileMapOf(base: ByteSource, receipt: readonly ReceiptFile[]): Promise<FileMap> {
  return withOwn(await fileMap(base), ownFiles(receipt));
}

async function readFiles(source: ByteSource): Promise<FileMap> {
  const files = new Map<string, MappedFile>();
  try {
    await take(files, (await openIso(source)).walk());
    // Windows media have their files there, and a note to the reader in the other tree.
    const udf = await udfOf(source);
    if (udf) await take(files, udf.walk());
  } catch (error) {
    if (error instanceof BootbenchError && error.code === 'E_IMAGE_INVALID') return EMPTY;
    throw error;
  }
  return mapOf([...files.values()]);
}

async function take(files: Map<string, MappedFile>, entries: AsyncIterable<IsoEntry>): Promise<void> {
  let count = 0;
  for await (const { path, size, extents, directory } of entries) {
    if ((count += 1) % BATCH === 0) await setImmediate();
    if (directory || size === 0 || extents.length > MOST_EXTENTS || files.has(path)) continue;
    if (files.size === MOST_FILES) return;
    files.set(path, { path, size, extents });
  }
}

function mapOf(files: readonly MappedFile[]): FileMap {
  const index = new ExtentIndex(files.flatMap(stretchesOf));
  return { files: () => files, at: (offset) => files[index.smallestAt(offset) ?? -1] };
}

/** One file's stretches, known by `owner`. */
export function stretchesOf({ extents }: MappedFile, owner: number): Owned[] {
  return extents.map(({ offset, length }) => ({ start: offset, end: offset + length, owner }));
}

/** Own files come first; what lies in the old place of one that moved is nobody's. */
function withOwn(base: FileMap, own: readonly MappedFile[]): FileMap {
  const ours = mapOf(own);
  const moved = new Set(own.map(({ path }) => path));
  return {
    *files() {
      yield* own;
      for (const file of base.files()) if (!moved.has(file.path)) yield file;
    },
    at(offset) {
      const found = ours.at(offset);
      if (found) return found;
      const file = base.at(offset);
      return file && !moved.has(file.path) ? file : undefined;
    },
  };
}

/** The receipt tells where a file begins; what was edited lies in one piece. */
function ownFiles(receipt: readonly ReceiptFile[]): MappedFile[] {
  const files = receipt.filter(({ what, after }) => what !== 'root relocated' && after > 0);
  const places = new Set<string>();
  return files.flatMap(({ path, what, offset, after }): MappedFile[] => {
    const place = `${offset} ${path}`;
    if (places.has(place)) return [];
    places.add(place);
    return [{ path, size: after, extents: [{ offset, length: after }], own: what === 'injected' ? 'injected' : 'edited' }];
  });
}
