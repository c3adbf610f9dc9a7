import { BootbenchError } from '../../../contract/errors.ts';
import type { Image, ImageIndex, ImageSource } from '../../../contract/inventory.ts';
import type { Clock, Log } from '../../../contract/runtime.ts';
import { indexIso } from '../../iso/inspect/image-index.ts';
import type { ByteSource } from '../../iso/source/byte-source.ts';
import { prepareEdits } from '../../iso/edit/tree.ts';
import { openLocalFile } from '../../iso/source/local-file.ts';
import { openPatientFile, type ReconnectingFileOptions } from '../../iso/source/reconnecting-file.ts';
import { imageReadable, imageReplacedOnServer, imageUnreadable, useNewIso } from './sentences.ts';
import { UpstreamCache, type FetchProgress, type UpstreamCacheOptions } from '../../iso/upstream/cache.ts';

/** An ISO by its library name, or by a URL that no image of the library has. */
export type ImageRef =
  | { readonly type: 'image'; readonly image: Image }
  /** `trusted`: the operator's own word (flag, interface field). Otherwise the URL came with a request. */
  | { readonly type: 'url'; readonly url: string; readonly trusted: boolean };

export interface OpenImage {
  readonly source: ByteSource;
  readonly index: ImageIndex;
}

/** The bytes of a registered image cannot be read, or can be read again. */
export interface ImageTrouble {
  readonly type: 'lost' | 'back';
  readonly image: string;
  readonly message: string;
}

export interface LibraryOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** Where blocks of ISOs behind URLs are cached. */
  readonly cacheDir: string;
  readonly onTrouble?: (trouble: ImageTrouble) => void;
  /** Progress of an ISO that is downloaded completely. */
  readonly onFetch?: (progress: FetchProgress, finished: boolean) => void;
  /** Other timeouts and retries, for tests. */
  readonly upstream?: UpstreamCacheOptions['upstream'];
  readonly file?: Omit<ReconnectingFileOptions, 'onTrouble'>;
}

/** ISOs behind bare URLs that stay open, and as many older ones for machines that still read them. */
const MAX_OPEN_URLS = 16;
/** A bare URL is checked again after this: whether it is still the same ISO. */
const RECHECK_URL_AFTER_MS = 60_000;

interface Opened {
  readonly opening: Promise<OpenImage>;
  readonly at: number;
}

/** Opens ISOs once and shares them between all hosts. */
export class ImageLibrary {
  readonly #options: LibraryOptions;
  readonly #log: Log;
  readonly #cache: UpstreamCache;
  readonly #open = new Map<string, Opened>();
  /** Not used for new views, but perhaps still read. */
  readonly #retired: OpenImage[] = [];
  /** Names of images by the ETag of their ISO. */
  readonly #names = new Map<string, Set<string>>();
  readonly #lost = new Set<string>();
  readonly #closed = new WeakSet<ByteSource>();

