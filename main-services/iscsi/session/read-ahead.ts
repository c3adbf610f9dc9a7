import type { ByteSource } from '../../iso/source/byte-source.ts';

/** Bytes that are read at once where an initiator reads one stretch after the other. Two such windows are held. */
export const WINDOW_BYTES = 524_288;

interface Window {
  readonly start: number;
  readonly end: number;
  bytes: Uint8Array | undefined;
  /** Undefined where it cannot be read: each read then finds out for itself. */
  readonly reading: Promise<Uint8Array | undefined>;
}

/**
 * Reads of one session. Firmware reads a medium in order, 16 KiB at a time, and waits for each: where reads follow each other, what comes
 * next is read while the last one is sent.
 */
export class ReadAhead {
  readonly #source: Pick<ByteSource, 'size' | 'read' | 'readNow'>;
  readonly #stop = new AbortController();
  #windows: Window[] = [];
  /** Where the last read ended. */
  #next = -1;

  constructor(source: Pick<ByteSource, 'size' | 'read' | 'readNow'>) {
    this.#source = source;
  }

  /** What is there already, or will be. Fewer bytes where the medium ends. Rejects where it cannot be read. */
  read(offset: number, length: number, signal: () => AbortSignal): Uint8Array | Promise<Uint8Array> {
    const isInOrder = offset === this.#next;
    this.#next = offset + length;
    const end = Math.min(offset + length, this.#source.size);
    const covering = this.#covering(offset, end);
    const now = covering ? undefined : this.#source.readNow?.(offset, length);
    if (now) return now;
    const windows = covering ?? (isInOrder ? this.#open(offset, end) : undefined);
    if (!windows) return this.#source.read(offset, length, signal());
    const last = windows.at(-1);
    if (last && last === this.#windows.at(-1)) this.#follow(last);
    const parts = partsOf(windows, offset, end);
    if (parts) return joined(parts);
    return Promise.all(windows.map(({ reading }) => reading)).then(() => {
      const read = partsOf(windows, offset, end);
      return read ? joined(read) : this.#source.read(offset, length, signal());
    });
  }

  /** The window, or the two windows, that have the bytes. */
  #covering(offset: number, end: number): Window[] | undefined {
    const first = this.#windows.findIndex((window) => window.start <= offset && offset < window.end);
    const covering = first < 0 ? [] : this.#windows.slice(first, end <= (this.#windows[first]?.end ?? 0) ? first + 1 : first + 2);
    return end <= (covering.at(-1)?.end ?? -1) ? covering : undefined;
  }

  close(): void {
    this.#stop.abort();
    this.#windows = [];
  }

  /** Undefined for a read that is as long as a window: reading it ahead gains nothing. */
  #open(offset: number, end: number): Window[] | undefined {
    this.#windows = [];
    return end - offset < WINDOW_BYTES ? [this.#add(offset)] : undefined;
  }

  /** The window after the last one. */
  #follow({ end }: Window): void {
    if (end < this.#source.size) this.#add(end);
  }

  #add(start: number): Window {
    const end = Math.min(start + WINDOW_BYTES, this.#source.size);
    const reading = this.#source.read(start, end - start, this.#stop.signal).then(
      (bytes) => (window.bytes = bytes),
      () => {
        this.#windows = this.#windows.filter((one) => one !== window);
        return undefined;
      },
    );
    const window: Window = { start, end, bytes: undefined, reading };
    this.#windows = [...this.#windows.slice(-1), window];
    return window;
  }
}

/** Undefined where one of them is not there. */
function partsOf(windows: readonly Window[], offset: number, end: number): Uint8Array[] | undefined {
  const parts = windows.flatMap(({ start, bytes }) => (bytes ? [bytes.subarray(Math.max(offset - start, 0), end - start)] : []));
  return parts.length === windows.length ? parts : undefined;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  return only && parts.length === 1 ? only : Buffer.concat(parts);
}
