import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BootbenchError } from '../../../../../contract/errors.ts';
import { editBootConfig } from '../../../../../main-services/iso/bootconfig/edit.ts';
import { matches } from '../../../../../main-services/iso/bootconfig/grub/wildcards.ts';
import { recogniseBootConfig } from '../../../../../main-services/iso/bootconfig/recognise.ts';
import type { BootConfigKind } from '../../../../../main-services/iso/bootconfig/types.ts';

const SIZE = 64 * 1024;
/** CPU time, so that a busy computer is no failure. What is quadratic takes ten times as much at least. */
const MOST_MS = 1500;

const PATHS: Record<BootConfigKind, string> = {
  grub: 'boot/grub/grub.cfg',
  isolinux: 'isolinux/isolinux.cfg',
  'systemd-boot': 'loader/entries/a.conf',
  esxi: 'boot.cfg',
  refind: 'EFI/BOOT/refind.conf',
  xen: 'EFI/xen.cfg',
};

const filled = (pattern: string): string => pattern.repeat(SIZE / pattern.length);
const numbered = (line: (at: number) => string): string => Array.from({ length: SIZE / 40 }, (_, at) => line(at)).join('');
const LONG = `x="${'a '.repeat(4000)}"\n`;
const TWO = 'x=a\nif true; then x=b; fi\n';

const TEXTS: readonly [kind: BootConfigKind, what: string, text: string][] = [
  ['grub', 'a word of many variables', `${TWO}linux /k ${filled('/b${x}')}`],
  ['grub', 'a word of many unset variables', `echo ${filled('/b$x')}`],
  ['grub', 'many words with two values', `${TWO}linux /k ${filled('$x ')}`],
  ['grub', 'commands that are too long', LONG + filled('e $x$x$x$x$x$x$x$x\n')],
  ['grub', 'kernels that are too long', LONG + filled('linux $x$x$x$x$x$x$x$x\n')],
  ['grub', 'long values that are compared', `x="${'a'.repeat(16_000)}"\nif true; then\nx=$x$x$x$x\n${filled('y=$x\ny=$x$z\n')}fi\n`],
  ['grub', 'lines that cannot be followed', `regexp --set x\n${filled('eval $x\nsource $x\n')}`],
  ['grub', 'a string of many pieces', `x="linux /k;"\neval ${filled('$x')}`],
  ['grub', 'a name of many names', `linux ${filled('memtest')}/ a\n`],
  ['isolinux', 'blanks', `append a${filled(' ')}b\n`],
  ['isolinux', 'labels that inherit a long APPEND', `append ${'a '.repeat(SIZE / 4)}\n${filled('label a\nkernel k\n')}`],
  ['isolinux', 'a file that includes itself', filled('include isolinux.cfg\n')],
  ['isolinux', 'menus of itself', numbered((at) => `label a${at}\nkernel menu.c32\nappend isolinux.cfg x${at}\n`)],
  ['isolinux', 'folders of itself', numbered((at) => `label a${at}\nconfig isolinux.cfg /a${at}\n`)],
  ['isolinux', 'commands in commands', `default ${filled('cmd.c32 ')}`],
  ['isolinux', 'types of types', `default ${filled('.kernel ')}`],
  ['systemd-boot', 'blanks', `options a${filled(' ')}b\n`],
  ['esxi', 'blanks', `kernelopt=a${filled(' ')}b\n`],
  ['refind', 'blanks', `menuentry a {\nloader vmlinuz\noptions "a${filled(' ')}b"\n`],
  ['refind', 'a name of many names', `menuentry a {\nloader ${filled('vmlinuz')}/\n`],
  ['xen', 'a name of many names', `[a]\nkernel=${filled('memtest')}/\n`],
];

it.each(TEXTS)('%s: %s, 64 KiB, take a part of a second', { timeout: 60_000 }, (kind, _what, text) => {
  const began = process.threadCpuUsage();
  recogniseBootConfig(PATHS[kind], text);
  for (const append of [['lab.host=alpha'], []]) edited(kind, text, append);
  const { user, system } = process.threadCpuUsage(began);
  expect((user + system) / 1000).toBeLessThan(MOST_MS);
});

it('inputs that the fuzzer found to be slow take a part of a second', { timeout: 60_000 }, () => {
  const folder = join(import.meta.dirname, '../../../../fuzz/findings/bootconfig');
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name)).subarray(2).toString('latin1'));
  expect(texts).not.toEqual([]);
  for (const text of texts) {
    const began = process.threadCpuUsage();
    for (const kind of ['grub', 'isolinux'] as const) edited(kind, text, ['lab.host=alpha']);
    const { user, system } = process.threadCpuUsage(began);
    expect((user + system) / 1000).toBeLessThan(700);
  }
});

it.each([
  ['*', '', true],
  ['*.cfg', 'a.cfg', true],
  ['*.cfg', 'a.cfg.bak', false],
  ['vm?inuz-*', 'vmlinuz-6.1', true],
  ['a*b*c', 'aXbYbZc', true],
  ['a?', 'a', false],
  ['', 'a', false],
  ['**', 'ab', true],
])('GRUB’s %j and the name %j: %j', (mask, name, expected) => {
  expect(matches(mask, name)).toBe(expected);
});

it('a mask of many stars is compared with a long name in a moment', () => {
  const began = process.threadCpuUsage();
  expect(matches(`${'*a'.repeat(100)}*b`, 'a'.repeat(255))).toBe(false);
  expect(process.threadCpuUsage(began).user).toBeLessThan(500_000);
});

/** Too long a command line is an answer as well. */
function edited(kind: BootConfigKind, text: string, append: string[]): void {
  try {
    editBootConfig(kind, text, { append, drop: ['zz'], timeoutSeconds: 3 }, PATHS[kind]);
  } catch (error) {
    if (!(error instanceof BootbenchError) || error.code !== 'E_PATCH_TOO_LONG') throw error;
  }
}
