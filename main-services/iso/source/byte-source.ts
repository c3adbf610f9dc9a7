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
  close(): Promise<void>;
}
