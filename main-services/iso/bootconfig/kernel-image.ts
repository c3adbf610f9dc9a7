import { constants, gunzipSync } from 'node:zlib';

/**
 * What a file that a boot loader loads as a kernel is. `linux` reads kernel arguments as Linux does. `other` is a program that is only
 * loaded like Linux (iPXE, memtest86+, memdisk, wimboot), or no Linux at all. `unknown`: the bytes do not say.
 */
export type KernelKind = 'linux' | 'other' | 'unknown';

/** Bytes of a file that kernelKind needs: the setup code of an x86 kernel has up to 32 KiB, and its version string is there. */
export const KERNEL_HEAD = 64 * 1024;
/** Compressed bytes that are unpacked to see what is inside: deflate makes at most 4 MiB of them. */
const PACKED = 4096;
const MAX_VERSION = 256;
/** `6.1.0-18-amd64 (builder@host) #1 SMP …`: UTS_VERSION begins with `#` in every Linux (scripts/mkcompile_h, init/build-version). */
const LINUX_VERSION = /^\d+\.\d+\S* .*#\d/;
const MULTIBOOT = Buffer.from('02b0ad1b', 'hex');
const MULTIBOOT2 = Buffer.from('d65052e8', 'hex');

/**
 * The kind of a kernel file by its first KERNEL_HEAD bytes. Sources: Linux Documentation/arch/x86/boot.rst, arch/arm64/booting.rst,
 * arch/riscv/boot-image-header.rst, drivers/firmware/efi/libstub/zboot-header.S; the Multiboot specifications; and the headers of
 * Debian's ipxe.lkrn, memtest86+ and memdisk, which have the same `HdrS` as Linux but no Linux version.
 */
export function kernelKind(head: Uint8Array): KernelKind {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes.length >= 0x210 && bytes.readUInt16LE(0x1fe) === 0xaa55 && textAt(bytes, 0x202, 4) === 'HdrS') return x86Kind(bytes);
  if (hasOtherHeader(bytes)) return 'linux';
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return packedKind(bytes);
  if (textAt(bytes, 0, 4) === '\x7fELF') return isMultiboot(bytes) ? 'other' : 'unknown';
  return textAt(bytes, 0, 2) === 'MZ' ? peKind(bytes) : 'unknown';
}

/** Protocol 2.00 and newer: the word at 0x20e says where the version string is, counted from 0x200. */
function x86Kind(bytes: Buffer): KernelKind {
  const pointer = bytes.readUInt16LE(0x20e);
  const start = 0x200 + pointer;
  if (pointer === 0 || start >= bytes.length) return 'unknown';
  const version = textAt(bytes, start, MAX_VERSION).replace(/\0.*$/s, '');
  return LINUX_VERSION.test(version) ? 'linux' : 'other';
}

/** arm64 and riscv Images, LoongArch's, and the compressed EFI form of all three. */
function hasOtherHeader(bytes: Buffer): boolean {
  const magic = textAt(bytes, 0x38, 4);
  if (magic === 'ARM\x64' || magic === 'RSC\x05') return true;
  if (textAt(bytes, 0, 2) !== 'MZ') return false;
  return magic === '\xcd\x23\x82\x81' || textAt(bytes, 4, 4) === 'zimg';
}

/** A gzipped arm64 Image is what Debian and Ubuntu install as vmlinuz; Xen for BIOS is a gzipped multiboot program. */
function packedKind(bytes: Buffer): KernelKind {
  try {
    const inner = gunzipSync(bytes.subarray(0, PACKED), { finishFlush: constants.Z_SYNC_FLUSH });
    return inner[0] === 0x1f ? 'unknown' : kernelKind(inner.subarray(0, KERNEL_HEAD));
  } catch {
    return 'unknown';
  }
}

function isMultiboot(bytes: Buffer): boolean {
  return bytes.subarray(0, 8192).includes(MULTIBOOT) || bytes.subarray(0, 32_768).includes(MULTIBOOT2);
}

/** An EFI program with a kernel section is a unified kernel image; any other is no Linux. */
function peKind(bytes: Buffer): KernelKind {
  const at = bytes.length >= 64 ? bytes.readUInt32LE(60) : bytes.length;
  if (textAt(bytes, at, 4) !== 'PE\0\0') return 'unknown';
  return textAt(bytes, at, 4096).includes('.linux\0') ? 'linux' : 'other';
}

function textAt(bytes: Buffer, at: number, length: number): string {
  return bytes.toString('latin1', at, at + length);
}
