import { asBootbenchError } from '../../../contract/errors.ts';
import type { LoaderFiles, LoaderVolume } from './loader.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { readBootCatalog } from '../iso9660/el-torito.ts';
import { openBootImageFat } from '../fat/boot-images.ts';
import { isoFileOf } from '../files/iso-file.ts';
import { openIso } from '../iso9660/volume.ts';
import { KERNEL_HEAD, kernelKind, type KernelKind } from './kernel-image.ts';
import { memoizePerSource } from '../source/memoize-per-source.ts';

/** The file systems of a medium as boot loaders see them, for the models of what they read. */
export interface LoaderVolumes {
  /**
   * Runs a model, which asks for files by plain calls: each time it asked for some that are not in memory yet, they are read and it is run
   * again. The source's own errors pass through.
   */
  run<T>(model: (volumes: readonly LoaderVolume[]) => T, signal?: AbortSignal): Promise<T>;
}

/** No boot configuration is larger. */
const LARGEST_TEXT = 1024 * 1024;
/** A model that asks for new files without end is not asked again. */
const MOST_ROUNDS = 200;

interface Entry {
  readonly path: string;
  readonly size: number;
  readonly directory: boolean;
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
}

/** The volumes of an ISO: its own tree, then the FAT of each boot image. Their folders are read once for all who ask. */
export const loaderVolumes = memoizePerSource(async (source, signal): Promise<LoaderVolumes> => {
  const volume = await openIso(source, signal);
  const tree = new Volume(undefined, volume.volumeId);
  for await (const { path, size, directory } of volume.walk(signal)) {
    tree.add({
      path,
      size,
      directory,
      read: async (at, length, stop) => (await isoFileOf(source, volume, path, stop)).read(at, length, stop),
    });
  }
  return new Volumes([tree, ...(await fatVolumes(source, signal))]);
});

async function fatVolumes(source: ByteSource, signal: AbortSignal): Promise<Volume[]> {
  const seen = new Set<number>();
  const found: Volume[] = [];
  for (const [index, entry] of (await readBootCatalog(source, await openIso(source, signal), signal)).entries()) {
    const fat = seen.has(entry.offset) ? undefined : await openBootImageFat(source, entry, signal);
    seen.add(entry.offset);
    if (!fat) continue;
    const volume = new Volume(index, undefined);
    for await (const file of fat.walk()) {
      volume.add({
        path: file.path,
        size: file.size,
        directory: file.directory,
        read: (at, length, stop) => fat.read(file, at, length, stop),
      });
    }
    found.push(volume);
  }
  return found;
}

class Volumes implements LoaderVolumes {
  readonly #volumes: readonly Volume[];

  constructor(volumes: readonly Volume[]) {
    this.#volumes = volumes;
  }

  async run<T>(model: (volumes: readonly LoaderVolume[]) => T, signal?: AbortSignal): Promise<T> {
    for (let round = 0; ; round += 1) {
      const result = model(this.#volumes);
      const wanted = this.#volumes.flatMap((volume) => volume.wanted());
      if (wanted.length === 0 || round === MOST_ROUNDS) return result;
      for (const fetch of wanted) await fetch(signal);
    }
  }
}

/** Answers from memory, and notes what it could not answer. */
class Volume implements LoaderVolume, LoaderFiles {
  readonly files = this;
  readonly fat?: number;
  readonly label?: string;
  readonly #entries = new Map<string, Entry>();
  /** By the path in lower case: most loaders and file systems do not tell cases apart. */
  readonly #folded = new Map<string, Entry>();
  readonly #folders = new Map<string, string[]>();
  readonly #texts = new Map<Entry, string | undefined>();
  readonly #kinds = new Map<Entry, KernelKind>();
  readonly #wanted = new Map<string, (signal?: AbortSignal) => Promise<void>>();

  constructor(fat: number | undefined, label: string | undefined) {
    if (fat !== undefined) this.fat = fat;
    if (label !== undefined) this.label = label;
  }

  add(entry: Entry): void {
    const path = `/${entry.path}`;
    this.#entries.set(path, entry);
    if (!this.#folded.has(path.toLowerCase())) this.#folded.set(path.toLowerCase(), entry);
    const folder = path.slice(0, path.lastIndexOf('/')).toLowerCase() || '/';
    const names = this.#folders.get(folder) ?? [];
    names.push(path.slice(path.lastIndexOf('/') + 1));
    this.#folders.set(folder, names);
  }

  wanted(): ((signal?: AbortSignal) => Promise<void>)[] {
    const wanted = [...this.#wanted.values()];
    this.#wanted.clear();
    return wanted;
  }

  find(path: string): string | undefined {
    const entry = this.#find(path);
    return entry && `/${entry.path}`;
  }

  list(folder: string): readonly string[] {
    return this.#folders.get(folder.toLowerCase()) ?? [];
  }

  read(path: string): string | undefined {
    const entry = this.#file(path);
    if (!entry || entry.size > LARGEST_TEXT) return undefined;
    if (!this.#texts.has(entry)) {
      this.#wanted.set(`text ${path}`, async (signal) => {
        this.#texts.set(entry, latin1(await entry.read(0, entry.size, signal).catch(unlessDamaged)));
      });
    }
    return this.#texts.get(entry);
  }

  kernelKind(path: string): KernelKind {
    const entry = this.#file(path);
    if (!entry) return 'unknown';
    if (!this.#kinds.has(entry)) {
      this.#wanted.set(`kind ${path}`, async (signal) => {
        const head = await entry.read(0, Math.min(KERNEL_HEAD, entry.size), signal).catch(unlessDamaged);
        this.#kinds.set(entry, head ? kernelKind(head) : 'unknown');
      });
    }
    return this.#kinds.get(entry) ?? 'unknown';
  }

  #file(path: string): Entry | undefined {
    const entry = this.#find(path);
    return entry?.directory === true ? undefined : entry;
  }

  #find(path: string): Entry | undefined {
    return this.#entries.get(path) ?? this.#folded.get(path.toLowerCase());
  }
}

function latin1(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** A file that cannot be read is one that no loader reads. */
function unlessDamaged(error: unknown): undefined {
  if (!['E_IMAGE_INVALID', 'E_NOT_FOUND'].includes(asBootbenchError(error).code)) throw error;
}
