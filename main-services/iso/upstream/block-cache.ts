import pLimit from 'p-limit';
import { BootbenchError } from '../../../contract/errors.ts';
import type { Log } from '../../../contract/runtime.ts';
import { abortable, within } from '../source/abortable.ts';
import { BLOCK, type BlockStore } from './block-store.ts';
import { readable } from '../source/bounds.ts';
import type { ByteSource, Place } from '../source/byte-source.ts';
import type { Witness } from './identity.ts';
import type { Upstream } from './upstream.ts';
import { WholeFetch } from './full-fetch.ts';

export interface BlockCacheOptions {
  /** The URL as it may stand in a message. */
  readonly name: string;
  readonly size: number;
  readonly etag: string;
  /** false: the server has no ranges, and the ISO is fetched as a whole. */
  readonly ranges: boolean;
  /** undefined: the disk does not take one; what was read last is kept in memory. */
  readonly store: BlockStore | undefined;
  /**
   * Asks for the server; done when the first byte that is not there is wanted. Rejects when it has other bytes by now than those that
   * are kept.
   */
  readonly connect: (witnesses: () => Promise<readonly Witness[]>) => Promise<Upstream>;
  /** Whether the cache folder takes another block. Asked before each. */
  readonly hasRoom: () => boolean;
  readonly log: Log;
  /** Milliseconds that a read waits for an ISO that is fetched as a whole. */
  readonly patience: number;
  readonly onProgress?: (done: number, finished: boolean) => void;
}

/** Requests to the server at a time. */
const AT_ONCE = 8;
/** Blocks that a sequential reader is ahead of. */
const AHEAD = 4;
/** Blocks of which it is remembered that they were read, to tell a sequential reader. */
const REMEMBERED = 64;
/** Blocks in memory where the disk takes none: small reads must not fetch a block each. */
const IN_MEMORY = 12;
/** Blocks, and bytes of each, that are compared before a change at the server is believed. */
const WITNESSES = 5;
const WITNESS = 64 * 1024;
/** Milliseconds until a disk that refused a block is tried again. */
const DISK_PAUSE = 30_000;

interface Flight {
  readonly bytes: Promise<Uint8Array>;
  /** It is over: the bytes are on the disk, or in memory, or did not come. */
  readonly over: Promise<unknown>;
  /** Readers that want it; nobody: it is not begun. */
  waiting: number;
}

/**
 * An upstream ISO in blocks on disk, shared by all hosts: each block is asked for once, however many wait for it, and is
 * served from the disk from then on, also when the server is away.
 */
export class BlockCache implements ByteSource {
  readonly size: number;
  readonly etag: string;
  readonly #options: BlockCacheOptions;
  readonly #flights = new Map<number, Flight>();
  readonly #inMemory = new Map<number, Uint8Array>();
  readonly #touched = new Set<number>();
  readonly #slot = pLimit(AT_ONCE);
  readonly #whole: WholeFetch | undefined;
  #upstream: Promise<Upstream> | undefined;
  #diskOffUntil = 0;
  #closed = false;

  constructor(options: BlockCacheOptions, upstream?: Upstream) {
    this.#options = options;
    this.size = options.size;
    this.etag = options.etag;
    if (upstream) this.#upstream = Promise.resolve(this.#remembering(upstream));
    if (!options.ranges) this.#whole = this.#wholeFetch();
    this.#whole?.start();
  }

