import { mkdirSync, openSync, closeSync, ftruncateSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from '../process.ts';
import { biosEntry, fatImage, grubForBios, grubForUefi, GRUB_MBR, lay, layoutIso, type Guest } from './parts.ts';

const GIB = 2 ** 30;

export interface BigIso {
  readonly gibibytes: number;
  /** first: a large file of zeros lies before the kernel and all that boots it, so that these are beyond 2 GiB; last: behind them. */
  readonly filler: 'first' | 'last';
  /** TALOS_…: a system all in memory, whose kernel can be loaded by itself too. Anything else is not known. */
  readonly volumeId: string;
  /** Its guest can be an iSCSI initiator. */
  readonly initiator?: boolean;
}

/** Words of the ISO's own that the kernel must be given. */
export const BIG_WORDS = ['lab.big=yes'];

const GRUB = `serial --unit=0 --speed=115200
terminal_output serial
linux /boot/vmlinuz ${BIG_WORDS.join(' ')} console=ttyS0 quiet
initrd /boot/initramfs.xz
boot
`;

/** GRUB on BIOS and UEFI, with a large sparse file in the ISO, which costs no disk: written through dd, which leaves holes for zeros. */
export function buildBigIso({ gibibytes, filler, volumeId, initiator }: BigIso): Promise<string> {
  const name = `big-${Math.floor(gibibytes)}g-${filler}-${volumeId.toLowerCase()}`;
  const build = async (iso: string, work: string, guest: Guest): Promise<void> => {
    const bios = await grubForBios(work, { prefix: '/boot/grub', fs: ['iso9660'] });
    const embedded = 'search --file --set=root /boot/initramfs.xz\nset prefix=($root)/boot/grub\n';
    const uefi = await grubForUefi(work, { prefix: '/boot/grub', fs: ['iso9660'], embedded });
    const efi = await fatImage(work, 'efi.img', { bits: 16, kilobytes: 10_240 }, { 'EFI/BOOT/BOOTX64.EFI': { copy: uefi } });
    const tree = lay(work, 'tree', {
      'boot/grub/grub.cfg': GRUB,
      'boot/vmlinuz': { copy: guest.kernel },
      'boot/initramfs.xz': { copy: guest.initrd },
      'boot/eltorito.img': { copy: bios },
      'boot/efi.img': { copy: efi },
    });
    mkdirSync(join(tree, 'data'));
    const zeros = openSync(join(tree, 'data/zeros.img'), 'wx');
    ftruncateSync(zeros, Math.round(gibibytes * GIB) - 64 * 2 ** 20);
    closeSync(zeros);
    const options = [
      ...['-r', '-J', '-iso-level', '3', '-V', volumeId, '--grub2-mbr', GRUB_MBR, '--protective-msdos-label'],
      ...['--sort-weight', filler === 'first' ? '9000' : '-9000', '/data/zeros.img'],
      ...[...biosEntry('boot/eltorito.img'), '--grub2-boot-info', '-eltorito-alt-boot', '-e', 'boot/efi.img', '-no-emul-boot'],
    ];
    const write = 'iso=$1; shift; xorriso -as mkisofs -quiet -o - "$@" | dd of="$iso" bs=1M iflag=fullblock conv=sparse status=none';
    await mustRun(['bash', '-o', 'pipefail', '-c', write, 'sh', iso, ...options, tree]);
  };
  return layoutIso(name, import.meta.filename, build, ['network', 'medium', ...(initiator ? (['iscsi'] as const) : [])]);
}
