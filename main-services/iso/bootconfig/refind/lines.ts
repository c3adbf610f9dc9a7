import type { TextLine } from '../text-edits.ts';
import { linesOf } from '../text-edits.ts';

/** One token of a line: [start, end) of what stands between its quotes, or of the bare word. */
export interface Token {
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
  /** As rEFInd reads it: `""` inside quotes is one quote. */
  readonly value: string;
}

export interface TokenLine extends TextLine {
  readonly tokens: readonly Token[];
}

const SEPARATOR = ' \t=,';

/**
 * The lines of a rEFInd configuration as tokens (refind/config.c, ReadLine and ReadTokenLine): CR alone ends a line too; blanks, `=` and
 * `,` part tokens, `#` begins a comment, also right behind a word, and quotes join all up to the next single quote character.
 */
export function tokenLines(text: string): TokenLine[] {
  return linesOf(text)
    .flatMap((line) => partedAtReturns(text, line))
    .map((line) => ({ ...line, tokens: tokensOf(text, line) }))
    .filter(({ tokens }) => tokens.length > 0);
}

function partedAtReturns(text: string, line: TextLine): TextLine[] {
  let next = line.start;
  return text
    .slice(line.start, line.end)
    .split('\r')
    .map((part) => {
      const start = next;
      const end = start + part.length;
      next = end + 1;
      return { ...line, start, end };
    });
}

function tokensOf(text: string, { start, end }: TextLine): Token[] {
  const tokens: Token[] = [];
  for (let at = start; at < end;) {
    const char = text.charAt(at);
    if (char === '#') break;
    if (SEPARATOR.includes(char)) {
      at += 1;
      continue;
    }
    const token = char === '"' ? quotedToken(text, at + 1, end) : bareToken(text, at, end);
    tokens.push(token);
    at = token.quoted ? token.end + 1 : token.end;
  }
  return tokens;
}

function quotedToken(text: string, start: number, end: number): Token {
  let at = start;
  while (at < end && (text[at] !== '"' || text[at + 1] === '"')) at += text[at] === '"' ? 2 : 1;
  const close = Math.min(at, end);
  return { start, end: close, quoted: true, value: text.slice(start, close).replaceAll('""', '"') };
}

function bareToken(text: string, start: number, end: number): Token {
  let at = start;
  while (at < end) {
    // Two quote characters are one here too.
    if (text.startsWith('""', at)) at += 2;
    else if (`${SEPARATOR}#"`.includes(text.charAt(at))) break;
    else at += 1;
  }
  return { start, end: at, quoted: false, value: text.slice(start, at).replaceAll('""', '"') };
}
