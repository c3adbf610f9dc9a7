import { biosEntry, fatImage, isolinuxFiles, ISOLINUX_MBR, lay, layoutIso, makeIso, nearlyFull } from './parts.ts';

/** A boot configuration that a host's words push out of its sector, and one that they do not. */
export const GROWS = 'boot/grub/grub.cfg';
export const STAYS = 'isolinux/isolinux.cfg';
/** A file of the EFI system partition, which has to be there still. */
export const ESP_FILE = 'EFI/BOOT/grub.cfg';

const GRUB = `menuentry 'Install' {\n  linux /vmlinuz quiet\n  initrd /initrd.gz\n}\n`;
const ISOLINUX = `default install\nlabel install\n  kernel /vmlinuz\n  append initrd=/initrd.gz quiet\n`;
const GPT_ESP = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';
const UEFI = ['-eltorito-alt-boot', '-e', '--interval:appended_partition_2:all::', '-no-emul-boot'];

/** An ISO whose first partition Linux mounts, in the manner of those who make such. Nothing in it boots: the guest is started separately. */
export interface Partitioned {
  readonly name: string;
  readonly what: string;
  readonly options: (efi: string) => readonly string[];
}

export const PARTITIONED: readonly Partitioned[] = [
  {
    name: 'lorax',
    what: 'GPT, -partition_offset 16, an appended EFI partition (lorax, archiso)',
    options: (efi) => [
      ...['-partition_offset', '16', '-isohybrid-mbr', ISOLINUX_MBR, ...biosEntry('isolinux/isolinux.bin')],
      ...['-append_partition', '2', GPT_ESP, efi, '-appended_part_as_gpt', ...UEFI],
    ],
  },
  {
    name: 'kiwi',
    what: 'MBR, -partition_offset 16, an appended EFI partition',
    options: (efi) => ['-partition_offset', '16', '-append_partition', '2', '0xef', efi, ...UEFI.slice(1)],
  },
  {
    name: 'debian-arm64',
    what: 'MBR, a partition from block 0 and an appended EFI partition (debian-cd)',
    options: (efi) => ['-append_partition', '2', '0xef', efi, '-partition_cyl_align', 'all', ...UEFI.slice(1)],
  },
];

export function buildPartitioned({ name, options }: Partitioned): Promise<string> {
  return layoutIso(`partitioned-${name}`, import.meta.filename, async (iso, work, guest) => {
    const efi = await fatImage(work, 'efi.img', { bits: 16, kilobytes: 10_240 }, { [ESP_FILE]: GRUB });
    const tree = lay(work, 'tree', {
      ...isolinuxFiles('isolinux'),
      [GROWS]: nearlyFull(GRUB),
      [STAYS]: ISOLINUX,
      vmlinuz: { copy: guest.kernel },
      'initrd.gz': { copy: guest.initrd },
    });
    await makeIso(iso, tree, 'PARTITIONED', options(efi));
  });
}
