/** Headers of kernel files, made by hand after the documents that kernel-image.ts names. */

/** An x86 setup header (protocol 2.15) with this version string; none: a zero pointer. */
export function x86Kernel(version?: string): Buffer {
  const bytes = Buffer.alloc(20_000);
  bytes.writeUInt16LE(0xaa55, 0x1fe);
  bytes.write('HdrS', 0x202, 'latin1');
  bytes.writeUInt16LE(0x020f, 0x206);
  if (version === undefined) return bytes;
  bytes.writeUInt16LE(0x3000, 0x20e);
  bytes.write(`${version}\0`, 0x3200, 'latin1');
  return bytes;
}

export const LINUX_VERSION = '6.12.48+deb13-amd64 (debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC Debian 6.12.48-1 (2025-09-20)';

export const linuxKernel = (): Buffer => x86Kernel(LINUX_VERSION);
/** The version that iPXE has in its setup header, as in Debian 13's ipxe.lkrn. */
export const ipxeKernel = (): Buffer => x86Kernel('1.21.1+git20250501.dc1f2b1+ds-1');

/** An Image of arm64 with its EFI stub. */
export function arm64Image(): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.write('MZ', 0, 'latin1');
  bytes.write('ARM\x64', 0x38, 'latin1');
  return bytes;
}
