import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editBootConfig } from '../../../../main-services/iso/bootconfig/edit.ts';
import type { BootConfigKind } from '../../../../main-services/iso/bootconfig/types.ts';
import { indexIso } from '../../../../main-services/iso/inspect/image-index.ts';
import { openIsoFile } from '../../../../main-services/iso/files/iso-file.ts';
import { KERNEL_HEAD, kernelKind } from '../../../../main-services/iso/bootconfig/kernel-image.ts';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import { pathsOf } from '../../../../main-services/iso/bootconfig/named-kernels.ts';
import { overlay } from '../../../../main-services/iso/source/overlay.ts';
import { planOverlay } from '../../../../main-services/iso/planner.ts';
import { buildIso } from '../build-iso.ts';
import { arm64Image, ipxeKernel, linuxKernel, x86Kernel } from '../kernel-files.ts';

function zimg(): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.write('MZ\0\0zimg', 0, 'latin1');
  return bytes;
}

function riscvImage(): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.write('RISCV\0\0\0RSC\x05', 0x30, 'latin1');
  return bytes;
}

function elf(multiboot?: string): Buffer {
  const bytes = Buffer.alloc(32_768);
  bytes.write('\x7fELF', 0, 'latin1');
  if (multiboot !== undefined) Buffer.from(multiboot, 'hex').copy(bytes, 4096);
  return bytes;
}

describe('what a file is that is loaded as a kernel', () => {
  it.each([
    ['Linux for x86', linuxKernel(), 'linux'],
    [
      'an old Linux for x86',
      x86Kernel('2.6.32-5-686 (Debian 2.6.32-48squeeze6) (jmm@debian.org) #1 SMP Tue May 13 18:39:19 UTC 2014'),
      'linux',
    ],
    ['Linux for arm64', arm64Image(), 'linux'],
    ['a gzipped Linux for arm64', gzipSync(Buffer.concat([arm64Image(), randomBytes(100_000)])), 'linux'],
    ['an EFI zboot kernel', zimg(), 'linux'],
    ['Linux for riscv', riscvImage(), 'linux'],
    ['iPXE', ipxeKernel(), 'other'],
    ['iPXE built from git (netboot.xyz.lkrn)', x86Kernel('1.21.1+ (g9e1f7)'), 'other'],
    ['memtest86+', x86Kernel('Memtest86+ v7.20'), 'other'],
    ['memdisk', x86Kernel('MEMDISK 6.04 20200816'), 'other'],
    ['wimboot', x86Kernel('wimboot v2.8.0 -- Windows Imaging Format bootloader'), 'other'],
    ['Xen as multiboot', elf('02b0ad1b'), 'other'],
    ['Xen as multiboot 2', elf('d65052e8'), 'other'],
    ['Xen, gzipped', gzipSync(elf('02b0ad1b')), 'other'],
    ['a bare ELF file (vmlinux of ppc64el)', elf(), 'unknown'],
    ['a header without a version', x86Kernel(), 'unknown'],
    ['nothing', Buffer.alloc(0), 'unknown'],
    ['text', Buffer.from('kernel'), 'unknown'],
    ['broken gzip', Buffer.from('1f8b0800', 'hex'), 'unknown'],
  ])('i2: %s', (_what, bytes, kind) => {
    expect(kernelKind(bytes.subarray(0, KERNEL_HEAD))).toBe(kind);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1024 }), fc.constantFrom('', '\x1f\x8b', 'MZ', '\x7fELF'), (bytes, magic) => {
        const file = Buffer.from(bytes);
        file.write(magic, 0, 'latin1');
        kernelKind(file);
      }),
    );
  });
});

describe('where the file of a name may be', () => {
  it.each([
    ['/boot/vmlinuz', ['/boot/vmlinuz']],
    ['(cd0)/boot/vmlinuz', ['/boot/vmlinuz']],
    ['($root)/boot/vmlinuz', ['/boot/vmlinuz']],
    ['\\EFI\\vmlinuz', ['/EFI/vmlinuz']],
    ['${kernel}', []],
    [
      'vmlinuz',
      ['/live/vmlinuz', '/isolinux/vmlinuz', '/boot/isolinux/vmlinuz', '/syslinux/vmlinuz', '/boot/syslinux/vmlinuz', '/vmlinuz'],
    ],
  ])('%s', (name, paths) => {
    expect(pathsOf({ path: 'live/menu.cfg' }, name)).toEqual(paths);
  });
});

/** The same configurations, with the file's name saying one thing and its bytes another. */
async function editedIso(files: Record<string, Buffer | string>, config: string): Promise<string> {
  const iso = buildIso({ files: Object.entries(files).map(([path, bytes]) => ({ path, bytes: Buffer.from(bytes) })), rockRidge: true });
  const source = memorySource(iso, 'e');
  const { segments } = await planOverlay(source, await indexIso(source, { fullScan: false }), {
    words: ['lab.host=alpha'],
    files: [],
    unattended: false,
  });
  const file = await openIsoFile(overlay(source, segments, { etag: 'v' }), config);
  return Buffer.from(await file.read(0, file.size)).toString('latin1');
}

