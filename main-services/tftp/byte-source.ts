import type { FileAnswer } from '../boot/boot.ts';

/** The bytes of a file that boot/ answers with. */
export type ByteSource = Extract<FileAnswer, { kind: 'file' }>['source'];

/** What a transfer reads. */
export interface PieceSource {
  /** Bytes. */
  readonly size: number;
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** As `ByteSource.readNow`. */
  readNow?(offset: number, length: number): Uint8Array | undefined;
  /** The transfer no longer uses bytes that it has got. */
  release?(bytes: Uint8Array): void;
  close(): Promise<void>;
}