  /** It is being fetched as a whole. */
  get fetching(): boolean {
    return this.#whole?.running === true;
  }

  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#read(offset, length, signal, this.#options.patience);
  }

  /** Blocks have the same place in the cache's file as in the ISO. */
  placesNow(offset: number, length: number): readonly Place[] | undefined {
    if (this.#closed || offset < 0 || length <= 0 || offset + length > this.size) return undefined;
    const first = Math.floor(offset / BLOCK);
    const last = Math.floor((offset + length - 1) / BLOCK);
    const fd = this.#options.store?.descriptorOf(first);
    if (fd === undefined) return undefined;
    for (let index = first + 1; index <= last; index += 1) if (this.#options.store?.descriptorOf(index) === undefined) return undefined;
    for (let index = first; index <= last; index += 1) this.#readAhead(index);
    return [{ fd, offset, length }];
  }

  /** The same bytes for one who waits until an ISO that is fetched as a whole is there. */
  patiently(): ByteSource {
    return {
      size: this.size,
      etag: this.etag,
      read: (offset, length, signal) => this.#read(offset, length, signal, Number.POSITIVE_INFINITY),
      placesNow: (offset, length) => this.placesNow(offset, length),
      close: () => Promise.resolve(),
    };
  }

  /** The beginnings of a few blocks that are kept: the first, the last and some between; the volume's dates are in the first. */
  async witnesses(): Promise<readonly Witness[]> {
    // Bytes that have just come are kept a moment later.
    if (this.#kept().length === 0) await new Promise((resolve) => setImmediate(resolve));
    const kept = this.#kept();
    const chosen = new Set(Array.from({ length: WITNESSES }, (_, turn) => kept[Math.round((turn * (kept.length - 1)) / (WITNESSES - 1))]));
    return (await Promise.all([...chosen].map((index) => this.#witness(index)))).flat();
  }

  #kept(): number[] {
    const { store } = this.#options;
    const all = Array.from({ length: Math.ceil(this.size / BLOCK) }, (_, index) => index);
    return all.filter((index) => this.#inMemory.has(index) || store?.has(index) === true);
  }

  async #witness(index: number | undefined): Promise<Witness[]> {
    if (index === undefined) return [];
    const length = Math.min(WITNESS, this.size - index * BLOCK);
    const bytes = this.#inMemory.get(index)?.subarray(0, length) ?? (await this.#options.store?.read(index, 0, length));
    return bytes ? [{ offset: index * BLOCK, bytes }] : [];
  }

  #remembering(upstream: Upstream): Upstream {
    upstream.witnesses = () => this.witnesses();
    return upstream;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const upstream = await this.#upstream?.catch(() => undefined);
    await Promise.all([upstream?.close(), this.#whole?.close()]);
    await Promise.all([...this.#flights.values()].map(({ over }) => over));
    await this.#options.store?.close();
  }

  async #read(offset: number, length: number, signal: AbortSignal | undefined, patience: number): Promise<Uint8Array> {
    const wanted = readable(this.size, offset, length);
    const first = Math.floor(offset / BLOCK);
    if (wanted === 0) return new Uint8Array(0);
    if (offset + wanted <= (first + 1) * BLOCK) return this.#piece(first, offset - first * BLOCK, wanted, signal, patience);
    const result = Buffer.allocUnsafe(wanted);
    const parts: Promise<void>[] = [];
    for (let at = 0; at < wanted;) {
      const index = Math.floor((offset + at) / BLOCK);
      const inside = offset + at - index * BLOCK;
      const take = Math.min(BLOCK - inside, wanted - at);
      const place = at;
      parts.push(
        this.#piece(index, inside, take, signal, patience).then((bytes) => {
          result.set(bytes, place);
        }),
      );
      at += take;
    }
    await Promise.all(parts);
    return result;
  }

  async #piece(index: number, from: number, length: number, signal: AbortSignal | undefined, patience: number): Promise<Uint8Array> {
    const { store } = this.#options;
    if (signal?.aborted === true) throw new BootbenchError('E_CANCELLED', 'The reader went away.');
    this.#readAhead(index);
    const here = this.#inMemory.get(index)?.subarray(from, from + length) ?? (await store?.read(index, from, length));
    if (here) return here;
    if (!this.#whole) return (await this.#fetched(index, signal)).subarray(from, from + length);
    await within(abortable(this.#whole.waitFor(index), signal), patience, () => this.#notYet(index));
    const come = await store?.read(index, from, length);
    if (!come)
      throw new BootbenchError('E_UPSTREAM', `${describe(index, this.size)} of ${this.#options.name} cannot be read from the cache.`);
    return come;
  }

  /** One who joins late in a failing fetch has not waited long himself, so he asks once more. */
  async #fetched(index: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const joined = this.#flights.has(index);
    try {
      return await this.#join(index, signal);
    } catch (error) {
      if (!joined || !(error instanceof BootbenchError) || error.code !== 'E_UPSTREAM') throw error;
      return this.#join(index, signal);
    }
  }

  async #join(index: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const flight = this.#flights.get(index) ?? this.#begin(index);
    flight.waiting += 1;
    try {
      return await abortable(flight.bytes, signal);
    } finally {
      flight.waiting -= 1;
    }
  }

  #begin(index: number): Flight {
    // A turn later, when whoever began it is counted.
    const bytes = Promise.resolve().then(() => this.#slot(() => this.#fetch(index, flight)));
    const over = bytes
      .then((come) => this.#keep(index, come))
      .catch(() => undefined)
      .finally(() => this.#flights.delete(index));
    const flight: Flight = { bytes, over, waiting: 0 };
    this.#flights.set(index, flight);
    return flight;
  }

  async #fetch(index: number, flight: Flight): Promise<Uint8Array> {
    if (this.#closed || flight.waiting === 0) throw new BootbenchError('E_CANCELLED', 'These bytes are no longer needed.');
    try {
      const upstream = await this.#connected();
      return await upstream.read(index * BLOCK, BLOCK);
    } catch (error) {
      if (!(error instanceof BootbenchError) || !error.code.startsWith('E_UPSTREAM')) throw error;
      throw new BootbenchError(error.code, `${error.message} ${describe(index, this.size)} of it are not in the cache.`, { cause: error });
    }
  }

  #connected(): Promise<Upstream> {
    if (this.#upstream) return this.#upstream;
    const connecting = this.#options.connect(() => this.witnesses()).then((upstream) => this.#remembering(upstream));
    this.#upstream = connecting;
    connecting.catch(() => {
      if (this.#upstream === connecting) this.#upstream = undefined;
    });
    return connecting;
  }

  /** Never an error to the machine: what the disk does not take stays in memory for a while. */
  async #keep(index: number, bytes: Uint8Array): Promise<void> {
    const { store, hasRoom, log, name } = this.#options;
    this.#inMemory.set(index, bytes);
    if (store && performance.now() >= this.#diskOffUntil && hasRoom()) {
      try {
        await store.write(index, bytes);
        this.#inMemory.delete(index);
        return;
      } catch (error) {
        this.#diskOffUntil = performance.now() + DISK_PAUSE;
        log.warn({ error, url: name }, 'the cache could not store a block, so the ISO is read from its server');
      }
    }
    const [oldest] = this.#inMemory.keys();
    if (this.#inMemory.size > IN_MEMORY && oldest !== undefined) this.#inMemory.delete(oldest);
  }

  /** Whoever comes to a block after the one before it will want those behind it. */
  #readAhead(index: number): void {
    if (this.#touched.has(index)) return;
    const sequential = this.#touched.has(index - 1);
    this.#touched.add(index);
    const [oldest] = this.#touched;
    if (this.#touched.size > REMEMBERED && oldest !== undefined) this.#touched.delete(oldest);
    if (!sequential || this.#whole || this.#closed || this.#flights.size >= AT_ONCE) return;
    for (let next = index + 1; next <= index + AHEAD && next * BLOCK < this.size; next += 1) {
      if (this.#flights.has(next) || this.#inMemory.has(next) || this.#options.store?.has(next) === true) continue;
      this.#join(next, undefined).catch(() => undefined);
    }
  }

  #wholeFetch(): WholeFetch | undefined {
    const { name, size, store, patience, onProgress } = this.#options;
    if (!store) {
      throw new BootbenchError(
        'E_DISK_FULL',
        `The server of ${name} has no ranges, so its ${size} bytes must be fetched first, and the cache cannot take them.`,
      );
    }
    return new WholeFetch({ name, size, store, connect: () => this.#connected(), patience, onProgress });
  }

  #notYet(index: number): BootbenchError {
    const { name, store } = this.#options;
    const here = Math.round(((store?.stored ?? 0) * BLOCK) / 1e6);
    const missing = describe(index, this.size);
    return new BootbenchError(
      'E_UPSTREAM',
      `${name} is still being fetched, because its server has no ranges: ${here} of ${Math.round(this.size / 1e6)} MB are here, ${missing} are not.`,
    );
  }
}

function describe(index: number, size: number): string {
  return `Bytes ${index * BLOCK}–${Math.min(size, (index + 1) * BLOCK) - 1}`;
}
