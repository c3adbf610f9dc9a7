import { parseGrub, type Quote, type ScriptCommand, type ScriptWord } from './script.ts';
import type { FileRef } from '../loader.ts';

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
  const place = (position: number): Place | undefined => {
    const own = pieceAt(pieces, position, true) ?? pieceAt(pieces, position, false);
    const from = own?.piece.from;
    if (!from) return undefined;
    const outer = from.script.place(from.at + own.inside);
    return outer && { ...outer, padded: true, encode: (added) => outer.encode(quoted(added, from.quote)) };
  };
  return { text, commands: parseGrub(text), isFile: false, place };
}

interface Found {
  readonly piece: Piece;
  readonly inside: number;
}

/** The last piece that ends at a position or holds it; one that is said there, or any, as a variable's. */
function pieceAt(pieces: readonly Piece[], position: number, own: boolean): Found | undefined {
  let start = 0;
  let found: Found | undefined;
  for (const piece of pieces) {
    const end = start + piece.text.length;
    if (position >= start && position <= end && piece.from !== undefined && !(own && piece.held))
      found = { piece, inside: position - start };
    start = end;
  }
  return found;
}

function quoted(text: string, quote: Quote): string {
  if (quote === 'single') return text.replaceAll("'", "'\\''");
  return quote === 'double' ? text.replace(/[$"\\]/g, '\\$&') : text.replace(/[^\w.,:/=+@%~-]/g, '\\$&');
}

/** The values of variables and arguments as a word sees them; undefined: not known. */
export type Lookup = (name: string) => readonly Value[] | undefined;

/** More ways to read a word than this are not followed. */
const MAX_WAYS = 24;
/** Characters, and pieces, that variables and arguments may put into a word or hold: kernels take 2,048 characters. */
const MAX_TEXT_LENGTH = 64 * 1024;
const MAX_PIECES = 4096;

/** A value that no boot loader makes use of, as one that doubles itself again and again. */
export function isTooLong(value: Value): boolean {
  return value.length > MAX_PIECES || value.reduce((sum, { text }) => sum + text.length, 0) > MAX_TEXT_LENGTH;
}

/** One way to read the beginning of a word: the fields that are complete, and the open one; `begun` also where that is still empty. */
interface Way {
  readonly done: readonly Field[];
  readonly open: readonly Piece[];
  readonly begun: boolean;
}

/** The ways to read a word, each as the fields that it falls into; undefined: it has a variable that is not known, or too much text. */
export function expandWord(script: Script, word: ScriptWord, index: number, lookup: Lookup, args: readonly Field[]): Field[][] | undefined {
  if (word.parts.every((part) => 'text' in part)) {
    const pieces = word.parts.map(({ text, at, quote }): Piece => ({ text, from: { script, at, quote } }));
    return [[{ pieces, word: index }]];
  }
  const ways = waysOf(script, word, index, lookup, args);
  const given = givenBy(word, args);
  return ways?.map(({ done, open, begun }) =>
    begun || open.length > 0 ? [...done, { pieces: open, word: index, ...(given && { given }) }] : [...done],
  );
}

function waysOf(script: Script, word: ScriptWord, index: number, lookup: Lookup, args: readonly Field[]): Way[] | undefined {
  let ways: Way[] = [{ done: [], open: [], begun: false }];
  const held: Piece[] = [];
  for (const part of word.parts) {
    if (isTooLong(held)) return undefined;
    if ('text' in part) {
      const piece: Piece = { text: part.text, from: { script, at: part.at, quote: part.quote } };
      ways = ways.map((way) => ({ ...way, open: [...way.open, piece], begun: true }));
    } else if (part.variable === '@' || part.variable === '*') {
      for (const { pieces } of args) held.push(...pieces);
      ways = ways.map((way) => withArguments(way, index, args));
    } else {
      const values = valuesOf(part.variable, lookup, args)?.map((value) => value.map((piece): Piece => ({ ...piece, held: true })));
      if (!values) return undefined;
      for (const value of values) held.push(...value);
      const quoted = part.quote === 'double';
      ways = ways.flatMap((way) => values.map((value) => (quoted ? withValue(way, value) : split(way, value, index)))).slice(0, MAX_WAYS);
    }
  }
  return isTooLong(held) ? undefined : ways;
}

/** The values of a variable, or of an argument by number. */
function valuesOf(variable: string, lookup: Lookup, args: readonly Field[]): readonly Value[] | undefined {
  return /^\d+$/.test(variable) ? [args[Number(variable) - 1]?.pieces ?? []] : lookup(variable);
}

/** `$@`: the first argument continues the open field, and each of the others is a field. */
function withArguments(way: Way, index: number, [first, ...rest]: readonly Field[]): Way {
  if (!first) return way;
  const joined = { ...first, word: index, pieces: [...way.open, ...first.pieces] };
  return { done: [...way.done, joined, ...rest.map((field) => ({ ...field, word: index }))], open: [], begun: false };
}

function withValue(way: Way, value: Value): Way {
  return { ...way, open: [...way.open, ...value], begun: true };
}

/** The word of a call that gave the argument which is the complete word. */
function givenBy({ parts }: ScriptWord, args: readonly Field[]): Field['given'] {
  const [only] = parts;
  return only && parts.length === 1 && 'variable' in only ? args[Number(only.variable) - 1]?.given : undefined;
}

/** A variable outside of quotes falls into words at its blanks. */
function split(way: Way, value: Value, word: number): Way {
  let { open, begun } = way;
  const done = [...way.done];
  for (const piece of value) {
    for (const { 0: text, index } of piece.text.matchAll(/[ \t\n]+|[^ \t\n]+/g)) {
      if (/^[ \t\n]/.test(text)) {
        if (begun || open.length > 0) done.push({ pieces: open, word });
        [open, begun] = [[], false];
      } else {
        open = [...open, { ...piece, text, ...(piece.from && { from: { ...piece.from, at: piece.from.at + index } }) }];
        begun = true;
      }
    }
  }
  return { done, open, begun };
}

/** All ways to read a command; undefined: a word is not known, or there is too much text. */
export function expandCommand(
  script: Script,
  words: readonly ScriptWord[],
  lookup: Lookup,
  args: readonly Field[],
): (Field[] | undefined)[] {
  let ways: (Field[] | undefined)[] = [[]];
  const held: Piece[] = [];
  for (const [index, word] of words.entries()) {
    const fields = expandWord(script, word, index, lookup, args);
    if (!fields) return [undefined];
    if (word.parts.some((part) => 'variable' in part)) held.push(...fields.flatMap((way) => way.flatMap(({ pieces }) => pieces)));
    if (isTooLong(held)) return [undefined];
    const [only] = fields;
    if (only && fields.length === 1) {
      for (const way of ways) way?.push(...only);
      continue;
    }
    ways = ways.flatMap((way) => fields.map((more) => [...(way ?? []), ...more])).slice(0, MAX_WAYS);
  }
  return ways;
}
