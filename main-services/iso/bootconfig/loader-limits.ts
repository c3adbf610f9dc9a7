/** Bits in which iPXE counts the bytes of a network disk: its `size_t`. */
export type LoaderBits = 32 | 64;

/**
 * Bytes that a medium must stay under for a 32-bit iPXE: `struct http_request_range` and the length of a HEAD answer are `size_t`, so it
 * asks for places modulo 2^32, and takes a medium of 4 GiB for an empty one (src/include/ipxe/http.h; ipxe/ipxe#767).
 */
export const NARROW_MEDIUM = 2 ** 32;

const NARROW_BUILDS = new Set(['i386', 'arm32', 'riscv32']);
/** DHCP option 93 (RFC 4578, IANA): firmware whose iPXE is a 32-bit build. 0 is BIOS, for which undionly.kpxe and the ROMs are i386. */
const NARROW_ARCHITECTURES = new Set([0, 6, 10, 15, 18, 20, 21, 23, 25, 26]);

/** From what iPXE says of itself (`${buildarch}`), else by the firmware. Undefined: neither is known. */
export function loaderBits(buildArch: string | undefined, firmwareArch: number | undefined): LoaderBits | undefined {
  if (buildArch !== undefined && /^[a-z]+\d*(?:_\d+)?$/.test(buildArch)) return NARROW_BUILDS.has(buildArch) ? 32 : 64;
  if (firmwareArch === undefined) return undefined;
  return NARROW_ARCHITECTURES.has(firmwareArch) ? 32 : 64;
}

/** Why an iPXE cannot boot a medium of so many bytes as a network disk over HTTP; undefined where it can. */
export function tooLarge(bytes: number, bits: LoaderBits | undefined): string | undefined {
  if (bits !== 32 || bytes < NARROW_MEDIUM) return undefined;
  return `The medium has ${gibibytes(bytes)}, and over HTTP the machine’s 32-bit iPXE reads media under 4 GiB only.`;
}

/** `2.3 GiB`, or `700 MiB` for less than one. */
export function gibibytes(bytes: number): string {
  return bytes < 1024 ** 3 ? `${Math.ceil(bytes / 1024 ** 2)} MiB` : `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
