/** A part of a word: text as it is once quotes are gone, with where its first character stands, or a variable. */
export type WordPart =
  | { readonly text: string; readonly at: number; readonly quote: Quote }
  | { readonly variable: string; readonly at: number; readonly quote: Quote };

export type Quote = 'bare' | 'single' | 'double';

export interface ScriptWord {
  readonly start: number;
  readonly end: number;
  readonly parts: readonly WordPart[];
}

/** A command with what it has in braces; `conditional`: it stands behind `if`, `while` or the like. */
export interface ScriptCommand {
  readonly words: readonly ScriptWord[];
  readonly conditional: boolean;
  readonly block?: readonly ScriptCommand[];
}

const BLANKS = ' \t\r';
const ENDS = '\n;|&<>';
const STOPS = new Set(`${BLANKS}${ENDS}{}`);
/** Characters that mean themselves. */
const PLAIN = /[^ \t\r\n;|&<>{}'"$\\]+/y;
const NAME = /\{[^}\n]{0,256}\}|\w+|[?#*@]/y;
const OPENING = new Set(['if', 'while', 'until', 'for']);
const CLOSING = new Set(['fi', 'done']);
const RESERVED = new Set(['if', 'then', 'elif', 'else', 'while', 'until', 'do', 'time', '!']);

/** Braces inside of each other beyond these are read as if they were not there: nothing but a damaged file has more. */
const MOST_DEEP = 200;

/** A GRUB script as its commands (grub-core/script/yylex.l, parser.y). Never throws: what is not closed ends with the text. */
export function parseGrub(text: string): ScriptCommand[] {
  return new Parser(text).commands(false);
}

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #deep = 0;

  constructor(text: string) {
    this.#text = text;
  }

  commands(nested: boolean): ScriptCommand[] {
    const found: ScriptCommand[] = [];
    let words: ScriptWord[] = [];
    const finish = (block?: ScriptCommand[]): void => {
      const command = this.#withoutReserved(words, block);
      if (command) found.push(command);
      words = [];
    };
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (BLANKS.includes(char)) this.#at += 1;
      else if (this.#joined()) continue;
      else if (char === '#') this.#at = this.#lineEnd();
      else if (char === '{') {
        this.#at += 1;
        if (this.#deep === MOST_DEEP) continue;
        this.#deep += 1;
        finish(this.commands(true));
        this.#deep -= 1;
      } else if (char === '}') {
        this.#at += 1;
        if (nested) break;
        finish();
      } else if (ENDS.includes(char)) {
        this.#at += 1;
        finish();
      } else words.push(this.#word());
    }
    finish();
    return found;
  }

  #withoutReserved(words: readonly ScriptWord[], block: ScriptCommand[] | undefined): ScriptCommand | undefined {
    let first = 0;
    for (; first < words.length; first += 1) {
      const name = plainText(words[first]);
      if (OPENING.has(name)) this.#depth += 1;
      if (CLOSING.has(name)) this.#depth = Math.max(0, this.#depth - 1);
      if (!RESERVED.has(name)) break;
    }
    const rest = words.slice(first);
    if (rest.length === 0 && !block) return undefined;
    return { words: rest, conditional: this.#depth > 0, ...(block && { block }) };
  }

  #word(): ScriptWord {
    const start = this.#at;
    const parts: WordPart[] = [];
    let end = start;
    while (this.#at < this.#text.length && !STOPS.has(this.#text.charAt(this.#at))) {
      if (this.#joined()) continue;
      this.#part(parts);
      end = this.#at;
    }
    return { start, end, parts };
  }

  #part(parts: WordPart[]): void {
    const char = this.#text.charAt(this.#at);
    if (char === "'") this.#single(parts);
    else if (char === '"') this.#double(parts);
    else if (char === '$') this.#variable(parts, 'bare');
    else if (char === '\\') {
      if (this.#at + 1 < this.#text.length) this.#at += 1;
      this.#character(parts, 'bare');
    } else {
      PLAIN.lastIndex = this.#at;
      const run = PLAIN.exec(this.#text)?.[0] ?? char;
      parts.push({ text: run, at: this.#at, quote: 'bare' });
      this.#at += run.length;
    }
  }

  #single(parts: WordPart[]): void {
    const found = this.#text.indexOf("'", this.#at + 1);
    const close = found < 0 ? this.#text.length : found;
    parts.push({ text: this.#text.slice(this.#at + 1, close), at: this.#at + 1, quote: 'single' });
    this.#at = Math.min(close + 1, this.#text.length);
  }

  #double(parts: WordPart[]): void {
    parts.push({ text: '', at: this.#at + 1, quote: 'double' });
    this.#at += 1;
    while (this.#at < this.#text.length && this.#text[this.#at] !== '"') {
      if (this.#text[this.#at] === '$') this.#variable(parts, 'double');
      else if (this.#text[this.#at] === '\\' && '$"\\\n'.includes(this.#text.charAt(this.#at + 1) || ' ')) {
        this.#at += 1;
        if (this.#text[this.#at] === '\n') this.#at += 1;
        else this.#character(parts, 'double');
      } else this.#character(parts, 'double');
    }
    parts.push({ text: '', at: this.#at, quote: 'double' });
    this.#at = Math.min(this.#at + 1, this.#text.length);
  }

  /** `$"…"` is a string to translate: the dollar sign vanishes. */
  #variable(parts: WordPart[], quote: Quote): void {
    const at = this.#at;
    NAME.lastIndex = at + 1;
    const name = NAME.exec(this.#text)?.[0];
    if (name === undefined) {
      if (quote === 'double' || this.#text[at + 1] !== '"') this.#character(parts, quote);
      else this.#at += 1;
      return;
    }
    parts.push({ variable: name.replace(/^\{(.*)\}$/, '$1'), at, quote });
    this.#at = at + 1 + name.length;
  }

  /** Characters that stand side by side are one part, so that places in it can be counted. */
  #character(parts: WordPart[], quote: Quote): void {
    const char = this.#text.charAt(this.#at);
    const last = parts.at(-1);
    if (last && 'text' in last && last.quote === quote && last.at + last.text.length === this.#at) {
      parts[parts.length - 1] = { ...last, text: last.text + char };
    } else parts.push({ text: char, at: this.#at, quote });
    this.#at += 1;
  }

  #joined(): boolean {
    if (this.#text[this.#at] !== '\\') return false;
    const length = this.#text[this.#at + 1] === '\n' ? 2 : 3;
    if (length === 3 && this.#text.slice(this.#at + 1, this.#at + 3) !== '\r\n') return false;
    this.#at += length;
    return true;
  }

  #lineEnd(): number {
    const found = this.#text.indexOf('\n', this.#at);
    return found < 0 ? this.#text.length : found;
  }
}

/** The text of a word without variables; empty for one with some. */
export function plainText(word: ScriptWord | undefined): string {
  const parts = word?.parts ?? [];
  return parts.every((part) => 'text' in part) ? parts.map((part) => ('text' in part ? part.text : '')).join('') : '';
}
