import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginningOf, isolinuxBeginning, readIsolinux } from '../../../../../main-services/iso/bootconfig/isolinux/isolinux.ts';
import { runIsolinux, type Run, type Tree } from '../isolinux-interpreter.ts';
import { editedTexts, pathsOf, viewOf, volumeOf } from '../medium.ts';

const OURS = ['lab.host=alpha', 'lab.rack=7'];
const change = { append: OURS };

/** The file after the edit of all that isolinux reads from `/isolinux/isolinux.cfg` on. */
function edited(texts: Tree, path: string, kernels: readonly string[] = []): string | undefined {
  const reading = readIsolinux(volumeOf(texts, kernels), beginningOf('isolinux/isolinux.cfg'));
  return editedTexts(texts, reading, change, 'isolinux')[path];
}

describe('i1: isolinux reads its files as one', () => {
  const texts = {
    'boot/isolinux/isolinux.cfg': 'default current\nINCLUDE /boot/global.cfg\nINCLUDE /boot/linux-current.cfg\n',
    'boot/global.cfg': 'APPEND console=ttyS0 lab.global=yes\n',
    'boot/linux-current.cfg': 'LABEL current\n    SAY Booting\n    KERNEL ../vmlinuz\n    INITRD ../initrd\n',
  };

  it('i1: a global APPEND of one file and a label without APPEND in another: its words are kept, ours come after them', async () => {
    const view = await viewOf(texts, ['boot/vmlinuz'], ['lab.host=alpha']);
    expect(view['boot/linux-current.cfg']).toBe(
      'LABEL current\n    SAY Booting\n    KERNEL ../vmlinuz\n    APPEND console=ttyS0 lab.global=yes lab.host=alpha\n    INITRD ../initrd\n',
    );
    expect(view['boot/global.cfg']).toBe(texts['boot/global.cfg']);
  });

  it('i1: an included file needs no .cfg (rancher/os: global.cfg beside it; Tails: live.inc)', async () => {
    const named = {
      'isolinux/isolinux.cfg': 'include live.inc\n',
      'isolinux/live.inc': 'label live\nkernel /live/vmlinuz\nappend boot=live\n',
    };
    const view = await viewOf(named, ['live/vmlinuz'], ['lab.host=alpha']);
    expect(view['isolinux/live.inc']).toBe('label live\nkernel /live/vmlinuz\nappend boot=live lab.host=alpha\n');
  });

  it('i1: a later APPEND for all counts for the labels that end after it', () => {
    const text = 'APPEND a\nLABEL x\nKERNEL /v\nMENU BEGIN sub\nAPPEND b\nLABEL y\nKERNEL /v\nMENU END\n';
    expect(edited({ '/isolinux/isolinux.cfg': text }, '/isolinux/isolinux.cfg')).toBe(
      'APPEND a\nLABEL x\nKERNEL /v\nAPPEND a lab.host=alpha lab.rack=7\nMENU BEGIN sub\nAPPEND b\nLABEL y\nKERNEL /v\nAPPEND b lab.host=alpha lab.rack=7\nMENU END\n',
    );
  });

  it('i1: a label read twice with different words for all labels is left alone, and that is said', () => {
    const tree = {
      '/isolinux/isolinux.cfg': 'append a\nmenu begin one\ninclude x.cfg\nmenu end\nappend b\ninclude x.cfg\n',
      '/isolinux/x.cfg': 'label x\nkernel /v\n',
    };
    const reading = readIsolinux(volumeOf(tree), beginningOf('isolinux/isolinux.cfg'));
    expect(reading.sites).toEqual([]);
    expect(reading.entries.map(({ edited: done }) => done)).toEqual([false, false]);
    expect(reading.missed).toEqual([
      { file: { path: 'isolinux/x.cfg' }, line: 1, reason: 'The label x is read more than once, and means something else each time' },
    ]);
  });

  it('i1: a file that includes itself ends, and that is said', () => {
    const reading = readIsolinux(
      volumeOf({ '/isolinux/isolinux.cfg': 'include isolinux.cfg\ninclude isolinux.cfg\n' }),
      beginningOf('isolinux/isolinux.cfg'),
    );
    expect(reading.missed[0]?.reason).toMatch(/more than 16 levels/);
  });

  it.each([
    ['/boot/isolinux/isolinux.cfg', '/isolinux/isolinux.cfg'],
    ['/isolinux/syslinux.cfg', '/boot/syslinux/isolinux.cfg'],
    ['/syslinux/isolinux.cfg', '/isolinux.cfg'],
  ])('finds %s before %s', (first, second) => {
    expect(isolinuxBeginning(volumeOf({ [second]: 'x', [first]: 'x' }))?.path).toBe(first);
  });

  it('reaches what INCLUDE, CONFIG, MENU INCLUDE, UI and menus of menus lead to, and nothing else', () => {
    const tree = {
      '/isolinux/isolinux.cfg':
        'INCLUDE a.cfg\n# include no.cfg\nMENU INCLUDE b.cfg Title\nlabel x\n config /c/c.cfg /c\nlabel y\n kernel menu.c32\n append d.cfg ~\nUI vesamenu.c32 e.conf\nTEXT HELP\ninclude no.cfg\nENDTEXT\nF1 no.cfg\nDISPLAY no.cfg\n',
      '/isolinux/a.cfg': '',
      '/isolinux/b.cfg': '',
      '/c/c.cfg': 'include deeper.cfg\n',
      '/c/deeper.cfg': 'label z\nkernel v\nappend q\n',
      '/isolinux/d.cfg': '',
      '/isolinux/e.conf': '',
      '/isolinux/no.cfg': '',
    };
    const reading = readIsolinux(volumeOf(tree), beginningOf('isolinux/isolinux.cfg'));
    expect(pathsOf(reading.configurations)).toEqual([
      ...['c/c.cfg', 'c/deeper.cfg', 'isolinux/a.cfg', 'isolinux/b.cfg', 'isolinux/d.cfg', 'isolinux/e.conf', 'isolinux/isolinux.cfg'],
    ]);
    expect(reading.entries).toEqual([{ file: { path: 'c/deeper.cfg' }, line: 2, title: 'z', kernel: '/c/v', words: ['q'], edited: true }]);
  });

  it.each([
    [
      'a kernel with words of its own in KERNEL',
      'label a\nkernel /v b\nappend c\n',
      'label a\nkernel /v b\nappend c lab.host=alpha lab.rack=7\n',
    ],
    ['KERNEL in an included file', 'label a\ninclude k.inc\n', 'label a\nappend lab.host=alpha lab.rack=7\ninclude k.inc\n'],
    ['ifcpu64.c32 (archiso)', 'label a\ncom32 ifcpu64.c32\nappend b -- c\nlabel b\nlinux /v\nappend x\n', undefined],
    ['whichsys.c32 (archiso)', 'label a\ncom32 whichsys.c32\nappend -iso- /k x -pxe- b\nlabel b\nlocalboot 0\n', undefined],
  ])('%s', (_name, text, after) => {
    const done = edited({ '/isolinux/isolinux.cfg': text, '/isolinux/k.inc': 'kernel /v\n' }, '/isolinux/isolinux.cfg', ['/k', '/v']);
    expect(done).toBe(after ?? text.replace(/(linux \/v\nappend x|\/k x)/, '$1 lab.host=alpha lab.rack=7'));
  });
});

