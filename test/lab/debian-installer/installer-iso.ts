import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf, cached } from '../cache.ts';
import { biosEntry, fatImage, isolinuxFiles, ISOLINUX_MBR, lay, makeIso, SIGNED_EFI, type Tree } from '../layouts/parts.ts';
import { mustRun } from '../process.ts';

/** The package debian-installer-12-netboot-amd64: its initrd holds all that is needed to reach the network. */
const PACKAGE = '/usr/lib/debian-installer/images/12/amd64/text';
const INSTALLER = join(PACKAGE, 'debian-installer/amd64');
const MENUS = join(INSTALLER, 'boot-screens');

export function hasDebianInstaller(): boolean {
  return existsSync(join(INSTALLER, 'initrd.gz'));
}

/**
 * Debian's installer as its own ISOs carry it: the kernel, initrd and menus of its netboot package where those have them, hybrid for
 * CD and disk, BIOS and UEFI. `disk` is in it as /lab/disk.img.gz.
 */
export function buildInstallerIso(disk: string): Promise<string> {
  const inputs = [disk, bytesOf(import.meta.filename), bytesOf(PACKAGE, 'version.info'), bytesOf(INSTALLER, 'initrd.gz')];
  return cached('debian-installer.iso', inputs, async (iso, work) => {
    const packed = join(work, 'disk.img.gz');
    await mustRun(['sh', '-c', 'gzip -n <"$1" >"$2"', 'sh', disk, packed]);
    const tree = lay(work, 'tree', {
      ...isolinuxFiles('isolinux'),
      ...menus(),
      'boot/grub/grub.cfg': asOnIso(readFileSync(join(INSTALLER, 'grub/grub.cfg'), 'utf8')),
      'boot/grub/efi.img': { copy: await fatImage(work, 'efi.img', { bits: 12, kilobytes: 7168 }, EFI) },
      '.disk/info': 'Debian GNU/Linux 12 "Bookworm" - Netboot files on an ISO amd64 NETINST\n',
      'install.amd/vmlinuz': { copy: join(INSTALLER, 'linux') },
      'install.amd/initrd.gz': { copy: join(INSTALLER, 'initrd.gz') },
      'lab/disk.img.gz': { copy: packed },
    });
    const uefi = ['-eltorito-alt-boot', '-e', 'boot/grub/efi.img', '-no-emul-boot', '-isohybrid-gpt-basdat'];
    await makeIso(iso, tree, 'Debian 12.0.0 amd64 n', ['-isohybrid-mbr', ISOLINUX_MBR, ...biosEntry('isolinux/isolinux.bin'), ...uefi]);
  });
}

const EFI: Tree = {
  'EFI/boot/bootx64.efi': SIGNED_EFI.shim,
  'EFI/boot/grubx64.efi': SIGNED_EFI.grub,
  'EFI/boot/mmx64.efi': SIGNED_EFI.mokManager,
};

function menus(): Tree {
  const tree: Tree = {};
  for (const name of readdirSync(MENUS).filter((file) => /\.(cfg|txt|png)$/.test(file))) {
    const file = join(MENUS, name);
    const onIso = `isolinux/${name.replace('syslinux.cfg', 'isolinux.cfg')}`;
    tree[onIso] = name.endsWith('.cfg') ? asOnIso(readFileSync(file, 'utf8')) : { copy: file };
  }
  return tree;
}

/** The package's menus name its own folders; on Debian's ISOs the same texts name these. */
function asOnIso(text: string): string {
  return text
    .replaceAll('debian-installer/amd64/boot-screens/', '')
    .replaceAll('syslinux.cfg', 'isolinux.cfg')
    .replaceAll(/\/?debian-installer\/amd64\/linux/g, '/install.amd/vmlinuz')
    .replaceAll(/\/?debian-installer\/amd64\/initrd\.gz/g, '/install.amd/initrd.gz');
}
