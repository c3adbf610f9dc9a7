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
  close(): Promise<void>;
}