describe('j3: a command line without a label', () => {
  it.each([
    ['ontimeout /k initrd=/i --- quiet', 'ontimeout /k initrd=/i lab.host=alpha lab.rack=7 --- quiet'],
    ['ontimeout install', 'ontimeout install'],
    ['ontimeout install fast=1', 'ontimeout install fast=1'],
    ['ONERROR /k initrd=/i', 'ONERROR /k initrd=/i lab.host=alpha lab.rack=7'],
    ['menu onerror /k b', 'menu onerror /k b lab.host=alpha lab.rack=7'],
    ['onerror menu.c32', 'onerror menu.c32'],
    ['menu hiddenkey F5,F6 /k b', 'menu hiddenkey F5,F6 /k b lab.host=alpha lab.rack=7'],
    ['menu hiddenkey F5 install', 'menu hiddenkey F5 install'],
    ['default /k initrd=/i a', 'default /k initrd=/i a lab.host=alpha lab.rack=7'],
    ['default .linux /k a', 'default .linux /k a lab.host=alpha lab.rack=7'],
    ['default /k', 'default /k lab.host=alpha lab.rack=7'],
    ['default vesamenu.c32', 'default vesamenu.c32'],
    ['ui gfxboot bootlogo message', 'ui gfxboot bootlogo message'],
    ['F1 k.txt', 'F1 k.txt'],
  ])('j3: %s', (line, after) => {
    const rest = 'timeout 300\nlabel install\nkernel /k\nappend x --- quiet\n';
    const done = edited({ '/isolinux/isolinux.cfg': `${line}\n${rest}` }, '/isolinux/isolinux.cfg', ['/k', '/isolinux/k.txt']);
    expect(done).toBe(`${after}\n${rest.replace('x ---', 'x lab.host=alpha lab.rack=7 ---')}`);
  });

  it('j3: Debian’s speech menu, left alone, starts with the host’s words (debian-installer/build/boot/x86/menu.cfg)', async () => {
    const texts = {
      'isolinux/isolinux.cfg': 'path \ninclude menu.cfg\ndefault vesamenu.c32\nprompt 0\ntimeout 0\n',
      'isolinux/menu.cfg': 'include stdmenu.cfg\nmenu begin advanced\nmenu end\ninclude spkgtk.cfg\n',
      'isolinux/spkgtk.cfg':
        'timeout 300\nontimeout /install.amd/vmlinuz vga=788 initrd=/install.amd/gtk/initrd.gz speakup.synth=soft --- quiet \n',
    };
    const view = await viewOf(texts, ['install.amd/vmlinuz'], ['lab.host=alpha']);
    expect(view['isolinux/spkgtk.cfg']).toBe(
      'timeout 300\nontimeout /install.amd/vmlinuz vga=788 initrd=/install.amd/gtk/initrd.gz speakup.synth=soft lab.host=alpha --- quiet \n',
    );
  });

  it('j3: ONERROR gets the failed command line’s words, so ours are not said twice', () => {
    const text = 'default /k a\nonerror /k b\n';
    expect(edited({ '/isolinux/isolinux.cfg': text }, '/isolinux/isolinux.cfg', ['/k'])).toBe(
      'default /k a lab.host=alpha lab.rack=7\nonerror /k b\n',
    );
  });
});

