import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editBootConfig } from '../../../../main-services/iso/bootconfig/edit.ts';
import { grubCommands, quoteForGrub } from '../../../../main-services/iso/bootconfig/grub/lexer.ts';
import { recogniseBootConfig } from '../../../../main-services/iso/bootconfig/recognise.ts';
import type { BootConfigKind } from '../../../../main-services/iso/bootconfig/types.ts';
import { independentKernelLines } from './independent-grub.ts';

/** Marked so that no vendor text holds it by chance; the rest is whatever a command line may hold. */
const anyWord = fc
  .string({ unit: fc.constantFrom(...'ab1=.,:/;&|<>{}$"\'\\#*?!()[]~ \t%'.split('')), maxLength: 12 })
  .map((tail) => `@${tail}`);
const plainWord = anyWord.map((word) => word.replace(/[ \t]/g, '_'));
const distinct = (word: fc.Arbitrary<string>): fc.Arbitrary<string[]> =>
  fc.uniqueArray(word, { maxLength: 6 }).map((words) => words.map((tail, index) => `@${index}${tail}`));
const eol = fc.constantFrom('\n', '\r\n');
const finalEol = fc.boolean();

const grubLine = fc.constantFrom(
  "menuentry 'a; b' --class x {",
  '}',
  '  linux /vmlinuz quiet',
  '\tlinuxefi /vmlinuz   "a  b" \'c;d\' --- splash   # linux /no',
  '  $linux /boot/x/linux ${args} showopts',
  'menuentry "one" { linux16 /v a -- b; initrd /i; }',
  '  linux /v a \\\n    b \\\n    c',
  'if [ "$x" = y ]; then linux /v; fi',
  '  multiboot2 /xen.gz --- a',
  '  module2 /vmlinuz console=hvc0',
  '  module2 /install.img',
  '# linux /v comment',
  'set timeout=60',
  'echo "linux /v"',
  '',
  '   ',
);
const labels = fc.constantFrom(
  'LABEL a\nKERNEL vmlinuz\nAPPEND initrd=i quiet',
  'label b\n  menu label linux\n  kernel /v\n  append x --- quiet ',
  'label c\n  LINUX /v\n  append -',
  'label d\n  linux /v',
  'label e\n  kernel mboot.c32\n  append /xen.gz a --- /vmlinuz b --- /i',
);
const entryLine = fc.constantFrom('options a b', 'options   root=x --- y', '# options no', 'title linux', 'initrd /i');

function built(lines: readonly string[], ending: string, final: boolean): string {
  return (lines.join('\n') + (final ? '\n' : '')).replaceAll('\n', ending);
}

/** Takes the words out again where they stand, each with the blank before it: what is left must be the base. */
function without(text: string, written: readonly string[]): string {
  return written.length === 0 ? text : text.replaceAll(` ${written.join(' ')}`, '');
}

const count = (all: readonly string[], word: string): number => all.filter((one) => one === word).length;

