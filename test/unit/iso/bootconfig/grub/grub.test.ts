import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGrub } from '../../../../../main-services/iso/bootconfig/grub/run.ts';
import { runGrub } from '../grub-interpreter.ts';
import { editedTexts, pathsOf, viewOf, volumeOf, type Texts } from '../medium.ts';

const OURS = ['lab.host=alpha', 'lab.rack=7'];
const A = 'lab.host=alpha lab.rack=7';
const START = '/boot/grub/grub.cfg';

const repeated = (line: (at: number) => string): string => Array.from({ length: 40 }, (_, at) => line(at)).join('\n');

function edited(texts: Texts): Texts {
  return editedTexts(texts, readGrub([volumeOf(texts)], { path: 'boot/grub/grub.cfg' }), { append: OURS }, 'grub');
}

const one = (text: string): string | undefined => edited({ [START]: text })[START];

describe('j4: GRUB’s language is read as GRUB reads it', () => {
  it.each([
    ['eval of a string', `eval "menuentry 'B' { linux /v a }"`, `eval "menuentry 'B' { linux /v a  ${A} }"`],
    ['eval in single quotes', `eval 'menuentry B { linux /v a }'`, `eval 'menuentry B { linux /v a  ${A} }'`],
    ['eval of bare words', 'eval linux /v a', `eval linux /v a\\ lab.host=alpha\\ lab.rack=7\\ `],
    [
      'eval with variables in the string',
      `set k=/v\nset o="a b"\neval "linux $k $o; initrd /i"`,
      `set k=/v\nset o="a b"\neval "linux $k $o ${A} ; initrd /i"`,
    ],
    ['eval of a variable', `set c="linux /v a"\neval "$c"`, `set c="linux /v a"\neval "$c ${A} "`],
    [
      'a function’s arguments',
      'function load { linux $1 $2 --- quiet }\nload /v a',
      `function load { linux $1 $2 ${A} --- quiet }\nload /v a`,
    ],
    [
      'a function that runs its arguments',
      'function run { echo $1; $@ }\nrun linux /v a\nrun initrd /i',
      `function run { echo $1; $@ }\nrun linux /v a ${A}\nrun initrd /i`,
    ],
    [
      'for around entries',
      'for k in /a /b; do\nmenuentry "$k" $k { linux $2 q }\ndone',
      `for k in /a /b; do\nmenuentry "$k" $k { linux $2 q ${A} }\ndone`,
    ],
    [
      'if around entries',
      'if [ -f /x ]; then\nmenuentry x { linux /v q }\nelse\nmenuentry y { linux /w }\nfi',
      `if [ -f /x ]; then\nmenuentry x { linux /v q ${A} }\nelse\nmenuentry y { linux /w ${A} }\nfi`,
    ],
    ['words in a variable', 'set args="a b"\nlinux /v $args', `set args="a b"\nlinux /v $args ${A}`],
    ['the separator in a variable', 'set args="a --- quiet"\nlinux /v $args', `set args="a --- quiet"\nlinux /v ${A} $args`],
    [
      'the separator in a variable at one time and not at another',
      'set args="a ---"\nif [ $x ]; then set args=a; fi\nlinux /v $args',
      `set args="a ---"\nif [ $x ]; then set args=a; fi\nlinux /v ${A} $args`,
    ],
    [
      'a command that both branches of an if set',
      'if [ $x ]; then set linux=linuxefi; else set linux=linux; fi\nmenuentry a { $linux /v a }',
      `if [ $x ]; then set linux=linuxefi; else set linux=linux; fi\nmenuentry a { $linux /v a ${A} }`,
    ],
    ['a command in a variable', 'set cmd=linuxefi\n$cmd /v a', `set cmd=linuxefi\n$cmd /v a ${A}`],
    ['a whole command in a variable', 'set cmd="linux /v a"\n$cmd b', `set cmd="linux /v a"\n$cmd b ${A}`],
    ['a submenu', 'export x\nsubmenu s { menuentry b { linux /v } }', `export x\nsubmenu s { menuentry b { linux /v ${A} } }`],
    ['a memory test through a variable', 'set k=/memtest86+x64.bin\nlinux $k a', 'set k=/memtest86+x64.bin\nlinux $k a'],
  ])('j4: %s', (_name, text, after) => {
    expect(one(text)).toBe(after);
  });

  it('j4: words with quotes survive each level of quoting', () => {
    const texts = { [START]: `eval "menuentry 'B' { linux /v }"` };
    const reading = readGrub([volumeOf(texts)], { path: 'boot/grub/grub.cfg' });
    const after = editedTexts(texts, reading, { append: ["ds=nocloud;s='$x'"] }, 'grub')[START];
    expect(after).toBe(`eval "menuentry 'B' { linux /v  'ds=nocloud;s='\\\\''\\$x'\\\\''' }"`);
  });

  it('j4: what a variable holds is taken away where it stands', () => {
    const texts = { [START]: 'set o="rd.live.check quiet"\nmenuentry a { linux /v $o }' };
    const reading = readGrub([volumeOf(texts)], { path: 'boot/grub/grub.cfg' });
    expect(editedTexts(texts, reading, { append: [], drop: ['rd.live.check'] }, 'grub')[START]).toBe(
      'set o=" quiet"\nmenuentry a { linux /v $o }',
    );
  });

  it('j4: source of a variable, as SystemRescue does, through the appliance’s own view', async () => {
    const texts = {
      'boot/grub/grub.cfg': 'set cfg=/sysresccd/grubsrcd.inc\nif [ -f $cfg ]; then\n  source $cfg\nfi\n',
      'sysresccd/grubsrcd.inc': 'menuentry "Boot" {\n  linux /boot/vmlinuz archisobasedir=sysresccd $iomem\n}\n',
    };
    const view = await viewOf(texts, ['boot/vmlinuz'], ['lab.host=alpha']);
    expect(view['sysresccd/grubsrcd.inc']).toBe(
      'menuentry "Boot" {\n  linux /boot/vmlinuz archisobasedir=sysresccd $iomem lab.host=alpha\n}\n',
    );
    expect(view['boot/grub/grub.cfg']).toBe(texts['boot/grub/grub.cfg']);
  });

  it('j4: reaches files by $prefix, by a device, by a pattern, from entries and from functions', () => {
    const texts = {
      [START]:
        'source $prefix/a.cfg\nfor f in $prefix/d/*.cfg; do source $f; done\nfunction more { configfile $1 }\nmenuentry x { more ($root)/c.cfg }\nmenuentry back { configfile /boot/grub/grub.cfg }\n. /missing.cfg\n',
      '/boot/grub/a.cfg': 'linux /v a\n',
      '/boot/grub/d/b.cfg': 'linux /v b\n',
      '/c.cfg': 'linux /v c\n',
      '/other.cfg': 'linux /v o\n',
    };
    const reading = readGrub([volumeOf(texts)], { path: 'boot/grub/grub.cfg' });
    expect(pathsOf(reading.configurations)).toEqual(['boot/grub/a.cfg', 'boot/grub/d/b.cfg', 'boot/grub/grub.cfg', 'c.cfg']);
    expect(reading.entries.map(({ words }) => words[0])).toEqual(['a', 'b', 'c']);
    expect(reading.missed).toEqual([]);
  });

  it.each([
    ['regexp (Ventoy’s and GRUB’s own menus)', 'regexp --set=1:dir "(.*)/" $prefix\nsource $dir/x.cfg', 'source $dir/x.cfg'],
    ['probe', 'probe --set=uuid --fs-uuid $root\nmenuentry a { configfile /$uuid/grub.cfg }', 'configfile /$uuid/grub.cfg'],
    ['eval of what was read', 'read line\neval "$line"', 'eval "$line"'],
  ])('j4: what depends on %s is said', (_name, text, said) => {
    const { missed } = readGrub([volumeOf({ [START]: text })], { path: 'boot/grub/grub.cfg' });
    expect(missed).toEqual([
      { file: { path: 'boot/grub/grub.cfg' }, line: 2, reason: `${said} depends on a variable that is not known before it runs` },
    ]);
  });

  it('j4: two menus that read one file with other values of a variable add the words once', async () => {
    const texts = {
      'boot/grub/grub.cfg': 'set opts="quiet ---"\nsource /boot/grub/common.cfg\n',
      'EFI/BOOT/grub.cfg': 'set opts=quiet\nsource /boot/grub/common.cfg\n',
      'boot/grub/common.cfg': 'menuentry a { linux /boot/vmlinuz b $opts }\n',
    };
    const view = await viewOf(texts, ['boot/vmlinuz'], ['lab.host=alpha']);
    expect(view['boot/grub/common.cfg']).toBe('menuentry a { linux /boot/vmlinuz b lab.host=alpha $opts }\n');
  });

  it.each([
    ['a variable that doubles itself', `set a="x y"\n${'set a="$a $a"\n'.repeat(40)}menuentry b { linux /v $a }`],
    ['a function whose arguments double', 'function f { f $@ $@; linux /v $1; }\nf x y'],
    ['a function whose argument grows', 'function f { f $1$1; }\nf x'],
    ['functions that call the next one twice', `${repeated((at) => `function f${at} { f${at + 1}; f${at + 1}; }`)}\nf0`],
    ['eval of itself', 'set a="eval \\"\\$a\\"; eval \\"\\$a\\""\neval "$a"'],
    ['submenus in submenus', `${'submenu a {\n'.repeat(5000)}linux /v\n${'}\n'.repeat(5000)}`],
    ['braces in braces', `${'{'.repeat(300_000)}linux /v`],
    ['variables that are not closed', `linux /v ${'${a'.repeat(100_000)}`],
    ['a long line that is read again and again', `function f { linux /v ${'x '.repeat(20_000)}; }\n${'f\n'.repeat(5000)}`],
  ])('j4: %s is bounded', (_name, text) => {
    const { entries } = readGrub([volumeOf({ [START]: text })], { path: 'boot/grub/grub.cfg' });
    expect(entries.length).toBeLessThan(1000);
  });

  it('j4: a kernel that chainloader starts is said; other programs are not', () => {
    const menu = 'menuentry a { chainloader ($root)/EFI/Linux/uki.efi }\nmenuentry b { chainloader /EFI/shell.efi }';
    const texts = volumeOf({ [START]: menu, '/EFI/Linux/uki.efi': '', '/EFI/shell.efi': '' });
    const kernelKind = (path: string) => (path === '/EFI/Linux/uki.efi' ? 'linux' : 'other');
    const { missed } = readGrub([{ files: { ...texts.files, kernelKind } }], { path: 'boot/grub/grub.cfg' });
    expect(missed.map(({ line, reason }) => [line, reason])).toEqual([
      [1, 'chainloader starts the kernel /EFI/Linux/uki.efi without the arguments'],
    ]);
  });

  it('j4: menus that are nested too deep to follow are said', () => {
    const text = `${'submenu a {\n'.repeat(60)}linux /v\n${'}\n'.repeat(60)}`;
    const { missed } = readGrub([volumeOf({ [START]: text })], { path: 'boot/grub/grub.cfg' });
    expect(missed.map(({ reason }) => reason)).toEqual(['It leads more than 40 levels deep']);
  });

  it('j4: menus that lead to each other end', () => {
    const pages = Array.from({ length: 12 }, (_, at) => at);
    const body = pages.map((at) => `menuentry "${at}" { configfile /${at}.cfg }`).join('\n');
    const texts = Object.fromEntries([[START, body], ...pages.map((at) => [`/${at}.cfg`, `linux /v p${at}\n${body}`] as const)]);
    expect(readGrub([volumeOf(texts)], { path: 'boot/grub/grub.cfg' }).entries).toHaveLength(12);
  });
});