const NAMES = ['/isolinux/isolinux.cfg', '/isolinux/a.cfg', '/isolinux/b.inc', '/boot/c.conf'] as const;
const word = fc.constantFrom('quiet', 'initrd=/i', 'a=1', 'b', 'splash', '---', 'vga=788');
const line = fc.array(word, { minLength: 1, maxLength: 3 }).map((all) => all.join(' '));
const program = fc.constantFrom('/vm', 'vm2', '/vm vga=1');
const labelName = fc.constantFrom('one', 'two', 'three', 'vm2');

const command = fc.oneof(
  labelName,
  fc.tuple(labelName, line).map((parts) => parts.join(' ')),
  fc.tuple(fc.constantFrom('/vm', '.linux /vm'), line).map((parts) => parts.join(' ')),
  fc.constant('menu.c32'),
  fc.constant('menu.c32 b.inc'),
);
const labelLines = fc
  .tuple(
    labelName,
    fc.array(
      fc.oneof(
        program.map((kernel) => `  KERNEL ${kernel}`),
        program.map((kernel) => `  linux ${kernel}`),
        line.map((text) => `  append ${text}`),
        fc.constantFrom(
          '  APPEND -',
          '  INITRD /i',
          '  localboot 0',
          '  kernel chain.c32',
          '  COM32 vesamenu.c32',
          '  menu quit',
          '  menu label ^Some',
        ),
        fc.constantFrom(
          '  text help\nappend no\nlabel no\nendtext',
          '  config /boot/c.conf /boot',
          '  com32 menu.c32\n  append /boot/c.conf',
        ),
      ),
      { maxLength: 4 },
    ),
  )
  .map(([name, lines]) => [`LABEL ${name}`, ...lines].join('\n'));

