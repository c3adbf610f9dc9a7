import { BootbenchError } from '../../../contract/errors.ts';
import type { Log } from '../../../contract/runtime.ts';
import { abortable } from '../source/abortable.ts';
import { BlockCache } from './block-cache.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { CacheFolder, urlKey, type CacheEntry, type CacheFolderOptions, type SizedPin } from './cache-folder.ts';
import { operatorGuard, queryGuard } from './ssrf-guard.ts';
import { changed, reason, wrong } from './answer.ts';
import { compare, type Witness } from './identity.ts';
import { parseSourceUrl, shown, takeCredentials, Transient } from './route.ts';
import { openUpstream, PATIENCE, upstreamEtag, type Upstream, type UpstreamOptions } from './upstream.ts';
import { CONTENT_DIFFERS, NOTHING_TO_COMPARE, SIZE_DIFFERS } from './sentences.ts';

export interface FetchProgress {
  readonly etag: string;
  readonly name: string;
  readonly done: number;
  /** Absent while the size is not known. */
  readonly total?: number;
}

export interface UpstreamCacheOptions extends CacheFolderOptions {
  readonly upstream?: Pick<UpstreamOptions, 'resolve' | 'timeouts' | 'backOff' | 'patience'>;
  /** Told the sentence when the server of an ISO cannot be read, and undefined when it can again. */
  readonly onTrouble?: (etag: string, sentence: string | undefined) => void;
  /** How far an ISO is that is fetched as a whole. */
  readonly onProgress?: (progress: FetchProgress, finished: boolean) => void;
}

/** An ISO behind a URL. `close` gives it back; others may still read it. */
export interface CachedIso extends ByteSource {
  readonly ranges: boolean;
  /** For one who waits as long as it takes until an ISO without ranges is fetched. */
  patiently(): ByteSource;
}

/** What several URLs' readers share: one cache per ETag. */
interface Shared {
  readonly cache: BlockCache;
  readonly ranges: boolean;
  users: number;
}

interface Wanted {
  readonly url: string;
  /** The operator's own word; otherwise the URL came with a request and is guarded more strictly. */
  readonly trusted: boolean;
}

/** Times that an ISO of unknown size is begun: what came of it cannot be continued. */
const COUNT_ATTEMPTS = 3;

/** ISOs behind URLs: opened once for all hosts, their blocks kept on disk, known again when their server is away. */
export class UpstreamCache {
  readonly #options: UpstreamCacheOptions;
  readonly #log: Log;
  readonly #folder: CacheFolder;
  readonly #shared = new Map<string, Promise<Shared>>();
  readonly #closing = new Map<string, Promise<void>>();
  readonly #counting = new Map<string, Promise<Omit<CacheEntry, 'usedAt'>>>();
  readonly #ending = new AbortController();
  #closed = false;

  constructor(options: UpstreamCacheOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#folder = new CacheFolder(options);
  }

