import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, statfs, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { BootbenchError } from '../../../contract/errors.ts';
import type { Log } from '../../../contract/runtime.ts';
import { BLOCK, DATA_FILE, openBlockStore, type BlockStore } from './block-store.ts';
import { inBlocks } from './in-blocks.ts';
import type { Pin } from './answer.ts';
import { onceReleased } from '../../../util/held-files.ts';

export interface CacheFolderOptions {
  readonly dir: string;
  readonly log: Log;
  /** Bytes that all ISOs may take together. */
  readonly limit?: number;
  /** Bytes of the disk that are left free for everything else. */
  readonly keepFree?: number;
}

/** An ISO of which blocks are kept: its URL (as a hash, for it may be signed), what its server said, when it was last used. */
export interface CacheEntry {
  readonly etag: string;
  readonly urlKey: string;
  readonly pin: SizedPin;
  readonly usedAt: number;
}

export type SizedPin = Pin & { readonly size: number };

const LIMIT = 64 * 2 ** 30;
const KEEP_FREE = 2 * 2 ** 30;
/** Stored blocks, and milliseconds, between two looks at the disk. */
const LOOK_AFTER = 64;
const LOOK_EVERY = 10_000;
const META_FILE = 'entry.json';
/** Raised when older folders cannot be read any more; they are removed. */
const FORMAT = 1;

/** What stands for a URL in the cache. The password is not part of it. */
export function urlKey(href: string): string {
  return createHash('sha256').update(href).digest('hex').slice(0, 40);
}

/** The folder of all block stores, one folder per ETag, so that a changed ISO never mixes with the one before. */
export class CacheFolder {
  readonly #options: CacheFolderOptions;
  readonly #open = new Map<string, BlockStore>();
  readonly #making = new Set<string>();
  readonly #doomed = new Set<string>();
  #room = true;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #blocksSince = 0;
  #looking: Promise<void> | undefined;

  constructor(options: CacheFolderOptions) {
    this.#options = options;
  }

  /** The entry with this ETag, or the newest of the URL. */
  async find(key: string, etag?: string): Promise<CacheEntry | undefined> {
    const all = await this.entries();
    const fitting = all.filter((entry) => entry.urlKey === key && (etag === undefined || entry.etag === etag));
    return fitting.sort((a, b) => b.usedAt - a.usedAt)[0];
  }