const kernelWords = fc
  .array(fc.constantFrom('quiet', 'a=1', '$args', '"$args"', '$late', "'x y'", '$one'), { maxLength: 3 })
  .map((all) => all.join(' '));
const kernelLine = fc
  .tuple(fc.constantFrom('linux /v', 'linux $kernel', '$cmd /v', 'load /v', 'run linux /v'), kernelWords)
  .map((all) => all.join(' '));
const evaluated = fc.constantFrom(
  `eval "menuentry 'E' { linux /v a }"`,
  'eval "linux $kernel $args"',
  "eval 'linux /v $late'",
  'eval "menuentry E { linux $kernel $args; initrd /i }"',
);
const assignment = fc.constantFrom(
  ...[
    'set args="a b"',
    'set args=c',
    "set late='d e'",
    'kernel=/v2',
    'set kernel=/v',
    'set cmd=linux',
    'set one=z',
    'echo linux /v',
    '# linux /v',
  ],
);
const entry = fc
  .tuple(fc.constantFrom('menuentry "M"', 'menuentry N --id n', 'submenu S'), kernelLine)
  .map(([head, body]) => `${head} {\n  ${body}\n}`);
const leaf = fc.oneof(kernelLine, evaluated, assignment, entry);
const block = fc.oneof(
  { weight: 4, arbitrary: leaf },
  { weight: 1, arbitrary: fc.tuple(leaf, leaf).map(([yes, no]) => `if [ -f /x ]; then\n${yes}\nelse\n${no}\nfi`) },
  { weight: 1, arbitrary: leaf.map((body) => `for one in p q; do\n${body}\ndone`) },
  { weight: 1, arbitrary: fc.constantFrom('source /more.inc', 'set file=/more.inc\nsource $file', 'source $prefix/near.cfg') },
);
const FUNCTIONS =
  'export kernel cmd args late one file\nset kernel=/v\nset cmd=linux\nfunction load {\n  linux $1 fn=1 $2 $3\n}\nfunction run {\n  $@\n}\nrun echo hi\n';
