import { error, MAX_FINDINGS_OF_KIND, placeAt, warning, type Found } from './finding.ts';
import { json as sentences } from './sentences.ts';

/** A value with its offset in the text. */
export interface JsonNode {
  readonly at: number;
  readonly value: string | number | boolean | null | readonly JsonNode[] | ReadonlyMap<string, JsonMember>;
}

export interface JsonMember {
  readonly keyAt: number;
  readonly node: JsonNode;
}

export interface ParsedJson {
  /** Undefined: not JSON, as the findings say. */
  readonly root?: JsonNode;
  readonly findings: Found[];
}

const MAX_DEPTH = 200;

class SyntaxFault extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** RFC 8259, with positions, which JSON.parse does not report. Stops at the first fault. */
export function parseJson(text: string): ParsedJson {
  const findings: Found[] = [];
  try {
    return { root: new Reader(text, findings).document(), findings };
  } catch (fault) {
    if (!(fault instanceof SyntaxFault)) throw fault;
    return { findings: [...findings, error(placeAt(text, fault.at), fault.message)] };
  }
}

class Reader {
  readonly #text: string;
  readonly #findings: Found[];
  #at = 0;

  constructor(text: string, findings: Found[]) {
    this.#text = text;
    this.#findings = findings;
  }

  document(): JsonNode {
    const root = this.#value(0);
    if (this.#next() !== '') throw this.#fault(sentences.trailing);
    return root;
  }

  #value(depth: number): JsonNode {
    const first = this.#next();
    const at = this.#at;
    if (depth > MAX_DEPTH) throw this.#fault(sentences.tooDeep(MAX_DEPTH));
    if (first === '{') return { at, value: this.#object(depth) };
    if (first === '[') return { at, value: this.#array(depth) };
    if (first === '"') return { at, value: this.#string() };
    return { at, value: this.#plain() };
  }

  #object(depth: number): ReadonlyMap<string, JsonMember> {
    const members = new Map<string, JsonMember>();
    this.#list('}', () => {
      if (this.#next() !== '"') throw this.#fault(sentences.nameExpected);
      const keyAt = this.#at;
      const key = this.#string();
      if (members.has(key) && this.#findings.length < MAX_FINDINGS_OF_KIND)
        this.#findings.push(warning(placeAt(this.#text, keyAt), sentences.duplicateKey(key)));
      if (this.#next() !== ':') throw this.#fault(sentences.colonExpected);
      this.#at += 1;
      members.set(key, { keyAt, node: this.#value(depth + 1) });
    });
    return members;
  }

  #array(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.#list(']', () => items.push(this.#value(depth + 1)));
    return items;
  }

  #list(end: '}' | ']', item: () => void): void {
    const opened = this.#at;
    this.#at += 1;
    if (this.#next() === end) return void (this.#at += 1);
    for (;;) {
      item();
      const next = this.#next();
      if (next === '') throw new SyntaxFault(opened, sentences.neverClosed(this.#text[opened] ?? ''));
      if (next !== ',' && next !== end) throw this.#fault(sentences.separatorExpected(end));
      this.#at += 1;
      if (next === end) return;
      if (this.#next() === end) throw this.#fault(sentences.trailingComma(end));
    }
  }

  #string(): string {
    const literal = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
    literal.lastIndex = this.#at;
    const found = literal.exec(this.#text)?.[0];
    if (found === undefined) throw this.#fault(sentences.invalidString);
    this.#at += found.length;
    return JSON.parse(found) as string;
  }

  #plain(): number | boolean | null {
    const literal = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)/y;
    literal.lastIndex = this.#at;
    const found = literal.exec(this.#text)?.[0];
    if (found === undefined) throw this.#fault(this.#at >= this.#text.length ? sentences.valueMissing : sentences.invalidValue);
    this.#at += found.length;
    return JSON.parse(found) as number | boolean | null;
  }

  /** Skips white space and returns the next character; '' at the end. */
  #next(): string {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? '.')) this.#at += 1;
    return this.#text[this.#at] ?? '';
  }

  #fault(message: string): SyntaxFault {
    return new SyntaxFault(this.#at, message);
  }
}