  constructor(options: LibraryOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#cache = new UpstreamCache({
      dir: options.cacheDir,
      log: options.log,
      upstream: options.upstream,
      onTrouble: (etag, cause) => {
        for (const name of this.#names.get(etag) ?? []) this.#reportTrouble(name, cause);
      },
      onProgress: options.onFetch,
    });
  }

  /**
   * Inspects an ISO that is about to be registered, and closes it again. E_IMAGE_INVALID, E_IMAGE_GONE, E_SOURCE_URL, E_UPSTREAM. When its
   * server does not support ranges, the complete ISO is downloaded, and the download continues afterwards.
   */
  async index(source: ImageSource, known?: Pick<ImageIndex, 'placeholderOffsets'>): Promise<ImageIndex> {
    if (source.type === 'url') return this.#indexUrl(source.url);
    const file = await openLocalFile(source.path);
    try {
      return await indexIso(file, { fullScan: true, ...known });
    } finally {
      await file.close();
    }
  }

  /** E_IMAGE_CHANGED when a registered image's bytes are no longer those that were inspected. */
  open(ref: ImageRef): Promise<OpenImage> {
    const key = keyOf(ref);
    const known = this.#open.get(key);
    if (known && (ref.type === 'image' || this.#now() - known.at < RECHECK_URL_AFTER_MS)) return known.opening;
    const opening = ref.type === 'image' ? this.#openRegistered(ref.image) : this.#openBare(ref, known);
    this.#open.delete(key);
    this.#open.set(key, { opening, at: this.#now() });
    opening.then(
      ({ source }) => this.#prepare(source),
      () => {
        if (this.#open.get(key)?.opening === opening) this.#open.delete(key);
      },
    );
    if (ref.type === 'image') this.#dropOthersOf(ref.image, key);
    else this.#closeOldestUrl();
    return opening;
  }

  /** Whether a source is closed: its image was removed or replaced, or too many were open. */
  isClosed(source: ByteSource): boolean {
    return this.#closed.has(source);
  }

  async close(): Promise<void> {
    const all = [...this.#open.values()].map(({ opening }) => opening);
    this.#open.clear();
    await Promise.allSettled([...all, ...this.#retired].map(async (opening) => (await opening).source.close()));
    await this.#cache.close();
  }

  /** Forgets an ISO that changed on its server, so that the next request opens it again. A file reconnects by itself. */
  forget(ref: ImageRef): void {
    if (ref.type === 'url' || ref.image.source.type === 'url') this.#drop(keyOf(ref));
  }

  /**
   * Closes an image that is removed or whose file is about to be replaced; cached blocks of a URL are removed, unless another image of the
   * same ISO was opened.
   */
  release(image: Image): void {
    // Its name may be given to another image, with its own state.
    this.#lost.delete(image.name);
    this.#drop(keyOf({ type: 'image', image }));
    if (image.source.type !== 'url') return;
    const names = this.#names.get(image.index.etag);
    if (names?.delete(image.name) && names.size > 0) return;
    this.#cache.remove(image.source.url).catch((error: unknown) => {
      this.#log.warn({ error, image: image.name }, 'the cached blocks of an image could not be removed');
    });
  }

  async #indexUrl(url: string): Promise<ImageIndex> {
    const iso = await this.#cache.open({ url, trusted: true }, { offline: false });
    try {
      if (!iso.ranges) this.#log.warn({ etag: iso.etag }, 'the server does not support ranges, so the complete ISO is downloaded');
      const index = await indexIso(iso.patiently(), { fullScan: false });
      return iso.ranges ? index : { ...index, ranges: false };
    } finally {
      await iso.close();
    }
  }

  async #openRegistered(image: Image): Promise<OpenImage> {
    const { index, name, source: from } = image;
    if (from.type === 'file') {
      const onTrouble = (cause: string | undefined): void => {
        this.#reportTrouble(name, cause);
      };
      return { source: await openPatientFile(from.path, index, { ...this.#options.file, onTrouble }), index };
    }
    const source = await this.#cache.openRegistered(from.url, index.etag);
    if (source.etag === index.etag) {
      this.#names.set(index.etag, (this.#names.get(index.etag) ?? new Set()).add(name));
      return { source, index };
    }
    await source.close();
    throw new BootbenchError('E_IMAGE_CHANGED', imageReplacedOnServer(name), { next: useNewIso(name) });
  }

  /** As its server has it now, or, when that is offline, as it was last seen. The same ISO stays open. */
  async #openBare(ref: ImageRef & { type: 'url' }, known: Opened | undefined): Promise<OpenImage> {
    const before = await known?.opening.catch(() => undefined);
    try {
      const source = await this.#cache.open(ref, { offline: true });
      if (before?.source.etag === source.etag) {
        await source.close();
        return before;
      }
      if (before) this.#retire(before);
      return { source, index: await indexed(source) };
    } catch (error) {
      if (before) this.#retire(before);
      throw error;
    }
  }

  /** Once for each loss and each return. `cause` undefined: the image can be read. */
  #reportTrouble(image: string, cause: string | undefined): void {
    if (cause !== undefined && !this.#lost.has(image)) {
      this.#lost.add(image);
      this.#options.onTrouble?.({ type: 'lost', image, message: imageUnreadable(image, cause) });
    }
    if (cause === undefined && this.#lost.delete(image)) this.#options.onTrouble?.({ type: 'back', image, message: imageReadable(image) });
  }

  /** Reads ahead what the first host's view would wait for; that view reports what cannot be read. */
  #prepare(source: ByteSource): void {
    prepareEdits(source).catch((error: unknown) => {
      this.#log.debug({ error }, 'an ISO could not be prepared');
    });
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }

  #dropOthersOf(image: Image, key: string): void {
    for (const other of this.#open.keys()) if (other.startsWith(`image ${image.name} `) && other !== key) this.#drop(other);
  }

  #closeOldestUrl(): void {
    const urls = [...this.#open.keys()].filter((key) => key.startsWith('url '));
    for (const key of urls.slice(0, Math.max(0, urls.length - MAX_OPEN_URLS))) this.#drop(key, (image) => this.#retire(image));
  }

  #retire(image: OpenImage): void {
    this.#retired.push(image);
    for (const { source } of this.#retired.splice(0, Math.max(0, this.#retired.length - MAX_OPEN_URLS))) this.#close(source);
  }

  #drop(key: string, then = ({ source }: OpenImage) => this.#close(source)): void {
    const opened = this.#open.get(key);
    this.#open.delete(key);
    opened?.opening.then(then).catch(() => undefined);
  }

  #close(source: ByteSource): void {
    this.#closed.add(source);
    source.close().catch((error: unknown) => {
      this.#log.debug({ error }, 'an ISO could not be closed');
    });
  }
}

function keyOf(ref: ImageRef): string {
  return ref.type === 'image' ? `image ${ref.image.name} ${ref.image.index.etag}` : `url ${String(ref.trusted)} ${ref.url}`;
}

async function indexed(source: ByteSource): Promise<ImageIndex> {
  try {
    return await indexIso(source, { fullScan: false });
  } catch (error) {
    await source.close();
    throw error;
  }
}
