import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf, cached } from '../cache.ts';
import { mustRun } from '../process.ts';

/** The package debian-installer-12-netboot-amd64: its initrd holds all that is needed to reach the network. */
const PACKAGE = '/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64';
const SCREENS = join(PACKAGE, 'boot-screens');
const ISOLINUX = '/usr/lib/ISOLINUX';
const SYSLINUX = '/usr/lib/syslinux/modules/bios';

/** The one thing that is not Debian's: its `timeout 0` waits for a key for ever. */
const ISOLINUX_CFG = `# D-I config version 2.0
# search path for the c32 support libraries (libcom32, libutil etc.)
path /isolinux/
serial 0 115200
prompt 0
timeout 10
include menu.cfg
default install
`;

/** Debian's own loader on the EFI system partition does only this. */
const EFI_CFG = 'search --file --set=root /.disk/id/bootbench-lab\nset prefix=($root)/boot/grub\nsource $prefix/grub.cfg\n';
const EFI_MODULES = ['iso9660', 'search', 'search_fs_file', 'configfile', 'normal', 'linux', 'test', 'font', 'part_gpt', 'fat'];

export function hasDebianInstaller(): boolean {
  return existsSync(join(PACKAGE, 'initrd.gz'));
}

/**
 * Debian's installer as its own ISOs carry it: the kernel and initrd of its netboot package under /install.amd, its menus for
 * isolinux and GRUB, hybrid for CD and disk, BIOS and UEFI. `disk` lies in it as /lab/disk.img.gz.
 */
export function buildInstallerIso(disk: string): Promise<string> {
  const inputs = [disk, ISOLINUX_CFG, EFI_CFG, bytesOf(PACKAGE, '../../version.info'), bytesOf(PACKAGE, 'initrd.gz')];
  return cached('debian-installer.iso', inputs, async (iso, work) => {
    const tree = join(work, 'tree');
    for (const folder of ['install.amd', 'isolinux', 'boot/grub', '.disk/id', 'lab']) mkdirSync(join(tree, folder), { recursive: true });
    writeFileSync(join(tree, '.disk/info'), 'Debian GNU/Linux 12 "Bookworm" - Bootbench lab amd64 NETINST\n');
    writeFileSync(join(tree, '.disk/id/bootbench-lab'), '');
    copyFileSync(join(PACKAGE, 'linux'), join(tree, 'install.amd/vmlinuz'));
    copyFileSync(join(PACKAGE, 'initrd.gz'), join(tree, 'install.amd/initrd.gz'));
    addMenus(tree);
    await mustRun(['sh', '-c', 'gzip -n <"$1" >"$2"', 'sh', disk, join(tree, 'lab/disk.img.gz')]);
    await addEfiImage(tree, work);
    await mustRun(['xorriso', '-as', 'mkisofs', '-o', iso, ...LAYOUT, tree]);
  });
}

function addMenus(tree: string): void {
  for (const name of readdirSync(SCREENS).filter((file) => /\.(cfg|txt|png)$/.test(file))) {
    const [from, to] = [join(SCREENS, name), join(tree, 'isolinux', name)];
    if (name.endsWith('.cfg')) writeFileSync(to, asOnIso(readFileSync(from, 'utf8')));
    else copyFileSync(from, to);
  }
  writeFileSync(join(tree, 'isolinux/isolinux.cfg'), ISOLINUX_CFG);
  copyFileSync(join(ISOLINUX, 'isolinux.bin'), join(tree, 'isolinux/isolinux.bin'));
  for (const module of ['ldlinux.c32', 'libcom32.c32', 'libutil.c32', 'vesamenu.c32'])
    copyFileSync(join(SYSLINUX, module), join(tree, 'isolinux', module));
  writeFileSync(join(tree, 'boot/grub/grub.cfg'), asOnIso(readFileSync(join(PACKAGE, 'grub/grub.cfg'), 'utf8')));
}

/** The package's menus name its own folders; on Debian's ISOs the same texts name these. */
function asOnIso(text: string): string {
  return text
    .replaceAll('debian-installer/amd64/boot-screens/', '')
    .replaceAll('syslinux.cfg', 'isolinux.cfg')
    .replaceAll(/\/?debian-installer\/amd64\/linux/g, '/install.amd/vmlinuz')
    .replaceAll(/\/?debian-installer\/amd64\/initrd\.gz/g, '/install.amd/initrd.gz');
}

async function addEfiImage(tree: string, work: string): Promise<void> {
  const config = join(work, 'efi.cfg');
  const loader = join(work, 'bootx64.efi');
  const image = join(tree, 'boot/grub/efi.img');
  writeFileSync(config, EFI_CFG);
  await mustRun(['grub-mkimage', '-O', 'x86_64-efi', '-p', '/boot/grub', '-c', config, '-o', loader, ...EFI_MODULES]);
  await mustRun(['mkfs.vfat', '-C', '-n', 'ESP', image, '4096']);
  await mustRun(['mmd', '-i', image, '::efi', '::efi/boot', '::efi/debian']);
  await mustRun(['mcopy', '-i', image, loader, '::efi/boot/bootx64.efi']);
  await mustRun(['mcopy', '-i', image, config, '::efi/debian/grub.cfg']);
}

const LAYOUT = [
  ...['-r', '-V', 'Debian 12.0.0 amd64 n', '-J', '-joliet-long', '-isohybrid-mbr', join(ISOLINUX, 'isohdpfx.bin')],
  ...['-b', 'isolinux/isolinux.bin', '-c', 'isolinux/boot.cat', '-boot-load-size', '4', '-boot-info-table', '-no-emul-boot'],
  ...['-eltorito-alt-boot', '-e', 'boot/grub/efi.img', '-no-emul-boot', '-isohybrid-gpt-basdat'],
];
