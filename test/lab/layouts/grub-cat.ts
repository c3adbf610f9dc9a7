import { biosEntry, grubForBios, lay, layoutIso, makeIso, type Guest } from './parts.ts';

/** GRUB shows a file of the medium and continues. */
export const SHOWN = 'last.txt';

const GRUB = `set timeout=0
echo LAB-GRUB
cat /${SHOWN}
echo LAB-SHOWN
linux /boot/vmlinuz lab.vendor=1
initrd /boot/initrd.gz
boot
`;

async function build(iso: string, work: string, guest: Guest): Promise<void> {
  const grub = await grubForBios(work, { prefix: '/boot/grub', fs: ['iso9660'] });
  const tree = lay(work, 'tree', {
    'boot/grub/grub.cfg': GRUB,
    'boot/grub/eltorito.img': { copy: grub },
    'boot/vmlinuz': { copy: guest.kernel },
    'boot/initrd.gz': { copy: guest.initrd },
  });
  await makeIso(iso, tree, 'GRUB_CAT', [...biosEntry('boot/grub/eltorito.img'), '--grub2-boot-info']);
}

/** An ISO whose GRUB for BIOS prints a file that only a host's view has. */
export function buildGrubCat(): Promise<string> {
  return layoutIso('grub-cat', import.meta.filename, build);
}