  /**
   * A URL as its server has it now. `offline`: what was kept of it is taken when the server cannot be reached; never for a
   * request's URL, which must be resolved and judged each time.
   */
  async open(wanted: Wanted, { offline, signal }: { offline: boolean; signal?: AbortSignal }): Promise<CachedIso> {
    const key = keyOf(wanted.url);
    const known = offline && wanted.trusted ? await this.#folder.find(key) : undefined;
    const patience = known ? { ...this.#patience, open: 0 } : this.#patience;
    try {
      const upstream = await this.#connect(wanted, { patience, signal });
      const { size } = upstream.pin;
      if (size === undefined) return await this.#handCounted(key, wanted, upstream, signal);
      const same = known && (await this.#handSame(known, wanted, upstream));
      return same ?? (await this.#hand({ etag: upstream.etag, urlKey: key, pin: { ...upstream.pin, size } }, wanted, upstream));
    } catch (error) {
      if (!known || !isUnreachable(error)) throw error;
      this.#log.info({ error, url: nameOf(wanted.url) }, 'a server cannot be reached, so what is in the cache is used');
      return this.#hand(known, wanted);
    }
  }

  /** A URL as it was registered. Its server is asked only for what is not in the cache, or when nothing is. */
  async openRegistered(url: string, etag: string): Promise<CachedIso> {
    const known = await this.#folder.find(keyOf(url), etag);
    const wanted = { url, trusted: true };
    return known ? this.#hand(known, wanted) : this.open(wanted, { offline: false });
  }

  /** Removes what is kept of a URL. */
  remove(url: string): Promise<void> {
    return this.#folder.remove(keyOf(url));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#ending.abort();
    const all = [...this.#shared.values()];
    this.#shared.clear();
    await Promise.allSettled([...all.map(async (shared) => (await shared).cache.close()), ...this.#closing.values()]);
  }

  get #patience(): { open: number; read: number } {
    return this.#options.upstream?.patience ?? PATIENCE;
  }

  #connect({ url, trusted }: Wanted, more: Partial<UpstreamOptions>, pinned?: string): Promise<Upstream> {
    let etag = pinned;
    const onTrouble = (sentence: string | undefined): void => {
      if (etag !== undefined) this.#options.onTrouble?.(etag, sentence);
    };
    const guard = trusted ? operatorGuard(url) : queryGuard();
    return openUpstream(url, { ...this.#options.upstream, guard, onTrouble, ...more }).then((upstream) => {
      etag = upstream.etag;
      return upstream;
    });
  }

  /** A machine waits for bytes, so the server is waited for as well. Other bytes than those that are kept are E_UPSTREAM_CHANGED. */
  async #reconnect(
    wanted: Wanted,
    { etag, pin }: Omit<CacheEntry, 'usedAt'>,
    witnesses: () => Promise<readonly Witness[]>,
  ): Promise<Upstream> {
    const { read } = this.#patience;
    const upstream = await this.#connect(wanted, { patience: { open: read, read } }, etag);
    if (upstream.etag === etag) return upstream;
    try {
      const how = await difference(pin, upstream, witnesses);
      if (how === undefined) return upstream;
      throw changed(parseSourceUrl(wanted.url), how);
    } catch (error) {
      await upstream.close();
      if (error instanceof BootbenchError) this.#options.onTrouble?.(etag, error.message);
      throw error;
    }
  }

  /** What was kept of the URL, when the server now has another name for the same bytes: its beginning is kept, and is the same. */
  async #handSame(known: CacheEntry, wanted: Wanted, upstream: Upstream): Promise<CachedIso | undefined> {
    if (known.etag === upstream.etag || known.pin.size !== upstream.size || !known.pin.ranges || !upstream.pin.ranges) return undefined;
    const iso = await this.#hand(known, wanted);
    const kept = await (await this.#shared.get(known.etag))?.cache.witnesses();
    const verdict = kept?.[0]?.offset === 0 ? await compare(kept, (offset, length) => upstream.read(offset, length)) : 'unknown';
    await (verdict === 'same' ? upstream : iso).close();
    return verdict === 'same' ? iso : undefined;
  }

  /** An ISO whose server does not tell its size is fetched as a whole, once for all who ask, and counted. */
  async #handCounted(key: string, wanted: Wanted, upstream: Upstream, signal: AbortSignal | undefined): Promise<CachedIso> {
    const before = await this.#folder.find(key);
    if (before && !before.pin.ranges && before.pin.validator === upstream.pin.validator) {
      await upstream.close();
      return this.#hand(before, wanted);
    }
    const running = this.#counting.get(key);
    if (running) await upstream.close();
    const counting = running ?? this.#count(key, wanted, upstream).finally(() => this.#counting.delete(key));
    this.#counting.set(key, counting);
    return this.#hand(await abortable(counting, signal), wanted);
  }

  async #count(key: string, wanted: Wanted, upstream: Upstream): Promise<Omit<CacheEntry, 'usedAt'>> {
    const name = nameOf(wanted.url);
    const entryOf = (size: number): Omit<CacheEntry, 'usedAt'> => {
      const pin = { ...upstream.pin, size };
      return { etag: upstreamEtag(parseSourceUrl(wanted.url).href, pin), urlKey: key, pin };
    };
    const onBytes = (done: number): void => this.#options.onProgress?.({ etag: key, name, done }, false);
    try {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await this.#folder.count(key, upstream.whole(this.#ending.signal), entryOf, onBytes);
        } catch (error) {
          if (this.#closed) throw new BootbenchError('E_CANCELLED', `Fetching ${name} was cancelled.`, { cause: error });
          if (error instanceof BootbenchError) throw error;
          if (attempt === COUNT_ATTEMPTS) throw wrong(name, reason(error), error);
        }
      }
    } finally {
      this.#options.onProgress?.({ etag: key, name, done: 0 }, true);
      await upstream.close();
    }
  }

