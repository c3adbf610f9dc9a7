import type { ByteSource } from '../source/byte-source.ts';
import type { IsoVolume } from './volume.ts';
import { SECTOR } from './records.ts';

/** One entry of the boot catalogue (El Torito 1.0 §2). Offsets and sizes in bytes of the source. */
export interface BootEntry {
  /** bios: the default entry with platform 0; SeaBIOS and most firmware boot no other. */
  readonly platform: 'bios' | 'uefi' | 'other';
  readonly media: 'none' | 'floppy' | 'disk';
  readonly offset: number;
  /**
   * 512 times the load count. A count of 0 or 1 says nothing: UEFI then takes everything up to the volume's end
   * (edk2 PartitionDxe/ElTorito.c), and so does this.
   */
  readonly size: number;
  /** Where the entry itself lies in the catalogue. */
  readonly at: number;
}

const ENTRY = 32;
const MAX_CATALOG = 4 * SECTOR;

/** The bootable entries, default first; empty for a disc without a believable catalogue. */
export async function readBootCatalog(source: ByteSource, volume: IsoVolume, signal?: AbortSignal): Promise<BootEntry[]> {
  if (!volume.bootCatalog) return [];
  const bytes = Buffer.from(await source.read(volume.bootCatalog.offset, MAX_CATALOG, signal));
  const { offset, inSector17 } = volume.bootCatalog;
  return decodeCatalog(bytes, inSector17, volume.volumeBytes, source.size).map((entry) => ({ ...entry, at: offset + entry.at }));
}

function decodeCatalog(bytes: Buffer, inSector17: boolean, volumeEnd: number, size: number): BootEntry[] {
  // Only what SeaBIOS checks too; a wrong checksum boots.
  if (bytes.length < 2 * ENTRY || bytes[0] !== 1 || bytes[30] !== 0x55 || bytes[31] !== 0xaa) return [];
  const entries: BootEntry[] = [];
  let platform = bytes[1] ?? 0xff;
  let announced = 1;
  for (let at = ENTRY; at + ENTRY <= bytes.length; at += ENTRY) {
    const entry = bytes.subarray(at, at + ENTRY);
    const kind = entry[0] ?? 0;
    if (announced > 0 && kind !== 0x44) {
      announced -= 1;
      if (kind === 0x88) entries.push({ ...decodeEntry(entry, at === ENTRY && inSector17, platform, volumeEnd, size), at });
    } else if (kind === 0x90 || kind === 0x91) {
      platform = entry[1] ?? 0xff;
      announced = entry.readUInt16LE(2);
    } else if (kind !== 0x44) break;
  }
  return entries.filter((entry) => entry.offset > 0 && entry.size > 0);
}

function decodeEntry(entry: Buffer, canBeBios: boolean, platform: number, volumeEnd: number, size: number): Omit<BootEntry, 'at'> {
  const offset = entry.readUInt32LE(8) * SECTOR;
  const count = entry.readUInt16LE(6);
  const media = (entry[1] ?? 0) & 0x0f;
  const end = offset < volumeEnd ? volumeEnd : size;
  const wanted = count <= 1 ? end - offset : count * 512;
  return {
    platform: platform === 0xef ? 'uefi' : platform === 0 && canBeBios ? 'bios' : 'other',
    media: media === 0 ? 'none' : media === 4 ? 'disk' : 'floppy',
    offset,
    size: Math.max(0, Math.min(wanted, size - offset)),
  };
}

/** The part of an entry that says where its image of `size` bytes lies: load count and sector. edk2 cuts off what is behind 2048 times the count. */
export function bootPlaceFields(offset: number, size: number): Buffer {
  const fields = Buffer.alloc(6);
  fields.writeUInt16LE(Math.min(Math.ceil(size / 512), 0xffff), 0);
  fields.writeUInt32LE(offset / SECTOR, 2);
  return fields;
}
