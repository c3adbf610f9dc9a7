import type { ScriptWord } from './script.ts';
import { isTooLong, lengthOf, type Field, type Piece, type Script, type Value } from './values.ts';

/** What a word sees of the world around it. */
export interface Scope {
  /** The values of a variable; undefined: not known. */
  readonly lookup: (name: string) => readonly Value[] | undefined;
  /** Of the function or entry that the command stands in. */
  readonly args: readonly Field[];
  /** Told how many pieces and characters were put somewhere, also in vain: the caller says when that is enough. */
  readonly spend: (pieces: number, characters?: number) => void;
}

/** More ways to read a word than this are not followed. */
const MAX_WAYS = 24;
/** Parts of a word, and words of a command, beyond these are not followed through variables: no kernel takes as many characters. */
const MAX_PARTS = 4096;

/** A list that shares its beginning with others, so that it grows without a copy. */
interface Chain<T> {
  readonly before: Chain<T> | undefined;
  readonly last: T;
}

function chained<T>(before: Chain<T> | undefined, items: readonly T[]): Chain<T> | undefined {
  return items.reduce<Chain<T> | undefined>((chain, last) => ({ before: chain, last }), before);
}

function listOf<T>(chain: Chain<T> | undefined): T[] {
  const items: T[] = [];
  for (let at = chain; at; at = at.before) items.push(at.last);
  return items.reverse();
}

/** One way to read the beginning of a word: the fields that are complete, and the open one; `begun` also where that is still empty. */
interface Way {
  readonly done: Chain<Field> | undefined;
  readonly open: Chain<Piece> | undefined;
  readonly begun: boolean;
}

/** What variables and arguments have put into a word or a command. */
class Held {
  pieces = 0;
  characters = 0;

  add(value: Value): void {
    this.pieces += value.length;
    for (const { text } of value) this.characters += text.length;
  }
}

/** All ways to read a command; undefined: a word is not known, or there is too much text. */
export function expandCommand(script: Script, words: readonly ScriptWord[], scope: Scope): (Field[] | undefined)[] {
  let ways: (Chain<Field> | undefined)[] = [undefined];
  const held = new Held();
  for (const [index, word] of words.entries()) {
    const fields = expandWord(script, word, index, scope);
    if (!fields) return [undefined];
    if (word.parts.some((part) => 'variable' in part)) for (const way of fields) for (const { pieces } of way) held.add(pieces);
    if (isTooLong(held) || (ways.length > 1 && words.length > MAX_PARTS)) return [undefined];
    ways = combined(ways, (way) => fields.map((more) => chained(way, more)));
    scope.spend(ways.length - 1);
  }
  return ways.map(listOf);
}

/** The first ways that a beginning has to go on. */
function combined<T>(ways: readonly T[], next: (way: T) => readonly T[]): T[] {
  const found: T[] = [];
  for (const way of ways) {
    found.push(...next(way));
    if (found.length >= MAX_WAYS) break;
  }
  return found.slice(0, MAX_WAYS);
}

/** The ways to read a word, each as the fields that it falls into; undefined: it has a variable that is not known, or too much text. */
function expandWord(script: Script, word: ScriptWord, index: number, scope: Scope): Field[][] | undefined {
  if (word.parts.every((part) => 'text' in part)) {
    scope.spend(word.parts.length);
    const pieces = word.parts.map(({ text, at, quote }): Piece => ({ text, from: { script, at, quote } }));
    return [[{ pieces, word: index }]];
  }
  const ways = word.parts.length > MAX_PARTS ? undefined : waysOf(script, word, index, scope);
  const given = givenBy(word, scope.args);
  return ways?.map(({ done, open, begun }) =>
    listOf(begun || open ? chained(done, [{ pieces: listOf(open), word: index, ...(given && { given }) }]) : done),
  );
}

function waysOf(script: Script, word: ScriptWord, index: number, { lookup, args, spend }: Scope): Way[] | undefined {
  let ways: Way[] = [{ done: undefined, open: undefined, begun: false }];
  const held = new Held();
  for (const part of word.parts) {
    if (isTooLong(held)) return undefined;
    if ('text' in part) {
      const piece: Piece = { text: part.text, from: { script, at: part.at, quote: part.quote } };
      ways = ways.map((way) => withValue(way, [piece]));
      spend(ways.length);
    } else if (part.variable === '@' || part.variable === '*') {
      for (const { pieces } of args) held.add(pieces);
      spend(args.reduce((sum, { pieces }) => sum + pieces.length + 1, 0) * ways.length);
      ways = ways.map((way) => withArguments(way, index, args));
    } else {
      const values = valuesOf(part.variable, lookup, args)?.map((value) => value.map((piece): Piece => ({ ...piece, held: true })));
      if (!values) return undefined;
      for (const value of values) held.add(value);
      const quoted = part.quote === 'double';
      ways = combined(ways, (way) => values.map((value) => (quoted ? withValue(way, value) : split(way, value, index, spend))));
      for (const value of values) spend((value.length + 1) * ways.length, lengthOf(value) * ways.length);
    }
  }
  return isTooLong(held) ? undefined : ways;
}

/** The values of a variable, or of an argument by number. */
function valuesOf(variable: string, lookup: Scope['lookup'], args: readonly Field[]): readonly Value[] | undefined {
  return /^\d+$/.test(variable) ? [args[Number(variable) - 1]?.pieces ?? []] : lookup(variable);
}

/** `$@`: the first argument continues the open field, and each of the others is a field. */
function withArguments(way: Way, index: number, [first, ...rest]: readonly Field[]): Way {
  if (!first) return way;
  const joined = { ...first, word: index, pieces: [...listOf(way.open), ...first.pieces] };
  return { done: chained(way.done, [joined, ...rest.map((field) => ({ ...field, word: index }))]), open: undefined, begun: false };
}

function withValue(way: Way, value: Value): Way {
  return { ...way, open: chained(way.open, value), begun: true };
}

/** The word of a call that gave the argument which is the complete word. */
function givenBy({ parts }: ScriptWord, args: readonly Field[]): Field['given'] {
  const [only] = parts;
  return only && parts.length === 1 && 'variable' in only ? args[Number(only.variable) - 1]?.given : undefined;
}

/** A variable outside of quotes falls into words at its blanks. */
function split(way: Way, value: Value, word: number, spend: Scope['spend']): Way {
  let { done, open, begun } = way;
  for (const piece of value) {
    for (const { 0: text, index } of piece.text.matchAll(/[ \t\n]+|[^ \t\n]+/g)) {
      spend(1);
      if (/^[ \t\n]/.test(text)) {
        if (begun || open) done = chained(done, [{ pieces: listOf(open), word }]);
        [open, begun] = [undefined, false];
      } else {
        open = chained(open, [{ ...piece, text, ...(piece.from && { from: { ...piece.from, at: piece.from.at + index } }) }]);
        begun = true;
      }
    }
  }
  return { done, open, begun };
}
