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
   * 512 times the load count. With a count of 0 or 1 UEFI takes everything up to the volume's end
   * (edk2 PartitionDxe/ElTorito.c), and so does this.
   */
  readonly size: number;
  /** Byte offset of the entry itself. */
  readonly at: number;
}

const ENTRY = 32;
const MAX_CATALOG_BYTES = 4 * SECTOR;
/** First bytes of the entries (El Torito 1.0 §2.2 to 2.5). */
const [BOOTABLE, EXTENSION, SECTION_HEADER, LAST_SECTION_HEADER] = [0x88, 0x44, 0x90, 0x91];

/** The bootable entries, default first; empty for a disc without a valid catalogue. */
export async function readBootCatalog(source: ByteSource, volume: IsoVolume, signal?: AbortSignal): Promise<BootEntry[]> {
  if (!volume.bootCatalog) return [];
  const { offset, inSector17 } = volume.bootCatalog;
  const bytes = Buffer.from(await source.read(offset, MAX_CATALOG_BYTES, signal));
  const limits = { inSector17, volumeEnd: volume.volumeBytes, size: source.size };
  return decodeCatalog(bytes, limits).map((entry) => ({ ...entry, at: offset + entry.at }));
}

interface CatalogLimits {
  readonly inSector17: boolean;
  readonly volumeEnd: number;
  readonly size: number;
}

function decodeCatalog(bytes: Buffer, limits: CatalogLimits): BootEntry[] {
  if (!isCatalog(bytes)) return [];
  const entries: BootEntry[] = [];
  let platform = bytes[1] ?? 0xff;
  let announced = 1;
  for (let at = ENTRY; at + ENTRY <= bytes.length; at += ENTRY) {
    const entry = bytes.subarray(at, at + ENTRY);
    const kind = entry[0] ?? 0;
    if (kind === EXTENSION) continue;
    if (announced > 0) {
      announced -= 1;
      if (kind === BOOTABLE) entries.push({ ...decodeEntry(entry, platform, at === ENTRY, limits), at });
    } else if (kind === SECTION_HEADER || kind === LAST_SECTION_HEADER) {
      platform = entry[1] ?? 0xff;
      announced = entry.readUInt16LE(2);
    } else break;
  }
  return entries.filter((entry) => entry.offset > 0 && entry.size > 0);
}

/** Only what SeaBIOS checks too; a catalogue with a wrong checksum boots. */
function isCatalog(bytes: Buffer): boolean {
  return bytes.length >= 2 * ENTRY && bytes[0] === 1 && bytes[30] === 0x55 && bytes[31] === 0xaa;
}

function decodeEntry(
  entry: Buffer,
  platform: number,
  isDefault: boolean,
  { inSector17, volumeEnd, size }: CatalogLimits,
): Omit<BootEntry, 'at'> {
  const offset = entry.readUInt32LE(8) * SECTOR;
  const count = entry.readUInt16LE(6);
  const media = (entry[1] ?? 0) & 0x0f;
  const end = offset < volumeEnd ? volumeEnd : size;
  const wanted = count <= 1 ? end - offset : count * 512;
  const bios = platform === 0 && isDefault && inSector17;
  return {
    platform: platform === 0xef ? 'uefi' : bios ? 'bios' : 'other',
    media: media === 0 ? 'none' : media === 4 ? 'disk' : 'floppy',
    offset,
    size: Math.max(0, Math.min(wanted, size - offset)),
  };
}

/** The fields of an entry that name its image of `size` bytes: load count and sector. edk2 cuts off what is behind 2048 times the count. */
export function bootPlaceFields(offset: number, size: number): Buffer {
  const fields = Buffer.alloc(6);
  fields.writeUInt16LE(Math.min(Math.ceil(size / 512), 0xffff), 0);
  fields.writeUInt32LE(offset / SECTOR, 2);
  return fields;
}