describe('GRUB', () => {
  it('reads back every quoted word as itself, in both readings', () => {
    fc.assert(
      fc.property(anyWord, (word) => {
        const text = `linux /v ${quoteForGrub(word)} end; x`;
        expect(grubCommands(text)[0]?.map(({ value }) => value)).toEqual(['linux', '/v', word, 'end']);
        expect(independentKernelLines(text)).toEqual([['linux', '/v', word, 'end']]);
      }),
      { numRuns: 1000 },
    );
  });

  it('every word once on every kernel line, before its separator, and nothing else changed', () => {
    fc.assert(
      fc.property(fc.array(grubLine, { maxLength: 12 }), eol, finalEol, distinct(anyWord), (lines, ending, final, append) => {
        const text = built(lines, ending, final);
        const edited = editBootConfig('grub', text, { append }).text;
        const before = independentKernelLines(text);
        const after = independentKernelLines(edited);
        expect(after).toHaveLength(before.length);
        for (const [index, words] of after.entries()) {
          for (const word of append) expect(count(words, word)).toBe(1);
          expect(words.filter((word) => !append.includes(word))).toEqual(before[index]);
          const separator = words.findIndex((word) => word === '---' || word === '--');
          if (append[0] && separator >= 0) expect(words.indexOf(append[0])).toBeLessThan(separator);
        }
        expect(without(edited, append.map(quoteForGrub))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});

describe('isolinux', () => {
  it('every word once for every label that starts Linux, and nothing else changed', () => {
    fc.assert(
      fc.property(fc.array(labels, { maxLength: 6 }), eol, finalEol, distinct(plainWord), (blocks, ending, final, append) => {
        fc.pre(append.length > 0);
        const text = built(blocks, ending, final);
        const edited = editBootConfig('isolinux', text, { append }).text;
        const appends = edited.split(ending).filter((line) => /^ *append /i.test(line));
        expect(appends).toHaveLength(blocks.length);
        for (const line of appends) for (const word of append) expect(count(line.split(' '), word)).toBe(1);
        const hyphens = text.replaceAll('append -' + ending, `append${ending}`).replace(/append -$/, 'append');
        const rest = without(edited, append).replaceAll(`linux /v${ending}  append`, `linux /v`);
        expect(rest).toBe(hyphens);
      }),
    );
  });
});

describe('systemd-boot and ESXi', () => {
  it('every word once, at the last options line', () => {
    fc.assert(
      fc.property(fc.array(entryLine, { maxLength: 6 }), eol, finalEol, distinct(plainWord), (lines, ending, final, append) => {
        fc.pre(append.length > 0);
        const text = built(['linux /v', 'options first', ...lines], ending, final);
        const edited = editBootConfig('systemd-boot', text, { append }).text;
        const options = edited.split(ending).filter((line) => line.startsWith('options'));
        for (const word of append) expect(count((options.at(-1) ?? '').split(' '), word)).toBe(1);
        expect(without(edited, append)).toBe(text);
      }),
    );
  });

  it('every word once in kernelopt', () => {
    fc.assert(
      fc.property(eol, finalEol, distinct(plainWord), (ending, final, append) => {
        const text = built(['bootstate=0', 'kernel=/b', 'kernelopt=runweasel', 'modules=/a --- /b'], ending, final);
        const edited = editBootConfig('esxi', text, { append }).text;
        expect(edited.split(ending)[2]).toBe(['kernelopt=runweasel', ...append].join(' '));
        expect(without(edited, append)).toBe(text);
      }),
    );
  });
});

describe('whatever the bytes are', () => {
  const noise = fc.string({
    unit: fc.constantFrom(
      ...'\r\n \t\'"\\${};#|&<>-=~ax\xff\xa0'.split(''),
      'linux /v',
      'append',
      'label',
      'kernel v',
      'options',
      'kernelopt=',
    ),
    maxLength: 60,
  });
  const kinds = fc.constantFrom<BootConfigKind>('grub', 'isolinux', 'systemd-boot', 'esxi');

  it('nothing throws, and a change of nothing changes nothing', () => {
    fc.assert(
      fc.property(kinds, noise, (kind, text) => {
        recogniseBootConfig('/boot/grub/grub.cfg', text);
        recogniseBootConfig('/x.cfg', text);
        expect(editBootConfig(kind, text, { append: [] })).toEqual({ text, changes: [] });
        expect(editBootConfig(kind, text, { append: ['@w'], timeoutSeconds: 1 }).text.length).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('the changes alone make the new text from the old', () => {
    fc.assert(
      fc.property(kinds, noise, (kind, text) => {
        const { text: edited, changes } = editBootConfig(kind, text, { append: ['@w'], drop: ['ax'] });
        const grown = changes.reduce((sum, { before, after }) => sum + after.length - before.length, 0);
        expect(edited.length - text.length).toBe(grown);
        for (const { before, after } of changes) {
          expect(before).not.toBe(after);
          expect(edited).toContain(after);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('time', () => {
  it('grows with the text, not with its square', () => {
    const text = 'menuentry "a" {\n linux /v "a\\"b" \'c\' \\\n d --- e\n}\n'.repeat(10_000);
    const began = process.threadCpuUsage();
    const edited = editBootConfig('grub', text, { append: ['@w'] });
    expect(edited.changes).toHaveLength(10_000);
    expect(process.threadCpuUsage(began).user).toBeLessThan(5_000_000);
  });
});
