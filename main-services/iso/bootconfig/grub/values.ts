import { parseGrub, type Quote, type ScriptCommand } from './script.ts';
import type { FileRef } from '../loader.ts';
import { countBefore } from '../../../../util/search.ts';

/** Where something stands in a file, and how a text has to be written to mean itself there. */
export interface Place {
  readonly file: FileRef;
  readonly text: string;
  readonly offset: number;
  /** What stands beside it differs with a variable's value. */
  readonly padded?: true;
  encode(text: string): string;
}

/** A script that GRUB runs: a file, or a string that `eval` was given, whose characters stand in a file too. */
export interface Script {
  readonly text: string;
  readonly commands: readonly ScriptCommand[];
  readonly isFile: boolean;
  /** Where the text behind `position` characters of the script goes; undefined: it stands in no file. */
  place(position: number): Place | undefined;
}

export interface Piece {
  readonly text: string;
  /** Where the first character stands in the script that says it. */
  readonly from?: { readonly script: Script; readonly at: number; readonly quote: Quote };
  /** It comes from a variable. */
  readonly held?: true;
}

/** A word as a command gets it. */
export interface Field {
  readonly pieces: readonly Piece[];
  /** Which word of the command it comes from. */
  readonly word: number;
  /** The word of a call that it was given by. */
  readonly given?: { readonly script: Script; readonly end: number };
}

export type Value = readonly Piece[];

export const textOf = (pieces: readonly Piece[]): string => pieces.map(({ text }) => text).join('');

export function fileScript(file: FileRef, text: string): Script {
  // GRUB throws carriage returns away; the parser takes them for blanks.
  return { text, commands: parseGrub(text), isFile: true, place: (offset) => ({ file, text, offset, encode: (added) => added }) };
}

/** The script of a string; places lead to where its characters were said: those of `eval` itself before those of a variable. */
export function stringScript(pieces: readonly Piece[]): Script {
  const text = textOf(pieces);
  const said = spansOf(pieces);
  const own = said.filter(({ piece }) => !piece.held);
  const place = (position: number): Place | undefined => {
    const found = spanAt(own, position) ?? spanAt(said, position);
    const from = found?.piece.from;
    if (!from) return undefined;
    const outer = from.script.place(from.at + position - found.start);
    return outer && { ...outer, padded: true, encode: (added) => outer.encode(quoted(added, from.quote)) };
  };
  return { text, commands: parseGrub(text), isFile: false, place };
}

interface Span {
  readonly piece: Piece;
  readonly start: number;
  readonly end: number;
}

/** The pieces that are said somewhere, with where they stand in the string. */
function spansOf(pieces: readonly Piece[]): Span[] {
  let start = 0;
  return pieces.flatMap((piece) => {
    const span = { piece, start, end: start + piece.text.length };
    start = span.end;
    return piece.from ? [span] : [];
  });
}

/** The last one that ends at a position or holds it. */
function spanAt(spans: readonly Span[], position: number): Span | undefined {
  const last = spans[countBefore(spans, ({ start }) => start <= position) - 1];
  return last && last.end >= position ? last : undefined;
}

function quoted(text: string, quote: Quote): string {
  if (quote === 'single') return text.replaceAll("'", "'\\''");
  return quote === 'double' ? text.replace(/[$"\\]/g, '\\$&') : text.replace(/[^\w.,:/=+@%~-]/g, '\\$&');
}

/** Characters, and pieces, that variables and arguments may put into a word or hold: kernels take 2,048 characters. */
const MAX_TEXT_LENGTH = 64 * 1024;
const MAX_PIECES = 4096;

/** More than any boot loader makes use of, as a value that doubles itself again and again. */
export function isTooLong({ pieces, characters }: { readonly pieces: number; readonly characters: number }): boolean {
  return pieces > MAX_PIECES || characters > MAX_TEXT_LENGTH;
}

export function lengthOf(value: Value): number {
  return value.reduce((sum, { text }) => sum + text.length, 0);
}