  async entries(): Promise<CacheEntry[]> {
    const names = await readdir(this.#options.dir).catch(() => []);
    const found: CacheEntry[] = [];
    for (const name of names) {
      const entry = await this.#entry(name);
      if (entry) found.push(entry);
      else if (isEtag(name) && !this.#inUse(name)) await this.#remove(name);
    }
    return found;
  }

  /** The blocks of an ISO; undefined, with a word in the log, when the disk does not take any. */
  async store(entry: Omit<CacheEntry, 'usedAt'>): Promise<BlockStore | undefined> {
    const { dir, log } = this.#options;
    const folder = join(dir, entry.etag);
    this.#making.add(entry.etag);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeMeta(folder, entry);
      const store = await openBlockStore(folder, entry.pin.size);
      this.#open.set(entry.etag, store);
      this.#doomed.delete(entry.etag);
      await this.#look();
      return this.#watched(entry.etag, store);
    } catch (error) {
      log.warn({ error, folder }, 'the cache cannot be written, so the ISO is read from its server');
      return undefined;
    } finally {
      this.#making.delete(entry.etag);
    }
  }

  /**
   * Stores an ISO whose size nobody knows, from its first byte to its last. `entryOf` names it once it is counted. Throws what `body` throws,
   * and E_DISK_FULL; then nothing is kept.
   */
  async count(
    key: string,
    body: AsyncIterable<Uint8Array>,
    entryOf: (size: number) => Omit<CacheEntry, 'usedAt'>,
    onBytes: (done: number) => void,
  ): Promise<Omit<CacheEntry, 'usedAt'>> {
    // Named like an entry, so that one that a crash leaves behind is removed as a folder without a description.
    const name = urlKey(`counting ${key}`);
    const folder = join(this.#options.dir, name);
    this.#making.add(name);
    try {
      const size = await this.#fill(folder, body, onBytes);
      const entry = entryOf(size);
      await writeMeta(folder, entry);
      await this.#remove(entry.etag);
      await onceReleased(() => rename(folder, join(this.#options.dir, entry.etag)));
      return entry;
    } finally {
      await this.#remove(name);
      this.#making.delete(name);
    }
  }

  async #fill(folder: string, body: AsyncIterable<Uint8Array>, onBytes: (done: number) => void): Promise<number> {
    const store = await this.#emptyStore(folder);
    await this.#look();
    let size = 0;
    try {
      for await (const block of inBlocks(body, BLOCK)) {
        if (!this.hasRoom()) throw fullDisk();
        await store.write(size / BLOCK, block).catch((error: unknown) => {
          throw fullDisk(error);
        });
        this.#blocksSince += 1;
        size += block.length;
        onBytes(size);
      }
    } finally {
      await store.close();
    }
    return size;
  }

  async #emptyStore(folder: string): Promise<BlockStore> {
    try {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return await openBlockStore(folder, 0);
    } catch (error) {
      throw fullDisk(error);
    }
  }

  /** Whether another block may be written. */
  hasRoom(): boolean {
    if (performance.now() - this.#lookedAt > LOOK_EVERY || this.#blocksSince >= LOOK_AFTER) void this.#look();
    return this.#room;
  }

  /** Removes what is kept of a URL; what is being read goes when it is closed. */
  async remove(key: string): Promise<void> {
    for (const entry of await this.entries()) {
      if (entry.urlKey !== key) continue;
      if (this.#inUse(entry.etag)) this.#doomed.add(entry.etag);
      else await this.#remove(entry.etag);
    }
  }

  #inUse(etag: string): boolean {
    return this.#open.has(etag) || this.#making.has(etag);
  }

  #watched(etag: string, store: BlockStore): BlockStore {
    const write = async (index: number, bytes: Uint8Array): Promise<void> => {
      await store.write(index, bytes);
      this.#blocksSince += 1;
    };
    const close = async (): Promise<void> => {
      await store.close();
      this.#open.delete(etag);
      const now = new Date();
      await utimes(join(this.#options.dir, etag, META_FILE), now, now).catch(() => undefined);
      if (this.#doomed.delete(etag)) await this.#remove(etag);
    };
    return {
      blocks: store.blocks,
      get stored() {
        return store.stored;
      },
      has: (index) => store.has(index),
      read: (index, offset, length) => store.read(index, offset, length),
      descriptorOf: (index) => store.descriptorOf(index),
      write,
      close,
    };
  }

  /** Looks at the disk, and removes the ISOs that were not used for longest while there is too little room. */
  #look(): Promise<void> {
    this.#looking ??= this.#makeRoom()
      .catch((error: unknown) => {
        this.#options.log.warn({ error }, 'the room of the cache could not be looked at');
      })
      .finally(() => {
        this.#looking = undefined;
        this.#lookedAt = performance.now();
        this.#blocksSince = 0;
      });
    return this.#looking;
  }

  async #makeRoom(): Promise<void> {
    const { limit = LIMIT, keepFree = KEEP_FREE, dir, log } = this.#options;
    const entries = (await this.entries()).sort((a, b) => a.usedAt - b.usedAt);
    const used = new Map<string, number>();
    for (const { etag } of entries) used.set(etag, await this.#bytesOf(etag));
    for (;;) {
      const total = [...used.values()].reduce((sum, bytes) => sum + bytes, 0);
      const { bavail, bsize } = await statfs(dir);
      this.#room = total <= limit && bavail * bsize >= keepFree;
      const victim = entries.find(({ etag }) => used.has(etag) && !this.#inUse(etag));
      if (this.#room || !victim) return;
      log.info({ etag: victim.etag, bytes: used.get(victim.etag) }, 'a cached ISO makes room');
      used.delete(victim.etag);
      await this.#remove(victim.etag);
    }
  }

  async #bytesOf(etag: string): Promise<number> {
    const open = this.#open.get(etag);
    if (open) return open.stored * BLOCK;
    const found = await stat(join(this.#options.dir, etag, DATA_FILE)).catch(() => undefined);
    return found ? found.blocks * 512 : 0;
  }

  async #entry(etag: string): Promise<CacheEntry | undefined> {
    if (!isEtag(etag)) return undefined;
    const path = join(this.#options.dir, etag, META_FILE);
    try {
      const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
      return entryOf(etag, JSON.parse(text), mtimeMs);
    } catch {
      return undefined;
    }
  }

  async #remove(etag: string): Promise<void> {
    await rm(join(this.#options.dir, etag), { recursive: true, force: true }).catch((error: unknown) => {
      this.#options.log.warn({ error, etag }, 'a cached ISO could not be removed');
    });
  }
}

async function writeMeta(folder: string, { urlKey, pin }: Omit<CacheEntry, 'usedAt'>): Promise<void> {
  await writeFile(join(folder, `${META_FILE}.new`), JSON.stringify({ format: FORMAT, blockSize: BLOCK, urlKey, pin }), { mode: 0o600 });
  await onceReleased(() => rename(join(folder, `${META_FILE}.new`), join(folder, META_FILE)));
}

function fullDisk(cause?: unknown): BootbenchError {
  const why = 'Its server does not report the size, so the complete ISO must be fetched first, and it does not fit into the cache.';
  return new BootbenchError('E_DISK_FULL', why, { cause });
}

function isEtag(name: string): boolean {
  return /^[0-9a-f]{40}$/.test(name);
}

const Meta = z.object({
  format: z.literal(FORMAT),
  blockSize: z.literal(BLOCK),
  urlKey: z.string(),
  pin: z.object({
    size: z.number().int().positive(),
    validator: z.string().optional(),
    etag: z.string().optional(),
    ranges: z.boolean(),
  }),
});

/** undefined for a folder of another version, or a spoilt one. */
function entryOf(etag: string, json: unknown, usedAt: number): CacheEntry | undefined {
  const { data } = Meta.safeParse(json);
  if (!data) return undefined;
  const { size, validator, etag: serverTag, ranges } = data.pin;
  return { etag, urlKey: data.urlKey, pin: { size, validator, etag: serverTag, ranges }, usedAt };
}