const script = (most: number): fc.Arbitrary<string> => fc.array(block, { maxLength: most }).map((all) => `${all.join('\n')}\n`);
const leaves = fc.array(leaf, { maxLength: 3 }).map((all) => `${all.join('\n')}\n`);

const count = (all: readonly string[], word: string): number => all.filter((each) => each === word).length;

describe('j4: for any scripts, as an interpreter of GRUB runs them', () => {
  it('every kernel gets the vendor’s words and ours once', () => {
    let kernels = 0;
    fc.assert(
      fc.property(script(6), leaves, leaves, fc.boolean(), (main, more, near, truth) => {
        const texts = { [START]: `${FUNCTIONS}${main}`, '/more.inc': more, '/boot/grub/near.cfg': near };
        const reading = readGrub([volumeOf(texts)], { path: 'boot/grub/grub.cfg' });
        const before = runGrub(texts, START, truth);
        const after = runGrub(editedTexts(texts, reading, { append: OURS }, 'grub'), START, truth);
        expect(after).toHaveLength(before.length);
        for (const [index, words] of after.entries()) {
          kernels += 1;
          expect(words.filter((word) => !OURS.includes(word))).toEqual(before[index]);
          for (const own of OURS) expect([own, words.join(' '), count(words, own)]).toEqual([own, words.join(' '), 1]);
        }
      }),
      { numRuns: 1000 },
    );
    expect(kernels).toBeGreaterThan(1000);
  });
});
