import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BootbenchError } from '../../../contract/errors.ts';
import { editBootConfig } from '../../../main-services/iso/bootconfig/edit.ts';
import { recogniseBootConfig } from '../../../main-services/iso/bootconfig/recognise.ts';
import type { BootConfigChange, BootConfigKind } from '../../../main-services/iso/bootconfig/types.ts';
import { must, type Target } from '../engine/target.ts';

const FILES: readonly (readonly [kind: BootConfigKind, path: string])[] = [
  ['grub', 'boot/grub/grub.cfg'],
  ['isolinux', 'isolinux/isolinux.cfg'],
  ['systemd-boot', 'loader/entries/arch.conf'],
  ['esxi', 'boot.cfg'],
  ['refind', 'EFI/BOOT/refind.conf'],
  ['xen', 'EFI/xen.cfg'],
];
const WORD = 'bootbench.fuzz=1';
const FIXTURES = join(import.meta.dirname, '../../fixtures/bootconfig');

/** One byte for the kind, one for what is changed, then the text. */
export const target: Target = {
  maxLength: 32_768,
  words: [
    'menuentry "a" {\n',
    'linux /vmlinuz quiet',
    'append initrd=x',
    'label a\n',
    'kernelopt=',
    'options ',
    '\\\n',
    "'",
    '"',
    '${x}',
    '$(',
    '---',
    'if [ a = b ]; then',
    'fi',
    'submenu ',
    '}\n',
    '\r\n',
    'timeout ',
    'set default=',
    'serial ',
  ],
  seeds,
  run: (input) => {
    const [kind, path] = FILES[(input[0] ?? 0) % FILES.length] ?? ['grub', ''];
    const text = Buffer.from(input.subarray(2)).toString('latin1');
    recogniseBootConfig(path, text);
    const change = changeOf(input[1] ?? 0);
    const edited = edit(kind, text, change);
    if (edited === undefined || text.includes('bootbench.')) return;
    const lines = text.split('\n').length;
    for (const { line } of edited.changes) must(line >= 1 && line <= lines, 'a change is on a line of the file');
    const count = edited.text.split(WORD).length - 1;
    if ((input[1] ?? 0) !== 0) return;
    must(count <= edited.changes.length * 64, 'every argument belongs to a change');
    must(wordsLost(text, edited.text).length === 0, `no word of the file is lost (${kind})`);
    // Isolinux’s labels inherit the arguments of the whole file, so an added line repeats those.
    const added = kind === 'isolinux' ? [] : wordsLost(edited.text, text);
    must(
      added.every((word) => ADDED.has(word)),
      `only the argument is added (${kind})`,
    );
    if (kind === 'grub') must(edited.text.replaceAll(` ${WORD}`, '') === text, 'nothing else of GRUB’s file differs');
    const again = edit(kind, text, change);
    must(again?.text === edited.text, 'the same change gives the same file');
  },
};

/** What an editor may add besides the argument: the name of the setting that holds it. */
const ADDED: ReadonlySet<string> = new Set(['bootbench.fuzz', '1', 'kernelopt', 'append', 'APPEND', 'Append', 'options']);

/** Words that are more often in one text than in the other. */
function wordsLost(before: string, after: string): string[] {
  const counts = new Map<string, number>();
  const words = (text: string): string[] => text.match(/[^\s"'=\\{}();&|<>#-]+/g) ?? [];
  for (const word of words(before)) counts.set(word, (counts.get(word) ?? 0) + 1);
  for (const word of words(after)) counts.set(word, (counts.get(word) ?? 0) - 1);
  return [...counts].filter(([, count]) => count > 0).map(([word]) => word);
}

function edit(kind: BootConfigKind, text: string, change: BootConfigChange): ReturnType<typeof editBootConfig> | undefined {
  try {
    return editBootConfig(kind, text, change, 'file');
  } catch (error) {
    if (error instanceof BootbenchError && (error.code === 'E_PATCH_TOO_LONG' || error.code === 'E_BAD_INPUT')) return undefined;
    throw error;
  }
}

function changeOf(flags: number): BootConfigChange {
  return {
    append: [WORD],
    ...((flags & 1) !== 0 && { drop: ['rd.live.check', /^console=/] }),
    ...((flags & 2) !== 0 && { quiet: false }),
    ...((flags & 4) !== 0 && { timeoutSeconds: flags >> 5 }),
    ...((flags & 8) !== 0 && { defaultEntry: 'a' }),
    ...((flags & 16) !== 0 && { serial: { unit: 1, speed: 115_200 } }),
  };
}

function seeds(): Uint8Array[] {
  const names = readdirSync(FIXTURES)
    .filter((name) => !name.includes('.after.'))
    .sort();
  const own = names.flatMap((name) => {
    const text = readFileSync(join(FIXTURES, name));
    const at = FILES.findIndex(([kind]) => name.includes(kind) || (kind === 'systemd-boot' && /entry|loader/.test(name)));
    return [0, 31 + 32].map((flags) => Buffer.concat([Uint8Array.of(Math.max(0, at), flags), text]));
  });
  const small = [
    'menuentry "Linux" {\n  loader /vmlinuz\n  options "ro quiet"\n}\n',
    '[global]\ndefault=a\n[a]\noptions=x\nkernel=vmlinuz ro\n',
  ];
  return [...own, ...small.map((text, at) => Buffer.concat([Uint8Array.of(4 + at, 0), Buffer.from(text)]))];
}
