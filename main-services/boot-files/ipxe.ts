import { asBuffer } from '../../util/text.ts';
import { unpackLzma } from './lzma.ts';

/** What an iPXE image reports about itself. Undefined members could not be read. */
export interface IpxeFacts {
  readonly version: string | undefined;
  /** iPXE's own names, in the order of their codes. */
  readonly features: readonly string[] | undefined;
  /** The setting `buildarch`: `i386`, `x86_64`, `arm64`. */
  readonly buildArch: string | undefined;
}

/** Feature codes in DHCP option 175 (iPXE's `ipxe/features.h`); the same bytes are in the image, because it sends them from there. */
const FEATURES: Readonly<Record<number, string>> = {
  0x10: 'PXE API extensions',
  0x11: 'iSCSI',
  0x12: 'AoE',
  0x13: 'HTTP',
  0x14: 'HTTPS',
  0x15: 'TFTP',
  0x16: 'FTP',
  0x17: 'DNS',
  0x18: 'bzImage',
  0x19: 'Multiboot',
  0x1a: 'SLAM',
  0x1b: 'SRP',
  0x20: 'NBI',
  0x21: 'PXE images',
  0x22: 'ELF',
  0x23: 'COMBOOT',
  0x24: 'EFI images',
  0x25: 'FCoE',
  0x26: 'VLAN',
  0x27: 'Menu',
  0x28: 'SDI',
  0x29: 'NFS',
};

/** Sub-option 235 of option 175: iPXE's version in three numbers. It stands among the features. */
const VERSION_TAG = 0xeb;
/** Fewer features than any build has: such a run of bytes is a coincidence. */
const LEAST_FEATURES = 3;

/** Facts of an unpacked iPXE image; undefined when the bytes are not of iPXE. Pure. */
export function ipxeFacts(bytes: Uint8Array): IpxeFacts | undefined {
  const image = asBuffer(bytes);
  const features = featuresIn(image);
  if (features === undefined && !image.includes('https://ipxe.org')) return undefined;
  return { version: versionIn(image), features, buildArch: buildArchIn(image) };
}

/** The first instruction of iPXE's loader for PXE ROMs (`pxeprefix.S`): a far jump to segment 0x7c0. */
const PXE_LOADER = [0xea, undefined, 0x00, 0xc0, 0x07];
/** iPXE for BIOS packs itself with these parameters (`util/zbin.c`). */
const PACKED = { lc: 2, lp: 0, pb: 0 };
/** The packed part starts behind the loader, which has 5 KB. */
const LOADER_LIMIT = 16 * 1024;
/** Bytes that are unpacked in all attempts; a real image has 160 to 400 KB. */
const UNPACK_BUDGET = 8 * 2 ** 20;

/** Unpacks an iPXE image for BIOS (`undionly.kpxe`); undefined when it is not one. Pure. */
export function unpackBiosIpxe(bytes: Uint8Array): Uint8Array | undefined {
  if (PXE_LOADER.some((byte, at) => byte !== undefined && bytes[at] !== byte)) return undefined;
  const budget = { left: UNPACK_BUDGET };
  for (let start = PXE_LOADER.length; start < Math.min(bytes.length, LOADER_LIMIT) && budget.left > 0; start++) {
    if (bytes[start] !== 0 || bytes[start + 1] === 0) continue;
    const image = unpackLzma(bytes, start, PACKED, budget);
    if (image && ipxeFacts(image)) return image;
  }
  return undefined;
}

function featuresIn(image: Buffer): string[] | undefined {
  for (let at = image.indexOf(VERSION_TAG); at !== -1; at = image.indexOf(VERSION_TAG, at + 1)) {
    if (image[at + 1] !== 3) continue;
    const tags = new Set<number>();
    for (let next = at + 5; isFeature(image, next, tags); next += 3) tags.add(image[next] ?? 0);
    for (let before = at - 3; isFeature(image, before, tags); before -= 3) tags.add(image[before] ?? 0);
    if (tags.size >= LEAST_FEATURES) return [...tags].sort((a, b) => a - b).map((tag) => FEATURES[tag] ?? '');
  }
  return undefined;
}

/** Code, length 1, a version of 1 or 2; each code once. */
function isFeature(image: Buffer, at: number, seen: ReadonlySet<number>): boolean {
  const [tag = 0, length, version] = [image[at], image[at + 1], image[at + 2]];
  return FEATURES[tag] !== undefined && !seen.has(tag) && length === 1 && (version === 1 || version === 2);
}

/** The only string that is a version; undefined when there are several. */
function versionIn(image: Buffer): string | undefined {
  const text = image.toString('latin1');
  const found = new Set([...text.matchAll(/(?<=\0)\d+\.\d+\.\d+(?:[+ (~-][\x20-\x7e]{0,80})?(?=\0)/g)].map(([version]) => version));
  return found.size === 1 ? [...found][0] : undefined;
}

/** The string that follows the platform's name (`pcbios`, `efi`) among the settings of a build; undefined when there are several. */
function buildArchIn(image: Buffer): string | undefined {
  const found = new Set([...image.toString('latin1').matchAll(/(?<=\0)(?:i386|x86_64|arm32|arm64)(?=\0)/g)].map(([name]) => name));
  return found.size === 1 ? [...found][0] : undefined;
}
