import type { Layout } from './layout.ts';
import { fatImage, lay, layoutIso, makeIso, SYSTEMD_BOOT, type FatOptions, type Guest } from './parts.ts';

const OPTIONS = 'lab.vendor=systemd-boot quiet';

/** An entry that leaves ten bytes of its cluster: with a host's arguments it needs one more, and the file system has none. */
function entryOf(clusterBytes: number): string {
  const entry = `title Workbench\nlinux /vmlinuz\ninitrd /initrd.gz\noptions ${OPTIONS}\n`;
  const room = clusterBytes - 10 - entry.length;
  return entry + '# systemd-boot skips a line like this one\n'.repeat(room).slice(0, room - 1) + '\n';
}

async function efiImage(work: string, guest: Guest, fat: FatOptions & { sectorsPerCluster: number }): Promise<string> {
  return fatImage(
    work,
    'efiboot.img',
    { ...fat, full: true },
    {
      'EFI/BOOT/BOOTX64.EFI': SYSTEMD_BOOT,
      'loader/loader.conf': 'timeout 3\n',
      'loader/entries/workbench.conf': entryOf(fat.sectorsPerCluster * 512),
      vmlinuz: { copy: guest.kernel },
      'initrd.gz': { copy: guest.initrd },
    },
  );
}

/** A partition of the GPT is the boot image: a UEFI that sees a disk starts from there. */
const GPT = ['--protective-msdos-label', '-efi-boot-part', '--efi-boot-image'];

/** Where the image lies: a file of the tree, or a partition behind it that no directory names. */
type Place = 'file' | 'appended';

function fullFat(name: string, what: string, place: Place, fat: FatOptions & { sectorsPerCluster: number }): Layout {
  async function build(iso: string, work: string, guest: Guest): Promise<void> {
    const image = await efiImage(work, guest, fat);
    const readme = { 'README.TXT': 'Everything is in the boot image.\n' };
    if (place === 'file') {
      const tree = lay(work, 'tree', { ...readme, 'boot/efiboot.img': { copy: image } });
      await makeIso(iso, tree, 'FULL_FAT', ['-c', 'boot/boot.cat', '-e', 'boot/efiboot.img', '-no-emul-boot', ...GPT]);
    } else {
      const appended = ['-append_partition', '2', '0xef', image, '-e', '--interval:appended_partition_2:all::', '-no-emul-boot'];
      await makeIso(iso, lay(work, 'tree', readme), 'FULL_FAT', appended);
    }
  }
  return {
    name,
    what,
    firmware: ['uefi'],
    vendorWords: OPTIONS.split(' '),
    dropped: [],
    build: () => layoutIso(name, import.meta.filename, build),
  };
}

export const fullFats: readonly Layout[] = [
  fullFat('fat16-full', 'systemd-boot in a FAT16 without a free cluster', 'file', { bits: 16, kilobytes: 16_384, sectorsPerCluster: 4 }),
  fullFat('fat12-full', 'systemd-boot in a full FAT12 that must become FAT16 to grow', 'file', {
    bits: 12,
    kilobytes: 16_352,
    sectorsPerCluster: 8,
  }),
  fullFat('fat32-full', 'systemd-boot in a full FAT32 behind the volume’s end, load count 0: by itself it does not boot', 'appended', {
    bits: 32,
    kilobytes: 40_960,
    sectorsPerCluster: 1,
  }),
];
