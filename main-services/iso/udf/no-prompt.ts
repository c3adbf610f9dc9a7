import type { ByteSource } from '../source/byte-source.ts';
import { SECTOR } from '../iso9660/records.ts';
import type { IsoVolume } from '../iso9660/volume.ts';
import type { Patch } from '../source/overlay.ts';
import type { UdfVolume } from './udf-volume.ts';

const FOLDER = 'efi/microsoft/boot';
const ENTRY = 32;
const MAX_CATALOG = 4 * SECTOR;

/**
 * Windows media wait for “Press any key to boot from CD or DVD” when they boot by UEFI, and carry a second boot image that does not.
 * The patch makes the boot catalogue lead to that one; undefined for a disc without it.
 */
export async function noPromptPatch(
  source: ByteSource,
  volume: IsoVolume,
  udf: UdfVolume,
  signal?: AbortSignal,
): Promise<Patch | undefined> {
  const asking = await wholeFile(udf, `${FOLDER}/efisys.bin`, signal);
  const silent = await wholeFile(udf, `${FOLDER}/efisys_noprompt.bin`, signal);
  if (!volume.bootCatalog || !silent) return undefined;
  const catalog = Buffer.from(await source.read(volume.bootCatalog.offset, MAX_CATALOG, signal));
  const at = uefiEntry(catalog, asking && asking.offset / SECTOR);
  if (at === undefined) return undefined;
  // Sector count and place (El Torito 1.0 §2.2); a count of 0 or 1 says nothing, and goes on saying nothing.
  const bytes = Buffer.from(catalog.subarray(at + 6, at + 12));
  if (bytes.readUInt16LE(0) > 1) bytes.writeUInt16LE(silent.length / 512, 0);
  bytes.writeUInt32LE(silent.offset / SECTOR, 2);
  return { offset: volume.bootCatalog.offset + at + 6, bytes };
}

async function wholeFile(udf: UdfVolume, path: string, signal?: AbortSignal): Promise<{ offset: number; length: number } | undefined> {
  const [extent, ...others] = (await udf.lookup(path, signal))?.extents ?? [];
  const sectors = (extent?.length ?? 0) / 512;
  const usable = others.length === 0 && extent && extent.offset % SECTOR === 0 && Number.isInteger(sectors) && sectors <= 0xffff;
  return usable ? extent : undefined;
}

/** The bootable entry of a UEFI section; the one that leads to `known` if there are several. */
function uefiEntry(catalog: Buffer, known: number | undefined): number | undefined {
  const found: number[] = [];
  let uefi = catalog[1] === 0xef;
  for (let at = ENTRY; at + ENTRY <= catalog.length; at += ENTRY) {
    const kind = catalog[at];
    if (kind === 0x90 || kind === 0x91) uefi = catalog[at + 1] === 0xef;
    else if (kind === 0x88 && uefi) found.push(at);
    else if (kind !== 0x44 && kind !== 0x88 && at > ENTRY) break;
  }
  return found.find((at) => catalog.readUInt32LE(at + 8) === known) ?? found[0];
}