  async #hand(entry: Omit<CacheEntry, 'usedAt'>, wanted: Wanted, upstream?: Upstream): Promise<CachedIso> {
    const { etag } = entry;
    if (this.#closed) {
      await upstream?.close();
      throw new BootbenchError('E_CANCELLED', `${nameOf(wanted.url)} is not opened any more: Bootbench stops.`);
    }
    const known = this.#shared.get(etag);
    const opening = known ?? this.#share(entry, wanted, upstream);
    if (known) await upstream?.close();
    else {
      this.#shared.set(etag, opening);
      opening.catch(() => {
        this.#shared.delete(etag);
        void upstream?.close();
      });
    }
    const shared = await opening;
    // Its last user may have given it back in the meantime.
    if (this.#shared.get(etag) !== opening) return this.#hand(entry, wanted);
    shared.users += 1;
    return handle(shared, nameOf(wanted.url), () => {
      shared.users -= 1;
      return this.#closeUnused(shared);
    });
  }

  async #share(entry: Omit<CacheEntry, 'usedAt'>, wanted: Wanted, upstream: Upstream | undefined): Promise<Shared> {
    const { etag, pin } = entry;
    const { size, ranges } = pin;
    const name = nameOf(wanted.url);
    await this.#closing.get(etag);
    const store = await this.#folder.store(entry);
    const onProgress = (done: number, finished: boolean): void => {
      this.#options.onProgress?.({ etag, name, done, total: size }, finished);
      if (finished) void this.#closeUnused(shared);
    };
    const hasRoom = () => this.#folder.hasRoom();
    const connect = (witnesses: () => Promise<readonly Witness[]>) => this.#reconnect(wanted, entry, witnesses);
    const patience = this.#patience.read;
    const cache = new BlockCache({ name, size, etag, ranges, store, connect, hasRoom, log: this.#log, patience, onProgress }, upstream);
    const shared: Shared = { cache, ranges, users: 0 };
    return shared;
  }

  /** What is being fetched as a whole goes on without readers. */
  async #closeUnused({ cache, users }: Shared): Promise<void> {
    if (users > 0 || cache.fetching || !this.#shared.delete(cache.etag)) return;
    const closing = cache.close().finally(() => this.#closing.delete(cache.etag));
    this.#closing.set(cache.etag, closing);
    await closing;
  }
}

/** How an ISO at a server differs from what is kept of it; undefined when it does not. A whole fetch compares by itself as the blocks come. */
async function difference(pin: SizedPin, upstream: Upstream, witnesses: () => Promise<readonly Witness[]>): Promise<string | undefined> {
  const { size, ranges } = upstream.pin;
  if (size !== undefined && size !== pin.size) return SIZE_DIFFERS;
  if (!ranges) return undefined;
  const verdict = await compare(await witnesses(), (offset, length) => upstream.read(offset, length));
  if (verdict === 'same') return undefined;
  return verdict === 'other' ? CONTENT_DIFFERS : NOTHING_TO_COMPARE;
}

function handle({ cache, ranges }: Shared, name: string, giveBack: () => Promise<void>): CachedIso {
  let closing: Promise<void> | undefined;
  const reading = (source: ByteSource): ByteSource => ({
    size: cache.size,
    etag: cache.etag,
    async read(offset, length, signal) {
      if (closing) throw new BootbenchError('E_IMAGE_GONE', `${name} was closed in the meantime.`);
      return source.read(offset, length, signal);
    },
    placesNow: (offset, length) => (closing ? undefined : source.placesNow?.(offset, length)),
    close: () => (closing ??= giveBack()),
  });
  return { ...reading(cache), ranges, patiently: () => reading(cache.patiently()) };
}

/** Whether another try may succeed: no answer, or an answer of a server in trouble; not a wrong URL. */
function isUnreachable(error: unknown): boolean {
  if (!(error instanceof BootbenchError) || error.code !== 'E_UPSTREAM' || error.cause === undefined) return false;
  return !(error.cause instanceof Transient && error.cause.final);
}

function keyOf(url: string): string {
  const parsed = parseSourceUrl(url);
  takeCredentials(parsed);
  return urlKey(parsed.href);
}

function nameOf(url: string): string {
  return shown(parseSourceUrl(url));
}
