import type { ByteSource } from '../../iso/source/byte-source.ts';
import type { Unit } from '../scsi/unit.ts';

/** The medium of a session: what its logical unit 0 reads. */
export interface Medium {
  readonly unit: Unit;
  readonly source: Pick<ByteSource, 'size' | 'read'>;
  /** Bytes that the connection took. */
  readonly delivered?: (offset: number, length: number) => void;
}

/** Bytes of the medium as blocks: zeros follow its end. */
export async function readBlocks({ source }: Medium, offset: number, length: number, signal: AbortSignal): Promise<Uint8Array> {
  const bytes = await source.read(offset, length, signal);
  if (bytes.length === length) return bytes;
  const filled = Buffer.alloc(length);
  filled.set(bytes);
  return filled;
}
