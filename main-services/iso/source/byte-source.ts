/** Where some bytes are: in an open file, or in memory. */
export type Place = { readonly fd: number; readonly offset: number; readonly length: number } | { readonly bytes: Uint8Array };

/**
 * Random-access, read-only bytes: everything a machine reads comes from one of these.
 * `read` returns exactly `min(length, size - offset)` bytes, or throws BootbenchError (E_IMAGE_GONE, E_UPSTREAM, …); never fewer.
 */
export interface ByteSource {
  /** Bytes. */
  readonly size: number;
  /** Strong identity of these bytes, without quotes. */
  readonly etag: string;
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** As `read`, where the bytes are at hand and are few; undefined where reading them could wait, or is not known not to. Never throws. */
  readNow?(offset: number, length: number): Uint8Array | undefined;
  /** As `read`, into `target`, which is filled as a whole. Not changed any more once the promise has ended. */
  readInto?(target: Uint8Array, offset: number, signal?: AbortSignal): Promise<void>;
  /**
   * Where the bytes of a range are, in order, where they are in local files that are known to be unchanged, and in memory; undefined where
   * only `read` can tell. File descriptors are valid until control returns to the event loop. Never throws.
   */
  placesNow?(offset: number, length: number): readonly Place[] | undefined;
  /** The open file that has exactly these bytes, for another thread of this process that reads until `close`. Undefined where there is none. */
  readonly descriptor?: number | undefined;
  close(): Promise<void>;
}

/** Fills `target` from any source. */
export async function readIntoFrom(source: ByteSource, target: Uint8Array, offset: number, signal?: AbortSignal): Promise<void> {
  if (source.readInto) return source.readInto(target, offset, signal);
  const bytes = await source.read(offset, target.length, signal);
  if (bytes.length !== target.length) throw new Error(`a source gave ${bytes.length} of ${target.length} bytes`);
  target.set(bytes);
}
