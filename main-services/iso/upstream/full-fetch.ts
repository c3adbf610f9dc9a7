import { setTimeout as wait } from 'node:timers/promises';
import { BootbenchError } from '../../../contract/errors.ts';
import { BLOCK, type BlockStore } from './block-store.ts';
import { inBlocks } from './in-blocks.ts';
import { changed, reason, wrong } from './answer.ts';
import { Transient } from './route.ts';
import type { Upstream } from './upstream.ts';
import { CONTENT_DIFFERS, SIZE_DIFFERS } from './sentences.ts';

export interface WholeFetchOptions {
  readonly name: string;
  readonly size: number;
  readonly store: BlockStore;
  readonly connect: () => Promise<Upstream>;
  /** Milliseconds without a new block after which it is given up, until somebody asks again. */
  readonly patience: number;
  readonly onProgress?: ((done: number, finished: boolean) => void) | undefined;
}

const PAUSE = 1000;

/** Fetches an ISO whose server has no ranges, once, from its first byte to its last, into the store. */
export class WholeFetch {
  readonly #options: WholeFetchOptions;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #waiting: { readonly index: number; readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];

  constructor(options: WholeFetchOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  /** Resolves when the block is in the store; rejects when the fetch was given up. Begins it where it does not run. */
  waitFor(index: number): Promise<void> {
    if (this.#options.store.has(index)) return Promise.resolve();
    const waited = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ index, resolve, reject });
    });
    this.start();
    return waited;
  }

  start(): void {
    const { store, onProgress } = this.#options;
    if (this.#running || store.stored === store.blocks) return;
    this.#running = this.#fetch()
      .then(
        () => this.#settle(undefined),
        (error: unknown) => this.#settle(error),
      )
      .finally(() => {
        this.#running = undefined;
        onProgress?.(this.#done(), true);
      });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #fetch(): Promise<void> {
    const { name, store, patience } = this.#options;
    let until = performance.now() + patience;
    while (store.stored < store.blocks) {
      const before = store.stored;
      try {
        await this.#once();
      } catch (error) {
        if (this.#closing.signal.aborted) throw new BootbenchError('E_CANCELLED', `Fetching ${name} was cancelled.`, { cause: error });
        if (error instanceof BootbenchError && error.code !== 'E_UPSTREAM') throw error;
        if (store.stored > before) until = performance.now() + patience;
        if (performance.now() > until) {
          throw error instanceof BootbenchError ? error : wrong(name, reason(error), error);
        }
        await wait(Math.min(PAUSE, patience), undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
  }

  async #once(): Promise<void> {
    const { size, connect } = this.#options;
    const upstream = await connect();
    let position = 0;
    for await (const block of inBlocks(upstream.whole(this.#closing.signal), BLOCK)) {
      if (position + block.length > size) throw changed(this.#options.name, SIZE_DIFFERS);
      if (block.length < BLOCK && position + block.length < size)
        throw new Transient(`broke off after ${position + block.length} of ${size} bytes`);
      await this.#put(position / BLOCK, block);
      position += block.length;
    }
    if (position < size) throw new Transient(`broke off after ${position} of ${size} bytes`);
  }

  async #put(index: number, block: Uint8Array): Promise<void> {
    const { store, name, size, onProgress } = this.#options;
    const kept = await store.read(index, 0, block.length);
    // A fetch begins anew where it broke off, maybe at another node with another ETag: what is kept tells whether it is the same ISO.
    if (kept && Buffer.compare(kept, block) !== 0) throw changed(name, CONTENT_DIFFERS);
    if (!kept) {
      await store.write(index, block).catch((error: unknown) => {
        throw new BootbenchError(
          'E_DISK_FULL',
          `The server of ${name} has no ranges, so its ${size} bytes must be fetched first, and the cache cannot take them.`,
          { cause: error },
        );
      });
    }
    onProgress?.(this.#done(), false);
    const come = this.#waiting.filter((waiting) => store.has(waiting.index));
    this.#waiting = this.#waiting.filter((waiting) => !come.includes(waiting));
    for (const { resolve } of come) resolve();
  }

  #done(): number {
    return Math.min(this.#options.size, this.#options.store.stored * BLOCK);
  }

  #settle(error: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { index, resolve, reject } of waiting) {
      if (this.#options.store.has(index)) resolve();
      else reject(error ?? new BootbenchError('E_UPSTREAM', `Cached block ${index} of ${this.#options.name} is corrupt.`));
    }
  }
}
