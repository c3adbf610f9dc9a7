import type { Extent } from '../source/overlay.ts';
import { SECTOR, ucs2, type ReadAt } from './records.ts';

/** A volume descriptor (ECMA-119 §8): `at` is its byte offset, `base` the one from which its volume counts sectors. */
export interface Descriptor {
  readonly at: number;
  readonly base: number;
  readonly bytes: Buffer;
}

const FIRST_SECTOR = 16;
const MAX_DESCRIPTORS = 64;
/** Offset of the root folder's record in a volume descriptor (ECMA-119 §8.4.18). */
export const ROOT_RECORD_OFFSET = 156;

/** The descriptors of the volume that begins at `base` of an image of `size` bytes; descriptors that are cut off are left out. */
export async function readDescriptors(read: ReadAt, size: number, base = 0): Promise<Descriptor[]> {
  const found: Descriptor[] = [];
  for (let sector = FIRST_SECTOR; sector < FIRST_SECTOR + MAX_DESCRIPTORS; sector += 1) {
    const at = base + sector * SECTOR;
    if (at + SECTOR > size) break;
    const bytes = await read(at, SECTOR);
    if (bytes.toString('latin1', 1, 6) !== 'CD001' || bytes[0] === 255) break;
    found.push({ at, base, bytes });
  }
  return found;
}

export function isPrimary({ bytes }: Descriptor): boolean {
  return bytes[0] === 1;
}

/** Joliet §2: a supplementary descriptor with one of three UCS-2 escape sequences. */
export function isJoliet({ bytes }: Descriptor): boolean {
  return bytes[0] === 2 && /^%\/[@CE]/.test(bytes.toString('latin1', 88, 91));
}

/** Primary and supplementary descriptors: those that carry a volume size and a root folder. */
export function volumeDescriptors(descriptors: readonly Descriptor[]): Descriptor[] {
  return descriptors.filter(({ bytes }) => bytes[0] === 1 || bytes[0] === 2);
}

/** The root folder of a volume in bytes of the image, by the fields that name its place; undefined where they name none. */
export function rootOf({ bytes, base }: Descriptor): Extent | undefined {
  const sector = bytes.readUInt32LE(ROOT_RECORD_OFFSET + 2) + (bytes[ROOT_RECORD_OFFSET + 1] ?? 0);
  const length = bytes.readUInt32LE(ROOT_RECORD_OFFSET + 10);
  return sector === 0 || length === 0 ? undefined : { offset: base + sector * SECTOR, length };
}

/** The volume's name: from the primary descriptor, or from Joliet's where the primary one has none. */
export function volumeName(primary: Descriptor, joliet: Descriptor | undefined): string {
  // NUL-padded by some writers (go-diskfs), space-padded by the standard.
  const trim = (text: string) => text.replace(/[\0 ]+$/, '').replace(/^[\0 ]+/, '');
  const plain = trim(primary.bytes.toString('latin1', 40, 72));
  return plain === '' && joliet ? trim(ucs2(joliet.bytes.subarray(40, 72))) : plain;
}
