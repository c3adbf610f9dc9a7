import type { ReceiptFile } from '../../../contract/views.ts';

export const WHAT: Record<ReceiptFile['what'], { word: string; reason: string }> = {
  'in place': { word: 'changed in its place', reason: 'The new text fits where the old one was.' },
  relocated: { word: 'moved to the end', reason: 'The new text is longer, so it lies behind everything that the ISO has.' },
  injected: { word: 'added', reason: 'The ISO itself has no such file.' },
  'root relocated': { word: 'root folder moved', reason: 'The root folder had no room for the added files.' },
  'boot image relocated': { word: 'boot image moved', reason: 'The boot image had no room for its new boot configuration.' },
};

export const WHERE: Record<ReceiptFile['where'], string> = {
  iso: 'in the ISO',
  fat: 'in the UEFI boot image',
  udf: 'in the UDF tree',
  area: 'in a place made for it',
};

export function countWords(files: readonly ReceiptFile[]): string {
  if (files.length === 0) return 'nothing: it is served as it is';
  return files.length === 1 ? '1 file differs' : `${files.length} files differ`;
}
