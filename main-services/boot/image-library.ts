import { BootbenchError } from '../../contract/errors.ts';
import type { Image, ImageIndex, ImageSource } from '../../contract/inventory.ts';
import type { Log } from '../../contract/runtime.ts';
import { indexIso } from '../iso/image-index.ts';
import type { ByteSource } from '../iso/byte-source.ts';
import { openLocalFile } from '../iso/local-file.ts';
import { operatorGuard, queryGuard } from '../iso/source-guard.ts';
import { openUpstream } from '../iso/upstream.ts';

/** An ISO by its library name, or by a URL that no image of the library has. */
export type ImageRef =
  | { readonly type: 'image'; readonly image: Image }
  /** `trusted`: the operator's own word (flag, interface field). Otherwise the URL came with a request. */
  | { readonly type: 'url'; readonly url: string; readonly trusted: boolean };

export interface OpenImage {
  readonly source: ByteSource;
  readonly index: ImageIndex;
}

/** ISOs behind bare URLs that are kept open; the least recently asked for is closed first. */
const KEPT_URLS = 16;

/** Opens ISOs once and shares them between all hosts. */
export class ImageLibrary {
  readonly #log: Log;
  readonly #open = new Map<string, Promise<OpenImage>>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Looks at an ISO that is about to be registered, and closes it again. E_IMAGE_INVALID, E_IMAGE_GONE, E_SOURCE_URL, E_UPSTREAM. */
  async index(source: ImageSource): Promise<ImageIndex> {
    const bytes = await openSource(source, true);
    try {
      return await indexIso(bytes, { fullScan: source.type === 'file' });
    } finally {
      await bytes.close();
    }
  }

  /** E_IMAGE_CHANGED when a registered image's bytes are no longer those that were looked at. */
  open(ref: ImageRef): Promise<OpenImage> {
    const key = keyOf(ref);
    const known = this.#open.get(key);
    if (known) return known;
    const opening = ref.type === 'image' ? openRegistered(ref.image) : openBare(ref.url, ref.trusted);
    this.#open.set(key, opening);
    opening.catch(() => this.#open.delete(key));
    if (ref.type === 'url') this.#closeOldestUrl();
    return opening;
  }

  async close(): Promise<void> {
    const all = [...this.#open.values()];
    this.#open.clear();
    await Promise.allSettled(all.map(async (opening) => (await opening).source.close()));
  }

  /** Forgets an ISO whose bytes went away or changed, so that the next request opens it anew. */
  forget(ref: ImageRef): void {
    this.#drop(keyOf(ref));
  }

  #closeOldestUrl(): void {
    const urls = [...this.#open.keys()].filter((key) => key.startsWith('url '));
    for (const key of urls.slice(0, Math.max(0, urls.length - KEPT_URLS))) this.#drop(key);
  }

  #drop(key: string): void {
    const opening = this.#open.get(key);
    this.#open.delete(key);
    opening
      ?.then(({ source }) => source.close())
      .catch((error: unknown) => {
        this.#log.debug({ error, key }, 'an ISO could not be closed');
      });
  }
}

function keyOf(ref: ImageRef): string {
  return ref.type === 'image' ? `image ${ref.image.name} ${ref.image.index.etag}` : `url ${String(ref.trusted)} ${ref.url}`;
}

function openSource(source: ImageSource, trusted: boolean): Promise<ByteSource> {
  if (source.type === 'file') return openLocalFile(source.path);
  return openUpstream(source.url, { guard: trusted ? operatorGuard(source.url) : queryGuard() });
}

async function openRegistered(image: Image): Promise<OpenImage> {
  const source = await openSource(image.source, true);
  if (source.etag === image.index.etag) return { source, index: image.index };
  await source.close();
  throw new BootbenchError('E_IMAGE_CHANGED', `The ISO of image ${image.name} is not the one that was added: its size or time differs.`);
}

async function openBare(url: string, trusted: boolean): Promise<OpenImage> {
  const source = await openSource({ type: 'url', url }, trusted);
  try {
    return { source, index: await indexIso(source, { fullScan: false }) };
  } catch (error) {
    await source.close();
    throw error;
  }
}