describe('a configuration’s entries', () => {
  it('i2: KERNEL ipxe.lkrn is left alone, under any name (ipxe#306)', async () => {
    const config =
      'DEFAULT ipxe\nLABEL ipxe.lkrn\n  KERNEL ipxe.lkrn\nLABEL net\n  KERNEL net\n  APPEND dhcp\nLABEL live\n  KERNEL ipxe-live\n  APPEND quiet\n';
    const files = {
      'isolinux/isolinux.cfg': config,
      'isolinux/ipxe.lkrn': ipxeKernel(),
      'isolinux/net': ipxeKernel(),
      'isolinux/ipxe-live': linuxKernel(),
    };
    expect(await editedIso(files, 'isolinux/isolinux.cfg')).toBe(config.replace('quiet', 'quiet lab.host=alpha'));
  });

  it('i2: linux16 /boot/ipxe.lkrn is left alone, under any name', async () => {
    const config =
      'menuentry a { linux16 /boot/ipxe.lkrn }\nmenuentry b { linux16 ($root)/boot/net dhcp }\nmenuentry c { linux /boot/memtest-live quiet }\n';
    const files = {
      'boot/grub/grub.cfg': config,
      'boot/ipxe.lkrn': ipxeKernel(),
      'boot/net': ipxeKernel(),
      'boot/memtest-live': linuxKernel(),
    };
    expect(await editedIso(files, 'boot/grub/grub.cfg')).toBe(config.replace('quiet', 'quiet lab.host=alpha'));
  });

  // Siblings: netboot.xyz#121 has `kernel generic-ipxe.lkrn`, grml-live#20 an entry of netboot.xyz.lkrn in isolinux and GRUB; iPXE, memtest86+ and memdisk by other names.
  it.each([
    ['Memtest86+ v7.20', 'mt86plus'],
    ['1.21.1+ (g9e1f7)', 'netboot'],
    ['wimboot v2.8.0 -- Windows Imaging Format bootloader', 'wb'],
    ['MEMDISK 6.04 20200816', 'md'],
  ])('i2: %s is known by its bytes, whatever its name says', async (version, name) => {
    const grub = `menuentry a {\n  linux16 /boot/${name} arguments\n}\n`;
    expect(await editedIso({ 'boot/grub/grub.cfg': grub, [`boot/${name}`]: x86Kernel(version) }, 'boot/grub/grub.cfg')).toBe(grub);
    const isolinux = `LABEL a\n  LINUX /boot/${name}\n  APPEND arguments\n`;
    expect(await editedIso({ 'isolinux.cfg': isolinux, [`boot/${name}`]: x86Kernel(version) }, 'isolinux.cfg')).toBe(isolinux);
  });

  it('i7: LINUX /boot/kernel.img is a kernel, because the directive says so', async () => {
    const config = 'LABEL a\n  LINUX /boot/kernel.img\n  INITRD /boot/initrd.img\n';
    const wanted = config.replace('kernel.img\n', 'kernel.img\n  APPEND lab.host=alpha\n');
    expect(await editedIso({ 'isolinux/isolinux.cfg': config, 'boot/kernel.img': linuxKernel() }, 'isolinux/isolinux.cfg')).toBe(wanted);
    // Also where there is nothing to look at.
    expect(await editedIso({ 'isolinux/isolinux.cfg': config }, 'isolinux/isolinux.cfg')).toBe(wanted);
  });

  // syslinux's own table of KERNEL by extension.
  it('i7: KERNEL with the extension of a boot sector or disk image is none', async () => {
    const config = 'LABEL a\n  KERNEL /boot/fdos.img\n  APPEND x\nLABEL b\n  KERNEL /boot/boot.bin\n';
    expect(await editedIso({ 'isolinux/isolinux.cfg': config, 'boot/fdos.img': linuxKernel() }, 'isolinux/isolinux.cfg')).toBe(config);
  });

  it.each<[BootConfigKind, string]>([
    ['grub', 'linux /boot/ipxe.lkrn\n'],
    ['grub', 'linux16 /boot/netboot.xyz.lkrn dhcp\n'],
    ['grub', 'linux16 /boot/memdisk iso\n'],
    ['isolinux', 'label a\nkernel ipxe.krn\n'],
    ['isolinux', 'label a\nlinux /boot/memtest86+.bin\n'],
  ])('i2: where the bytes cannot be read, the name decides: %s %s', (kind, text) => {
    expect(editBootConfig(kind, text, { append: ['a=b'] }).changes).toEqual([]);
  });

  it('i2: a module of Xen is Linux by its bytes', async () => {
    const grub = 'menuentry xen {\n  multiboot2 /boot/xen.gz no-real-mode\n  module2 /boot/dom0 root=live:x\n  module2 /boot/initrd\n}\n';
    const files = { 'boot/grub/grub.cfg': grub, 'boot/xen.gz': gzipSync(elf('02b0ad1b')), 'boot/dom0': linuxKernel(), 'boot/initrd': 'x' };
    expect(await editedIso(files, 'boot/grub/grub.cfg')).toBe(grub.replace('live:x', 'live:x lab.host=alpha'));
  });
});
