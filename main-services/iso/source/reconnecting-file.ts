import { setTimeout as wait } from 'node:timers/promises';
import { BootbenchError } from '../../../contract/errors.ts';
import { abortable, within } from './abortable.ts';
import { readIntoFrom, type ByteSource, type Place } from './byte-source.ts';
import { openLocalFile, sameFile, type LocalFileOptions, restoreOrAccept } from './local-file.ts';

export interface ReconnectingFileOptions extends LocalFileOptions {
  /** Milliseconds that reads wait for a file that is gone, counted from its loss; and what each waits at least. */
  readonly patience?: { readonly loss: number; readonly least: number };
  /** Milliseconds between two looks whether it is back. */
  readonly lookEvery?: number;
  /** Told the sentence when the file is lost, and undefined when it is back. */
  readonly onTrouble?: (sentence: string | undefined) => void;
}

const PATIENCE = { loss: 30_000, least: 5_000 };
const LOOK_EVERY = 500;

/**
 * A file on disk that may go and come back while machines read it: a stick that is pulled, a share that drops out. It is the
 * file that was looked at, or nothing: its etag stays the given one, and a file that is not the same is E_IMAGE_CHANGED.
 * Reads wait for a file that is gone, then are E_IMAGE_GONE. Rejects at once when it is not there to begin with.
 */
export async function openPatientFile(path: string, pinned: PinnedFile, options: ReconnectingFileOptions = {}): Promise<ByteSource> {
  return new ReconnectingFile(path, pinned, await openSame(path, pinned, options), options);
}

/** The file as it was when it was looked at. */
export interface PinnedFile {
  readonly size: number;
  readonly etag: string;
}

class ReconnectingFile implements ByteSource {
  readonly size: number;
  readonly etag: string;
  readonly #path: string;
  readonly #options: ReconnectingFileOptions;
  readonly #closing = new AbortController();
  #file: ByteSource | undefined;
  #loss: Loss | undefined;
  #back: Promise<void> | undefined;

  constructor(path: string, pinned: PinnedFile, file: ByteSource, options: ReconnectingFileOptions) {
    this.size = pinned.size;
    this.etag = pinned.etag;
    this.#path = path;
    this.#file = file;
    this.#options = options;
  }

  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#patiently((file) => file.read(offset, length, signal), signal);
  }

  readInto(target: Uint8Array, offset: number, signal?: AbortSignal): Promise<void> {
    return this.#patiently((file) => readIntoFrom(file, target, offset, signal), signal);
  }

  async #patiently<Read>(read: (file: ByteSource) => Promise<Read>, signal: AbortSignal | undefined): Promise<Read> {
    const began = performance.now();
    for (;;) {
      const file = this.#file;
      try {
        if (file) return await read(file);
      } catch (error) {
        if (!(error instanceof BootbenchError) || !isLoss(error)) throw error;
        this.#lose(file, error);
      }
      if (this.#closing.signal.aborted) throw new BootbenchError('E_IMAGE_GONE', `${this.#path} was closed in the meantime.`);
      await this.#waitForIt(began, signal);
    }
  }

  readNow(offset: number, length: number): Uint8Array | undefined {
    return this.#file?.readNow?.(offset, length);
  }

  placesNow(offset: number, length: number): readonly Place[] | undefined {
    return this.#file?.placesNow?.(offset, length);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#file?.close();
  }

  async #waitForIt(began: number, signal: AbortSignal | undefined): Promise<void> {
    const [loss, back] = [this.#loss, this.#back];
    if (!loss || !back) return;
    const { patience = PATIENCE, lookEvery = LOOK_EVERY } = this.#options;
    // Another file in its place stays there; one that went may come back.
    const until = loss.gone ? Math.max(loss.since + patience.loss, began + patience.least) : began + lookEvery;
    await within(abortable(back, signal), until - performance.now(), () => loss.last);
  }

  /** Another reader may have noticed before. */
  #lose(file: ByteSource | undefined, error: BootbenchError): void {
    if (!file || this.#file !== file) return;
    this.#file = undefined;
    file.close().catch(() => undefined);
    const again = this.#loss !== undefined;
    this.#loss ??= { since: performance.now(), gone: false, last: error };
    this.#loss.last = error;
    this.#loss.gone ||= error.code === 'E_IMAGE_GONE';
    this.#back = this.#lookForIt(this.#loss, again);
    if (!again) this.#options.onTrouble?.(error.message);
  }

  /** The first look is now, for the same file may merely have another inode; not where it was found and failed again. */
  async #lookForIt(loss: Loss, pauseFirst: boolean): Promise<void> {
    for (let pause = pauseFirst; !this.#closing.signal.aborted; pause = true) {
      if (pause) await this.#pause(loss);
      try {
        this.#take(await openSame(this.#path, this, this.#options));
        return;
      } catch (error) {
        if (error instanceof BootbenchError) loss.last = error;
      }
    }
  }

  #take(file: ByteSource): void {
    if (this.#closing.signal.aborted) return void file.close().catch(() => undefined);
    this.#file = file;
    this.#back = undefined;
    void this.#believe(file);
  }

  /** A disk with a bad sector opens well each time, so it is only back when it has stayed. */
  async #believe(file: ByteSource): Promise<void> {
    const { lookEvery = LOOK_EVERY } = this.#options;
    await wait(lookEvery * 4, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined);
    if (this.#file !== file || this.#closing.signal.aborted) return;
    this.#loss = undefined;
    this.#options.onTrouble?.(undefined);
  }

  /** Seldom when nobody can be waiting any more. */
  async #pause({ since }: Loss): Promise<void> {
    const { patience = PATIENCE, lookEvery = LOOK_EVERY } = this.#options;
    const long = performance.now() - since > patience.loss;
    await wait(long ? lookEvery * 4 : lookEvery, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined);
  }
}

interface Loss {
  readonly since: number;
  /** It was away at a time, rather than another one. */
  gone: boolean;
  last: BootbenchError;
}

function isLoss({ code }: BootbenchError): boolean {
  return code === 'E_IMAGE_GONE' || code === 'E_IMAGE_CHANGED';
}

async function openSame(path: string, pinned: PinnedFile, options: LocalFileOptions): Promise<ByteSource> {
  const file = await openLocalFile(path, options);
  if (file.size === pinned.size && sameFile(file.etag, pinned.etag)) return file;
  await file.close();
  throw new BootbenchError('E_IMAGE_CHANGED', `${path} is not the file that was added: its size or time differs.`, {
    next: restoreOrAccept(path),
  });
}
