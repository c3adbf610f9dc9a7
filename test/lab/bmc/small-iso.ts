import { cached } from '../cache.ts';
import { PLACEHOLDER } from '../iso.ts';
import { lay } from '../layouts/parts.ts';
import { mustRun } from '../process.ts';

const GRUB = `linux /boot/vmlinuz ${PLACEHOLDER} quiet\ninitrd /boot/initrd.gz\nboot\n`;

/** An ISO that a firmware would start, with nothing behind its boot configuration: for machines that only read. */
export function buildSmallIso(): Promise<string> {
  return cached('small.iso', [GRUB], async (iso, work) => {
    const boot = new Uint8Array(2048).fill(0x90);
    const tree = lay(work, 'tree', {
      'boot/grub/grub.cfg': GRUB,
      'boot/eltorito.img': boot,
      'boot/vmlinuz': 'kernel\n',
      'boot/initrd.gz': 'initrd\n',
    });
    const entry = ['-b', 'boot/eltorito.img', '-no-emul-boot', '-boot-load-size', '4'];
    await mustRun(['xorriso', '-as', 'mkisofs', '-quiet', '-o', iso, '-V', 'SMALL', '-R', '-J', ...entry, tree]);
  });
}
