import type { ByteSource } from '../../iso/source/byte-source.ts';
import type { Reservations } from '../scsi/reservations.ts';
import type { Unit } from '../scsi/unit.ts';

/** The medium of a session: what its logical unit 0 reads. */
export interface Medium {
  readonly unit: Unit;
  readonly source: Pick<ByteSource, 'size' | 'read' | 'readNow' | 'placesNow'>;
  /** The same for all sessions of a target; commands that reserve do not exist without it. */
  readonly reservations?: Reservations | undefined;
  /** Bytes that the connection took. */
  readonly delivered?: (offset: number, length: number) => void;
}

/** Bytes of the medium as blocks: zeros follow its end. */
export function filled(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  const blocks = Buffer.alloc(length);
  blocks.set(bytes);
  return blocks;
}