function fileOf(number: number): fc.Arbitrary<string> {
  const others = NAMES.slice(number + 1);
  const includes = others.flatMap((name) => [`include ${name}`, `menu include ${name}`, `menu include ${name} Sub`, `include ${name} Sub`]);
  const parts = fc.oneof(
    { weight: 4, arbitrary: labelLines },
    { weight: 2, arbitrary: line.map((text) => `append ${text}`) },
    { weight: 3, arbitrary: fc.constantFrom('# nothing', ...includes) },
    { weight: 1, arbitrary: fc.constantFrom('menu begin', 'menu end', 'menu separator', 'prompt 0', 'append -', 'F1 help.txt') },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('default', 'ontimeout', 'menu hiddenkey F5', 'onerror', 'DEFAULT'), command)
        .map((all) => all.join(' ')),
    },
    { weight: 1, arbitrary: fc.constantFrom('ui menu.c32', 'UI vesamenu.c32 /isolinux/a.cfg') },
  );
  const eol = fc.constantFrom('\n', '\r\n');
  return fc.tuple(fc.array(parts, { maxLength: 7 }), eol).map(([all, ending]) => `${all.join('\n')}\n`.replaceAll('\n', ending));
}

const trees = fc
  .tuple(fileOf(0), fileOf(1), fileOf(2), fileOf(3))
  .map((texts): Tree => Object.fromEntries(texts.map((text, at) => [NAMES[at] ?? '', text] as const)));

/** ONERROR gives a menu's label the words of DEFAULT, and so one more file, whose APPEND belongs to the label that is still open. */
const menuWithMoreFiles: Tree = {
  '/isolinux/isolinux.cfg': 'include /isolinux/a.cfg Sub\n',
  '/isolinux/a.cfg': 'include /isolinux/b.inc Sub\nLABEL one\n  com32 menu.c32\n  append /boot/c.conf\nonerror one\n',
  '/isolinux/b.inc': 'append quiet\ndefault menu.c32 b.inc\n',
  '/boot/c.conf': 'LABEL one\n  KERNEL /vm\n',
};

/** One APPEND: of a kernel's label for isolinux, which knows no tag, and of all labels for the menu, where a menu takes it for files. */
const appendOfMenuAndKernel: Tree = {
  '/isolinux/isolinux.cfg': 'menu include /isolinux/b.inc\n',
  '/isolinux/b.inc': 'LABEL one\n  com32 menu.c32\n  append /boot/c.conf\nLABEL one\n  KERNEL /vm\ninclude /boot/c.conf Sub\n',
  '/boot/c.conf': 'append -\nLABEL one\n  COM32 vesamenu.c32\n',
};

/** Whether a run starts Linux, and which of its words the kernel gets. */
function kernelWords({ words }: Run): readonly string[] | undefined {
  const [first = '', ...rest] = words;
  const all = first === '.linux' ? rest : words;
  return /^(?:\/vm|vm2)$/.test(all[0] ?? '') ? all : undefined;
}

const count = (all: readonly string[], one: string): number => all.filter((each) => each === one).length;

describe('i1 j3: for any configurations, as an interpreter of isolinux runs them', () => {
  it('every kernel gets the vendor’s words and ours once, before `---`, or the miss is said', () => {
    let kernels = 0;
    fc.assert(
      fc.property(trees, (tree) => {
        const reading = readIsolinux(volumeOf(tree, ['/vm', '/isolinux/vm2', '/boot/vm2']), beginningOf('isolinux/isolinux.cfg'));
        const after = editedTexts(tree, reading, change, 'isolinux');
        const missed = new Set(reading.missed.map(({ file, line: at }) => `/${file.path}:${at}`));
        const before = runIsolinux(tree, NAMES[0], '/isolinux');
        const runs = runIsolinux(after, NAMES[0], '/isolinux');
        expect(runs).toHaveLength(before.length);
        for (const [index, run] of runs.entries()) {
          const vendor = kernelWords(before[index]!);
          const got = kernelWords(run);
          if (!vendor || !got) {
            expect(run.words.filter((each) => !OURS.includes(each))).toEqual(before[index]!.words);
            continue;
          }
          kernels += 1;
          expect(got.filter((each) => !OURS.includes(each))).toEqual(vendor);
          if (before[index]!.at.some((at) => missed.has(at))) continue;
          for (const own of OURS) expect([own, got.join(' '), count(got, own)]).toEqual([own, got.join(' '), 1]);
        }
      }),
      { numRuns: 2000, examples: [[menuWithMoreFiles], [appendOfMenuAndKernel]] },
    );
    expect(kernels).toBeGreaterThan(1000);
  });
});
