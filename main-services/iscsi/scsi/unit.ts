/** A logical unit as initiators see it. */
export interface Unit {
  /** A CD-ROM with blocks of 2048 bytes, or a read-only disk with blocks of 512. */
  readonly device: 'cd' | 'disk';
  /** Bytes of the medium. A last block that it does not fill ends in zeros. */
  readonly size: number;
  /** 16 hexadecimal digits that are the same for the same medium: the unit's serial number. */
  readonly serial: string;
}

export function blockSizeOf({ device }: Unit): number {
  return device === 'cd' ? 2048 : 512;
}

/** At least one: READ CAPACITY cannot report none. */
export function blocksOf(unit: Unit): number {
  return Math.max(1, Math.ceil(unit.size / blockSizeOf(unit)));
}
