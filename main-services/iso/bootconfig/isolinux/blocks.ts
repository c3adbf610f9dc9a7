import type { KeyLine } from '../key-lines.ts';
import { keyLines } from '../key-lines.ts';

/** The lines from one LABEL to the next; the first block has no label and holds what counts for all. */
export interface IsolinuxBlock {
  readonly label: string | undefined;
  readonly lines: readonly KeyLine[];
}

/** The file in its blocks, without the free text between TEXT and ENDTEXT. */
export function isolinuxBlocks(text: string): { head: IsolinuxBlock; labels: IsolinuxBlock[] } {
  const head: KeyLine[] = [];
  const labels: { label: string; lines: KeyLine[] }[] = [];
  let inHelp = false;
  for (const line of keyLines(text)) {
    if (line.key === 'endtext') inHelp = false;
    else if (inHelp) continue;
    else if (line.key === 'text') inHelp = true;
    else if (line.key === 'label') labels.push({ label: line.value, lines: [] });
    else (labels.at(-1)?.lines ?? head).push(line);
  }
  return { head: { label: undefined, lines: head }, labels };
}

export function firstWord(value: string): string {
  return /^[^ \t]*/.exec(value)?.[0] ?? '';
}
