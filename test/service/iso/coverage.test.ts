import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CoverageRow, ImageIndex } from '../../../contract/inventory.ts';
import { indexIso } from '../../../main-services/iso/inspect/image-index.ts';
import { innerPatch } from '../../../main-services/iso/bootconfig/inner-configs.ts';
import { KERNEL_HEAD, kernelKind } from '../../../main-services/iso/bootconfig/kernel-image.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { overlay } from '../../../main-services/iso/source/overlay.ts';
import { planOverlay } from '../../../main-services/iso/planner.ts';
import { TINKERBELL_PLACEHOLDER } from '../../../main-services/iso/tinkerbell/placeholder.ts';
import { describeImage } from '../../../main-services/iso/profiles/describe.ts';
import { buildIso } from '../../unit/iso/build-iso.ts';
import { makeFat, run, work } from '../../unit/iso/fat-tools.ts';
import { linuxKernel } from '../../unit/iso/kernel-files.ts';

/** The boot loaders of Debian’s packages, as the lab’s set-up installs them. */
const PROGRAMS = {
  shim: '/usr/lib/shim/shimx64.efi.signed',
  signedGrub: '/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed',
  systemdBoot: '/usr/lib/systemd/boot/efi/systemd-bootx64.efi',
  stub: '/usr/lib/systemd/boot/efi/linuxx64.efi.stub',
  isolinux: '/usr/lib/ISOLINUX/isolinux.bin',
  ipxe: '/usr/lib/ipxe/ipxe.iso',
};
const hasThem = Object.values(PROGRAMS).every((path) => existsSync(path));
const mustHave = process.platform === 'linux' && existsSync('/etc/debian_version') && process.getuid?.() === 0;

type Files = Record<string, Uint8Array>;
const text = (words: string): Buffer => Buffer.from(words, 'latin1');
const GRUB = text("menuentry 'a' {\n  linux /vmlinuz quiet\n}\nmenuentry 'b' {\n  linux /vmlinuz rescue\n}\n");
const ISOLINUX = text('default a\nlabel a\n  kernel /vmlinuz\n  append quiet\n');

/** An ISO with isolinux for BIOS where wanted, and these files in a FAT for UEFI. */
function isoOf(tree: Files, fat: Files, bios?: Uint8Array) {
  const image = makeFat({ type: 16, kib: 16_384, clusterSectors: 4, files: fat });
  const files = { ...tree, 'boot/efi.img': image, ...(bios && { 'isolinux/isolinux.bin': bios }) };
  const efi = { path: 'boot/efi.img', platform: 0xef, count: image.length / 512 };
  const entries = bios ? [{ path: 'isolinux/isolinux.bin', platform: 0, count: 4 }, efi] : [efi];
  const iso = buildIso({
    files: Object.entries(files).map(([path, bytes]) => ({ path, bytes })),
    rockRidge: true,
    boot: { platform: bios ? 0 : 0xef, entries },
  });
  return memorySource(iso, 'e');
}

const indexOf = (source: ReturnType<typeof isoOf>): Promise<ImageIndex> => indexIso(source, { fullScan: false });
const rowsOf = (index: ImageIndex) =>
  (index.coverage ?? []).map(({ firmware, as, loaders, configs, added, reach }) => [
    firmware,
    as,
    loaders.map(({ name }) => name).join(' > '),
    configs.map(({ path, fat }) => (fat === undefined ? path : `fat:${path}`)).join(' '),
    added,
    reach,
  ]);
const why = (index: ImageIndex, firmware: CoverageRow['firmware']): string[] =>
  (index.coverage ?? []).filter((row) => row.firmware === firmware).map((row) => row.reason);

/** A program by grub-mkstandalone with this menu inside, with as few modules as can be. */
function standalone(menu: string): Buffer {
  const [config, program] = [join(work, 'menu.cfg'), join(work, 'standalone.efi')];
  writeFileSync(config, menu);
  run('grub-mkstandalone', [
    ...['-O', 'x86_64-efi', '-o', program, '--install-modules=normal linux tar memdisk', '--modules=normal linux tar memdisk'],
    ...['--locales=', '--fonts=', '--themes=', `boot/grub/grub.cfg=${config}`],
  ]);
  return readFileSync(program);
}

