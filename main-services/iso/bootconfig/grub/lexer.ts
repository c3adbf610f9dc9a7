import type { Word } from '../types.ts';

/** GRUB's lexer (grub-core/script/yylex.l), as far as finding words needs it: quotes, escapes, variables, comments, continuations. */

interface Piece {
  readonly end: number;
  readonly value: string;
  /** A backslash at the end of the line: it joins, and is no part of the word. */
  readonly joins?: true;
}

const SEPARATORS = new Set(['\n', ';', '{', '}', '|', '&', '<', '>']);
// GRUB's line reader throws every CR away, so here it is a blank.
const BLANKS = new Set([' ', '\t', '\r']);
const PLAIN_RUN = /[^ \t\r\n;{}|&<>$'"\\]+/y;
/** No name is longer: one that is never closed is not looked for to the end of the text each time. */
const VARIABLE = /\$(?:\{[^}\n]{0,256}\}|\w+|[?#*@])/y;
const CONTINUATION = /\\\r?\n/y;

/** The commands of a GRUB script, each as its words; `;`, newline, braces and the like stand between them. Never throws. */
export function grubCommands(text: string): Word[][] {
  const commands: Word[][] = [];
  let command: Word[] = [];
  const finish = (): void => {
    if (command.length > 0) commands.push(command);
    command = [];
  };
  for (let at = 0; at < text.length;) {
    const char = text.charAt(at);
    const joined = matchAt(CONTINUATION, text, at);
    if (joined !== undefined) at = joined;
    else if (BLANKS.has(char)) at += 1;
    else if (char === '#') at = endOfLine(text, at);
    else if (SEPARATORS.has(char)) {
      finish();
      at += 1;
    } else {
      const { word, next } = scanWord(text, at);
      command.push(word);
      at = next;
    }
  }
  finish();
  return commands;
}

function scanWord(text: string, start: number): { word: Word; next: number } {
  let value = '';
  let end = start;
  let next = start;
  for (let piece = pieceAt(text, next); piece; piece = pieceAt(text, next)) {
    value += piece.value;
    next = piece.end;
    if (!piece.joins) end = next;
  }
  return { word: { start, end, value }, next };
}

function pieceAt(text: string, at: number): Piece | undefined {
  const char = text.charAt(at);
  if (char === '' || BLANKS.has(char) || SEPARATORS.has(char)) return undefined;
  if (char === "'") return singleQuoted(text, at);
  if (char === '"') return doubleQuoted(text, at);
  if (char === '\\') return escaped(text, at);
  if (char === '$') return variable(text, at);
  const end = matchAt(PLAIN_RUN, text, at) ?? at + 1;
  return { end, value: text.slice(at, end) };
}

function singleQuoted(text: string, at: number): Piece {
  const close = text.indexOf("'", at + 1);
  if (close < 0) return { end: text.length, value: text.slice(at + 1) };
  return { end: close + 1, value: text.slice(at + 1, close) };
}

function doubleQuoted(text: string, at: number): Piece {
  const parts: string[] = [];
  let next = at + 1;
  for (; next < text.length && text[next] !== '"'; next += 1) {
    const escapes = text[next] === '\\' && '$"\\\n'.includes(text.charAt(next + 1) || ' ');
    if (escapes) next += 1;
    parts.push(escapes && text[next] === '\n' ? '' : text.charAt(next));
  }
  return { end: Math.min(next + 1, text.length), value: parts.join('') };
}

function escaped(text: string, at: number): Piece {
  const joined = matchAt(CONTINUATION, text, at);
  if (joined !== undefined) return { end: joined, value: '', joins: true };
  if (at + 1 >= text.length) return { end: at + 1, value: '\\' };
  return { end: at + 2, value: text.charAt(at + 1) };
}

function variable(text: string, at: number): Piece {
  // $"…" is a string to translate: the dollar sign vanishes.
  if (text[at + 1] === '"') return { end: at + 1, value: '' };
  const end = matchAt(VARIABLE, text, at) ?? at + 1;
  return { end, value: text.slice(at, end) };
}

function matchAt(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function endOfLine(text: string, at: number): number {
  const found = text.indexOf('\n', at);
  return found < 0 ? text.length : found;
}

/** A word written so that GRUB reads it back as one word: bare where nothing can go wrong, else in single quotes. */
export function quoteForGrub(word: string): string {
  if (/^[\w.,:/=+@%~-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * A word as GRUB's Linux loader hands it to the kernel (grub-core/lib/cmdline.c): in double quotes when it holds a blank, with a
 * backslash before quotes and backslashes. Nothing that a configuration file says can change that.
 */
export function loaderForm(word: string): string {
  const safe = word.replace(/['"\\]/g, '\\$&');
  return word.includes(' ') ? `"${safe}"` : safe;
}
