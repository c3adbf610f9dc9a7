import { ALPHA, argumentsOf } from '../boot-run.ts';
import { makeVirtualMediaLab, MEDIA_NEEDS } from '../layouts/virtual-media-lab.ts';
import { biosEntry, grubForBios, isolinuxFiles, lay, layoutIso, makeIso, type Tree } from '../layouts/parts.ts';
import { Machine } from '../qemu.ts';
import { expectThat, type Scenario } from '../scenario.ts';

interface Menu {
  readonly row: string;
  readonly name: string;
  readonly title: string;
  readonly loader: 'isolinux' | 'grub';
  readonly files: Tree;
  /** What the kernel is given, in this order. */
  readonly words: readonly string[];
}

const FAILED = /No bootable device|Failed to load|^grub>|Kernel panic/;

/** The host's own words. */
const OWN = ['lab.host=alpha', 'lab.rack=7'];

const MENUS: readonly Menu[] = [
  {
    row: 'i1',
    name: 'isolinux-include',
    title: 'a global APPEND and a label without one, in two files that isolinux includes: its words stay, the host’s follow them',
    loader: 'isolinux',
    files: {
      'boot/isolinux/isolinux.cfg': 'default current\nprompt 0\nINCLUDE /boot/global.cfg\nINCLUDE /boot/linux-current.cfg\n',
      'boot/global.cfg': 'APPEND console=ttyS0 lab.global=yes\n',
      'boot/linux-current.cfg': 'LABEL current\n    KERNEL /boot/vmlinuz\n    INITRD /boot/initrd\n',
    },
    words: ['console=ttyS0', 'lab.global=yes', ...OWN, 'initrd=/boot/initrd'],
  },
  {
    row: 'j3',
    name: 'isolinux-ontimeout',
    title: 'isolinux’s menu is left alone: the command line of ONTIMEOUT holds the host’s words, before those for the installed system',
    loader: 'isolinux',
    files: {
      'boot/isolinux/isolinux.cfg':
        'prompt 1\ntimeout 30\nontimeout /boot/vmlinuz initrd=/boot/initrd lab.late=yes --- quiet\nlabel other\nlocalboot 0\n',
    },
    words: ['initrd=/boot/initrd', 'lab.late=yes', ...OWN, '---', 'quiet'],
  },
  {
    row: 'j4',
    name: 'grub-language',
    title: 'GRUB builds its menu with eval, functions, a loop and a file that a variable names: its kernel gets the host’s words once',
    loader: 'grub',
    files: {
      'boot/grub/grub.cfg': 'set cfg=/boot/menu.inc\nif [ -f $cfg ]; then\n  source $cfg\nfi\n',
      'boot/menu.inc':
        'set timeout=1\nset default=B\nset late="lab.late=yes quiet"\nfunction load {\n  linux $1 console=ttyS0 $2 $late\n  initrd /boot/initrd\n}\nfor one in A B; do\n  eval "menuentry \'$one\' { load /boot/vmlinuz lab.entry=$one }"\ndone\n',
    },
    words: ['console=ttyS0', 'lab.entry=B', 'lab.late=yes', 'quiet', ...OWN],
  },
];

function isoOf({ name, loader, files }: Menu): Promise<string> {
  return layoutIso(`words-${name}`, import.meta.filename, async (iso, work, guest) => {
    const kernel: Tree = { 'boot/vmlinuz': { copy: guest.kernel }, 'boot/initrd': { copy: guest.initrd } };
    const program: Tree =
      loader === 'isolinux'
        ? isolinuxFiles('boot/isolinux')
        : { 'boot/grub/eltorito.img': { copy: await grubForBios(work, { prefix: '/boot/grub', fs: ['iso9660', 'eval'] }) } };
    const image = loader === 'isolinux' ? 'boot/isolinux/isolinux.bin' : 'boot/grub/eltorito.img';
    await makeIso(iso, lay(work, 'tree', { ...program, ...files, ...kernel }), 'WORDS', biosEntry(image));
  });
}

/** The kernel's command line in a real boot of the ISO as the appliance shows it to the host's BMC. */
function wordsBoot(menu: Menu): Scenario {
  return {
    name: `loader-words-${menu.name}`,
    title: `${menu.row}: ${menu.title}.`,
    tier: 'ci',
    needs: MEDIA_NEEDS,
    async run(lab) {
      const order = { image: menu.name, format: 'other', file: 'setup.sh', text: '#!/bin/sh\n', args: OWN.join(' ') } as const;
      const bench = await makeVirtualMediaLab(lab, { ...order, iso: await isoOf(menu) });
      await using machine = new Machine(bench.bmc, { ...ALPHA, firmware: 'bios', medium: { cdrom: bench.url }, dir: lab.dir });
      await machine.waitFor(/LAB-DONE/, 150_000, FAILED);
      const given = argumentsOf(machine);
      lab.fact('kernel’s command line', given);
      const words = given.split(' ').filter((word) => menu.words.includes(word));
      expectThat(
        words.join(' ') === menu.words.join(' '),
        `the kernel was given: ${given}; expected, in this order: ${menu.words.join(' ')}`,
      );
    },
  };
}

export const loaderWords: readonly Scenario[] = MENUS.map(wordsBoot);
