import { BootbenchError } from '../../../contract/errors.ts';
import type { PreparedChange } from './arguments.ts';
import { checkLength, isLinuxFile, plainWords, separatorIndex, wordEdits } from './arguments.ts';
import type { TextEdit, TextLine } from './text-edits.ts';
import { linesOf } from './text-edits.ts';
import type { Word } from './types.ts';

interface KernelLine extends TextLine {
  readonly kernel: Word;
  readonly words: readonly Word[];
}

const SECTION = /^[ \t]*\[([^\]]+)\][ \t]*$/;
const KERNEL = /^[ \t]*kernel=[ \t]*/;

/**
 * The edits of xen.efi's configuration (Xen docs/misc/efi.pandoc; xen/common/efi/boot.c): `kernel=file arguments…` of each section gets
 * ours. `options=` is for Xen itself and stays. There is no menu and no timeout. `#` begins a comment anywhere in a line, so a word
 * with one is E_BAD_INPUT.
 */
export function xenEdits(text: string, change: PreparedChange): TextEdit[] {
  return kernelLines(text)
    .filter(({ kernel }) => isLinuxFile(kernel.value, change))
    .flatMap((line) => kernelEdits(text, line, change));
}

/** Whether a text has Xen's sections: one with `kernel=`. ESXi’s boot.cfg has no section. */
export function looksLikeXen(text: string): boolean {
  return kernelLines(text).length > 0;
}

function kernelLines(text: string): KernelLine[] {
  let section: string | undefined;
  return linesOf(text).flatMap((line) => {
    const raw = text.slice(line.start, line.end);
    section = SECTION.exec(raw)?.[1] ?? section;
    const key = section === undefined || section === 'global' ? undefined : KERNEL.exec(raw)?.[0];
    if (key === undefined) return [];
    const comment = raw.indexOf('#');
    const [kernel, ...words] = plainWords(text, line.start + key.length, comment < 0 ? line.end : line.start + comment);
    return kernel ? [{ ...line, kernel, words }] : [];
  });
}

function kernelEdits(text: string, { kernel, words, number }: KernelLine, change: PreparedChange): TextEdit[] {
  const odd = change.words.find((word) => word.includes('#'));
  if (odd !== undefined) {
    throw new BootbenchError(
      'E_BAD_INPUT',
      `${change.path}: xen.efi would cut the kernel argument ${JSON.stringify(odd)} off at its "#".`,
      {
        next: 'Leave the character out, or write it as %23 in a URL.',
      },
    );
  }
  if (change.words.length > 0) {
    const kept = words.map(({ value }) => value).filter((value) => !change.drops(value));
    checkLength([kernel.value, ...kept, ...change.words].join(' '), change.path, number);
  }
  const at = (words[separatorIndex(words) - 1] ?? kernel).end;
  return wordEdits(text, words, at, change.words, change);
}
