/** Shorter ones occur in every output and would filter nothing. */
const MIN_CHARACTERS = 3;

/**
 * Texts of which every match of a pattern contains at least one, without regard to case: one for each of its alternatives. Undefined where
 * they are not obvious; the pattern must be valid RE2 syntax. What it does not understand ends a text, so that the answer is never wrong.
 */
export function requiredTexts(pattern: string): string[] | undefined {
  // A quantifier after flags such as (?i) belongs to what is before them.
  if (pattern.includes('\\Q') || /[^]\(\?[A-Za-z-]+\)/u.test(pattern)) return undefined;
  const found: string[] = [];
  let longest = '';
  let run = '';
  const end = (): void => {
    if (run.length > longest.length) longest = run;
    run = '';
  };
  const finish = (): void => {
    end();
    found.push(longest);
    longest = '';
  };
  for (const { text, kind } of tokens(pattern)) {
    if (kind === 'literal') run += text;
    else if (kind === 'optional') {
      // The character before may be absent.
      run = run.replace(/[^]$/u, '');
      end();
    } else if (kind === 'or') finish();
    else end();
  }
  finish();
  return found.every((text) => text.length >= MIN_CHARACTERS) ? found : undefined;
}

interface Token {
  readonly text: string;
  /** `optional`: a quantifier that allows zero. `other`: anything that is not one certain character. `or`: between alternatives. */
  readonly kind: 'literal' | 'optional' | 'or' | 'other';
}

const SYNTAX = /\\[pP](?:\{[^}]*\}|[^])|\\x(?:\{[^}]*\}|[\da-fA-F]{2})|\\[0-7]{1,3}|\\[^]|\[|[?*+]\??|\{\d+(?:,\d*)?\}\??|[()|.^$]|[^]/gu;

/** The tokens of a pattern outside groups; a group and a class are one token. */
function* tokens(pattern: string): Generator<Token> {
  let depth = 0;
  const syntax = new RegExp(SYNTAX);
  for (let match = syntax.exec(pattern); match; match = syntax.exec(pattern)) {
    const [text] = match;
    if (text === '[') syntax.lastIndex = endOfClass(pattern, match.index);
    if (text === ')') depth--;
    if (depth === 0) yield { text: text.length === 2 && text.startsWith('\\') ? text.slice(1) : text, kind: kindOf(text) };
    if (text === '(') depth++;
  }
}

function kindOf(text: string): Token['kind'] {
  if (text === '|') return 'or';
  if (/^(?:[?*]|\{)/.test(text) && text !== '{') return 'optional';
  if (/^\\[^A-Za-z0-9]$/u.test(text)) return 'literal';
  return text.startsWith('\\') || /^[[()+.^$]/.test(text) ? 'other' : 'literal';
}

/** The index after a class `[…]` that starts at `start`: a `]` that comes first is one of its characters. */
function endOfClass(pattern: string, start: number): number {
  const end = /^\[\^?\]?(?:\\[^]|\[:\^?\w+:\]|[^\]\\])*\]/u.exec(pattern.slice(start));
  return start + (end ? end[0].length : pattern.length);
}