/** The same program with a certificate table, as sbsign leaves it. */
function signed(program: Buffer): Buffer {
  const copy = Buffer.concat([program, Buffer.alloc(64, 1)]);
  const at = copy.readUInt32LE(60) + 24 + 112 + 4 * 8;
  copy.writeUInt32LE(program.length, at);
  copy.writeUInt32LE(64, at + 4);
  return copy;
}

describe.runIf(mustHave || hasThem)('which firmware gets arguments, with Debian’s boot loaders', () => {
  const bytes = (path: string): Buffer => readFileSync(path);
  const shim = () => ({ 'EFI/BOOT/BOOTX64.EFI': bytes(PROGRAMS.shim), 'EFI/BOOT/grubx64.efi': bytes(PROGRAMS.signedGrub) });
  const MENU = "menuentry 'Lab' {\n  linux /vmlinuz quiet\n}\n";

  it('isolinux; shim and signed GRUB that searches the ISO’s tree', async () => {
    const tree = { '.disk/info': text('x'), 'boot/grub/grub.cfg': GRUB, 'isolinux/isolinux.cfg': ISOLINUX, vmlinuz: linuxKernel() };
    expect(rowsOf(await indexOf(isoOf(tree, shim(), bytes(PROGRAMS.isolinux))))).toEqual([
      ['bios', 'any', 'isolinux', 'isolinux/isolinux.cfg', 1, 'all'],
      ['uefi', 'any', 'shim > GRUB', 'boot/grub/grub.cfg', 2, 'all'],
    ]);
  });

  it('GRUB that reads what is beside itself: the tree of a CD, the FAT of a USB disk (facts, §4)', async () => {
    const only = text("menuentry 'a' {\n  linux /vmlinuz quiet\n}\n");
    const source = isoOf({ 'EFI/BOOT/grub.cfg': GRUB, vmlinuz: linuxKernel() }, { ...shim(), 'EFI/BOOT/grub.cfg': only });
    expect(rowsOf(await indexOf(source))).toEqual([
      ['uefi', 'cd', 'shim > GRUB', 'EFI/BOOT/grub.cfg', 2, 'all'],
      ['uefi', 'usb', 'shim > GRUB', 'fat:EFI/BOOT/grub.cfg', 1, 'all'],
    ]);
  });

  it('i6: a menu inside GRUB is edited in place, and the other firmware by its own loader', async () => {
    const source = isoOf(
      { 'isolinux/isolinux.cfg': ISOLINUX, vmlinuz: linuxKernel() },
      { 'EFI/BOOT/BOOTX64.EFI': standalone(MENU) },
      bytes(PROGRAMS.isolinux),
    );
    const index = await indexOf(source);
    expect(rowsOf(index)).toEqual([
      ['bios', 'any', 'isolinux', 'isolinux/isolinux.cfg', 1, 'all'],
      ['uefi', 'any', 'GRUB', 'EFI/BOOT/BOOTX64.EFI (boot/grub/grub.cfg)', 1, 'all'],
    ]);
    const { segments, files } = await planOverlay(source, index, { words: ['lab.host=alpha'], files: [], unattended: false });
    expect(files.map(({ path, what }) => [path, what])).toContainEqual(['EFI/BOOT/BOOTX64.EFI (boot/grub/grub.cfg)', 'in place']);
    const view = overlay(source, segments, { etag: 'v' });
    const again = await indexIso(view, { fullScan: false });
    const [inner] = again.innerConfigs ?? [];
    // GNU tar reads the archive in the view: header checksum and size are right.
    const archive = join(work, 'memdisk.tar');
    writeFileSync(archive, await view.read(inner?.header ?? 0, 512 + 1024 + 1024));
    expect(run('tar', ['-xOf', archive, 'boot/grub/grub.cfg'])).toBe(MENU.replace('quiet', 'quiet lab.host=alpha'));
  });

  it('i6: a signed program stays as it is, and that is said for UEFI (volumio/Build#248)', async () => {
    const source = isoOf(
      { 'isolinux/isolinux.cfg': ISOLINUX, vmlinuz: linuxKernel() },
      { 'EFI/BOOT/BOOTX64.EFI': signed(standalone(MENU)) },
      bytes(PROGRAMS.isolinux),
    );
    const index = await indexOf(source);
    expect(index.innerConfigs).toBeUndefined();
    expect(why(index, 'uefi')).toEqual(['The menu is inside the signed program EFI/BOOT/BOOTX64.EFI, which cannot be changed.']);
    expect(describeImage({ index }).warnings).toContain(
      'UEFI x86-64: no arguments are added. The menu is inside the signed program EFI/BOOT/BOOTX64.EFI, which cannot be changed.',
    );
  });

  it('i6: arguments that the archive has no room for are an error with the bytes', async () => {
    const source = isoOf({ vmlinuz: linuxKernel() }, { 'EFI/BOOT/BOOTX64.EFI': standalone(MENU) });
    const [inner] = (await indexOf(source)).innerConfigs ?? [];
    if (!inner) throw new Error('no menu was found in the program');
    expect((await innerPatch(source, inner, '#'.repeat(inner.room))).bytes.length).toBeGreaterThanOrEqual(512 + inner.room);
    await expect(innerPatch(source, inner, '#'.repeat(inner.room + 3))).rejects.toMatchObject({
      code: 'E_PATCH_TOO_LONG',
      message: `The menu boot/grub/grub.cfg inside EFI/BOOT/BOOTX64.EFI has room for ${inner.room} bytes; with the arguments it needs 3 more.`,
    });
  });

  // Sibling: a grub-mkstandalone that only leads on; the menu is on the ISO.
  it('i6: a menu inside that reads the ISO’s own', async () => {
    const program = standalone('search --file --set=root /live/mark\nconfigfile /boot/grub/grub.cfg\n');
    const index = await indexOf(isoOf({ 'boot/grub/grub.cfg': GRUB, vmlinuz: linuxKernel() }, { 'EFI/BOOT/BOOTX64.EFI': program }));
    expect(rowsOf(index)).toEqual([['uefi', 'any', 'GRUB', 'EFI/BOOT/BOOTX64.EFI (boot/grub/grub.cfg) boot/grub/grub.cfg', 2, 'all']]);
  });

  it('j6: systemd-boot with a unified kernel image: 1 said and 0 changed', async () => {
    const [cmdline, uki] = [join(work, 'cmdline'), join(work, 'uki.efi')];
    writeFileSync(cmdline, 'talos.platform=metal');
    const sections = ['--add-section', `.cmdline=${cmdline}`, '--change-section-vma', '.cmdline=0x30000'];
    run('objcopy', [...sections, '--add-section', `.linux=${cmdline}`, '--change-section-vma', '.linux=0x2000000', PROGRAMS.stub, uki]);
    const fat = {
      'EFI/BOOT/BOOTX64.EFI': bytes(PROGRAMS.systemdBoot),
      'EFI/Linux/talos.efi': readFileSync(uki),
      'loader/loader.conf': text('timeout 3\n'),
    };
    const index = await indexOf(isoOf({ README: text('x') }, fat));
    expect(rowsOf(index)).toEqual([['uefi', 'any', 'systemd-boot', 'fat:loader/loader.conf', 0, 'none']]);
    expect(describeImage({ index }).found.join(' ')).not.toContain('Arguments are added to');
    expect(describeImage({ index }).warnings.slice(1)).toEqual([expect.stringContaining('EFI/Linux/talos.efi is inside a signed program')]);
  });

  it('j6: ten configurations, of which a start reaches two', async () => {
    const others = Object.fromEntries(
      Array.from({ length: 8 }, (_, at) => [
        `isolinux/colour${at}.cfg`,
        text('menu color title 1;36;44 #ff 0 *\nlabel x\n  localboot 0\n'),
      ]),
    );
    const include = text('include /isolinux/live.cfg\ninclude /isolinux/colour0.cfg\nprompt 0\n');
    const tree = { ...others, 'isolinux/isolinux.cfg': include, 'isolinux/live.cfg': ISOLINUX, vmlinuz: linuxKernel() };
    const index = await indexOf(isoOf(tree, { README: text('x') }, bytes(PROGRAMS.isolinux)));
    expect(index.bootConfigs).toHaveLength(10);
    expect(describeImage({ index }).found).toContain('Arguments are added to 1 menu entry on BIOS.');
  });

  // Sibling: what starts is no Linux, as in Debian's ipxe.iso and grml-live#20's entry of netboot.xyz.
  it('j6: iPXE’s ISO says for both firmwares that nothing is added', async () => {
    const index = await indexIso(memorySource(bytes(PROGRAMS.ipxe), 'e'), { fullScan: false });
    expect(why(index, 'bios')).toEqual(['No Linux kernel is started by isolinux.cfg.']);
    expect(why(index, 'uefi')).toEqual(['iPXE takes no kernel arguments.']);
    expect(describeImage({ index }).warnings.slice(1)).toEqual([
      'BIOS: no arguments are added. No Linux kernel is started by isolinux.cfg.',
      'UEFI x86-64: no arguments are added. iPXE takes no kernel arguments.',
    ]);
  });

  it('j6: what a model of the loader could not follow makes a row less than whole', async () => {
    const scripted = text('default a\nlabel a\n  kernel /vmlinuz\n  append quiet\nlabel b\n  kernel lua.c32\n  append menu.lua\n');
    const index = await indexOf(
      isoOf({ 'isolinux/isolinux.cfg': scripted, vmlinuz: linuxKernel() }, { README: text('x') }, bytes(PROGRAMS.isolinux)),
    );
    expect(index.coverage?.[0]?.reach).toBe('some');
    expect(why(index, 'bios')[0]).toMatch(/added to one menu entry\. Not followed: isolinux\/isolinux\.cfg, line 6: .*not followed\.$/);
  });

  it('j6: GRUB of grub-mkrescue reads the ISO’s tree from a USB disk too (as OVMF and GRUB 2.06 did)', async () => {
    const program = join(work, 'rescue.efi');
    run('grub-mkimage', ['-O', 'x86_64-efi', '-p', '()/boot/grub', '-o', program, 'normal', 'iso9660', 'linux']);
    const tree = { 'boot/grub/grub.cfg': GRUB, vmlinuz: linuxKernel() };
    const index = await indexOf(isoOf(tree, { 'EFI/BOOT/BOOTX64.EFI': bytes(program) }));
    expect(rowsOf(index)).toEqual([['uefi', 'any', 'GRUB', 'boot/grub/grub.cfg', 2, 'all']]);
  });

  it('j6: a menu of another boot loader that a comment or a command names is not reached', async () => {
    const menu = text(
      '# keep in step with /isolinux/isolinux.cfg\nif [ -f /isolinux/isolinux.cfg ]; then true; fi\nmenuentry OS { multiboot /kernel }\n',
    );
    const tree = { '.disk/info': text('x'), 'boot/grub/grub.cfg': menu, 'isolinux/isolinux.cfg': ISOLINUX, vmlinuz: linuxKernel() };
    const index = await indexOf(isoOf(tree, shim(), bytes(PROGRAMS.isolinux)));
    expect(rowsOf(index)).toEqual([
      ['bios', 'any', 'isolinux', 'isolinux/isolinux.cfg', 1, 'all'],
      ['uefi', 'any', 'shim > GRUB', 'boot/grub/grub.cfg', 0, 'none'],
    ]);
    expect(why(index, 'uefi')).toEqual(['No Linux kernel is started by boot/grub/grub.cfg.']);
  });

  it('j6: what cannot be followed is said for the menu that a firmware begins with, also when another one reads it', async () => {
    const tree = {
      '.disk/info': text('x'),
      'EFI/BOOT/grub.cfg': text('source /boot/grub/grub.cfg\n'),
      'boot/grub/grub.cfg': text('menuentry a { linux /vmlinuz }\nsyslinux_configfile /isolinux/isolinux.cfg\n'),
      vmlinuz: linuxKernel(),
    };
    const index = await indexOf(isoOf(tree, shim()));
    expect(rowsOf(index)).toEqual([['uefi', 'any', 'shim > GRUB', 'boot/grub/grub.cfg', 1, 'some']]);
    expect(why(index, 'uefi')[0]).toContain('boot/grub/grub.cfg, line 2: syslinux_configfile reads a menu of isolinux');
  });

  it('j6: the entry with Tinkerbell’s placeholder counts once', async () => {
    const hook = text(`menuentry hook {\n  linux /vmlinuz ${TINKERBELL_PLACEHOLDER}\n}\n`);
    const index = await indexOf(isoOf({ '.disk/info': text('x'), 'boot/grub/grub.cfg': hook, vmlinuz: linuxKernel() }, shim()));
    expect(rowsOf(index)).toEqual([['uefi', 'any', 'shim > GRUB', 'boot/grub/grub.cfg', 1, 'all']]);
  });

  it('j6: what is refused as a whole is said for each firmware', async () => {
    const long = text(`label a\n  kernel /vmlinuz\n  append ${'v'.repeat(1995)}\n`);
    const index = await indexOf(
      isoOf({ 'isolinux/isolinux.cfg': long, vmlinuz: linuxKernel() }, { README: text('x') }, bytes(PROGRAMS.isolinux)),
    );
    expect(why(index, 'bios')).toEqual([expect.stringMatching(/isolinux\.cfg, line 3: the kernel’s command line would be \d+ bytes long/)]);
  });

  it('i3 and i4: xen.efi and rEFInd read the FAT that they were started from', async () => {
    const refind = Buffer.concat([bytes(PROGRAMS.systemdBoot), Buffer.from('refind_linux.conf', 'utf16le')]);
    const menu = text('timeout 3\nmenuentry "Lab" {\n  loader /vmlinuz\n  initrd /i\n  options "quiet"\n}\n');
    const index = await indexOf(isoOf({}, { 'EFI/BOOT/BOOTX64.EFI': refind, 'EFI/BOOT/refind.conf': menu, vmlinuz: linuxKernel() }));
    expect(rowsOf(index)).toEqual([['uefi', 'any', 'rEFInd', 'fat:EFI/BOOT/refind.conf', 1, 'all']]);
    const xen = Buffer.concat([bytes(PROGRAMS.stub), Buffer.from('Xen EFI Loader options:\r\n', 'utf16le')]);
    const config = text('[global]\ndefault=install\n[install]\nkernel=vmlinuz quiet\nramdisk=initrd.img\n');
    const files = { 'EFI/BOOT/BOOTX64.EFI': xen, 'EFI/BOOT/BOOTX64.cfg': config, 'EFI/BOOT/vmlinuz': linuxKernel() };
    expect(rowsOf(await indexOf(isoOf({}, files)))).toEqual([['uefi', 'any', 'xen.efi', 'fat:EFI/BOOT/BOOTX64.cfg', 1, 'all']]);
  });

  it.each([
    ['/usr/lib/ipxe/ipxe.lkrn', 'other'],
    ['/boot/memtest86+x64.bin', 'other'],
    ['/usr/lib/syslinux/memdisk', 'other'],
  ])('i2: %s is no Linux by its bytes', (path, kind) => {
    expect(kernelKind(bytes(path).subarray(0, KERNEL_HEAD))).toBe(kind);
  });
});
