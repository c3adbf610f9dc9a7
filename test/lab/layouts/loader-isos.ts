import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from '../process.ts';
import {
  biosEntry,
  fatImage,
  grubForBios,
  isolinuxFiles,
  lay,
  layoutIso,
  makeIso,
  REFIND,
  type FatOptions,
  type Guest,
  type Tree,
} from './parts.ts';

/** iPXE as Debian's package has it: it is loaded like Linux. */
const IPXE = { copy: '/usr/lib/ipxe/ipxe.lkrn' } as const;
const EFI: FatOptions = { bits: 16, kilobytes: 40_960, label: 'EFI' };

const linux = ({ kernel, initrd }: Guest, path = 'boot/vmlinuz'): Tree => ({
  [path]: { copy: kernel },
  'boot/initrd.gz': { copy: initrd },
});

function isolinuxIso(name: string, config: string, files: (guest: Guest) => Tree): Promise<string> {
  return layoutIso(name, import.meta.filename, async (iso, work, guest) => {
    const tree = lay(work, 'tree', { ...isolinuxFiles('isolinux'), 'isolinux/isolinux.cfg': config, ...files(guest) });
    await makeIso(iso, tree, 'LOADERS', biosEntry('isolinux/isolinux.bin'));
  });
}

/** The menu of Debian's ipxe.iso, with a Linux entry besides. */
export const isolinuxIpxe = (): Promise<string> =>
  isolinuxIso(
    'isolinux-ipxe',
    'TIMEOUT 30\nDEFAULT ipxe.lkrn\nLABEL ipxe.lkrn\n  KERNEL ipxe.lkrn\nLABEL linux\n  KERNEL /boot/vmlinuz\n  INITRD /boot/initrd.gz\n',
    (guest) => ({ 'isolinux/ipxe.lkrn': IPXE, ...linux(guest) }),
  );

/** LINUX says that its file is a kernel, whatever its extension; there is no APPEND. */
export const isolinuxKernelImg = (): Promise<string> =>
  isolinuxIso(
    'isolinux-kernel-img',
    'TIMEOUT 30\nDEFAULT lab\nLABEL lab\n  LINUX /boot/kernel.img\n  INITRD /boot/initrd.gz\nLABEL ipxe\n  LINUX ipxe.lkrn\n',
    (guest) => ({ 'isolinux/ipxe.lkrn': IPXE, ...linux(guest, 'boot/kernel.img') }),
  );

export function grubIpxe(): Promise<string> {
  return layoutIso('grub-ipxe', import.meta.filename, async (iso, work, guest) => {
    const grub = await grubForBios(work, { prefix: '/boot/grub', fs: ['iso9660', 'linux16'] });
    const menu =
      "set timeout=3\nmenuentry 'iPXE' {\n  linux16 /boot/ipxe.lkrn\n}\nmenuentry 'Linux' {\n  linux /boot/vmlinuz quiet\n  initrd /boot/initrd.gz\n}\n";
    const tree = lay(work, 'tree', {
      'boot/grub/grub.cfg': menu,
      'boot/eltorito.img': { copy: grub },
      'boot/ipxe.lkrn': IPXE,
      ...linux(guest),
    });
    await makeIso(iso, tree, 'LOADERS', [...biosEntry('boot/eltorito.img'), '--grub2-boot-info']);
  });
}

async function efiIso(iso: string, work: string, inImage: Tree, inTree: Tree): Promise<void> {
  const image = await fatImage(work, 'efiboot.img', EFI, inImage);
  const tree = lay(work, 'tree', { 'boot/efiboot.img': { copy: image }, 'README.TXT': 'see boot\n', ...inTree });
  await makeIso(iso, tree, 'LOADERS', ['-c', 'boot/boot.cat', '-e', 'boot/efiboot.img', '-no-emul-boot']);
}

/** rEFInd from Debian's package, with the kernel in the boot image: it reads nothing else of a CD. */
export function refindIso(): Promise<string> {
  return layoutIso('refind', import.meta.filename, async (iso, work, guest) => {
    const config =
      'timeout 3\ntextonly\nscanfor manual\nmenuentry "Lab" {\n    loader /boot/vmlinuz\n    initrd /boot/initrd.gz\n    options "lab.vendor=refind quiet"\n    submenuentry "Rescue" {\n        add_options "single"\n    }\n}\n';
    await efiIso(iso, work, { 'EFI/BOOT/BOOTX64.EFI': { copy: REFIND }, 'EFI/BOOT/refind.conf': config, ...linux(guest) }, {});
  });
}

/** GRUB with its menu inside the program; the kernel is in the ISO's tree. */
export function standaloneIso(): Promise<string> {
  return layoutIso('grub-standalone', import.meta.filename, async (iso, work, guest) => {
    const menu = join(work, 'menu.cfg');
    const program = join(work, 'standalone.efi');
    writeFileSync(
      menu,
      "set timeout=3\nsearch --file --set=root /boot/vmlinuz\nmenuentry 'Lab' {\n  linux /boot/vmlinuz lab.vendor=standalone quiet\n  initrd /boot/initrd.gz\n}\n",
    );
    const modules = 'normal linux search search_fs_file iso9660 fat tar memdisk part_gpt part_msdos echo test all_video';
    await mustRun([
      ...['grub-mkstandalone', '-O', 'x86_64-efi', '-o', program, `--install-modules=${modules}`, `--modules=${modules}`],
      ...['--locales=', '--fonts=', '--themes=', `boot/grub/grub.cfg=${menu}`],
    ]);
    await efiIso(iso, work, { 'EFI/BOOT/BOOTX64.EFI': { copy: program } }, linux(guest));
  });
}
