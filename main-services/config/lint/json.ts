import { error, MOST_OF_A_KIND, placeAt, warning, type Found } from './finding.ts';

/** A value with its place in the text. */
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

const DEEPEST = 200;

class SyntaxFault extends Error {
  readonly at: number;

  constructor(at: number, sentence: string) {
    super(sentence);
    this.at = at;
  }
}

/** RFC 8259, with places; JSON.parse does not tell where a fault is. Stops at the first one. */
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
    if (this.#next() !== '') throw this.#fault('Nothing may follow the end of the JSON value.');
    return root;
  }

  #value(depth: number): JsonNode {
    const first = this.#next();
    const at = this.#at;
    if (depth > DEEPEST) throw this.#fault(`It is nested more than ${DEEPEST} deep.`);
    if (first === '{') return { at, value: this.#object(depth) };
    if (first === '[') return { at, value: this.#array(depth) };
    if (first === '"') return { at, value: this.#string() };
    return { at, value: this.#plain() };
  }

  #object(depth: number): ReadonlyMap<string, JsonMember> {
    const members = new Map<string, JsonMember>();
    this.#list('}', () => {
      if (this.#next() !== '"') throw this.#fault('A member’s name in double quotes is expected here.');
      const keyAt = this.#at;
      const key = this.#string();
      if (members.has(key) && this.#findings.length < MOST_OF_A_KIND)
        this.#findings.push(warning(placeAt(this.#text, keyAt), `“${key}” is given twice; only the last one counts.`));
      if (this.#next() !== ':') throw this.#fault('A colon is expected here.');
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
      if (next === '') throw new SyntaxFault(opened, `This “${this.#text[opened] ?? ''}” is never closed.`);
      if (next !== ',' && next !== end) throw this.#fault(`A comma or “${end}” is expected here.`);
      this.#at += 1;
      if (next === end) return;
      if (this.#next() === end) throw this.#fault(`There must be no comma before “${end}”.`);
    }
  }

  #string(): string {
    const literal = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
    literal.lastIndex = this.#at;
    const found = literal.exec(this.#text)?.[0];
    if (found === undefined) throw this.#fault('This text is not closed on its line, or has an escape that JSON does not know.');
    this.#at += found.length;
    return JSON.parse(found) as string;
  }

  #plain(): number | boolean | null {
    const literal = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)/y;
    literal.lastIndex = this.#at;
    const found = literal.exec(this.#text)?.[0];
    if (found === undefined) throw this.#fault(this.#at >= this.#text.length ? 'A value is missing at the end.' : 'Not a JSON value.');
    this.#at += found.length;
    return JSON.parse(found) as number | boolean | null;
  }

  /** Goes to the next character that is no white space; '' at the end. */
  #next(): string {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? '.')) this.#at += 1;
    return this.#text[this.#at] ?? '';
  }

  #fault(sentence: string): SyntaxFault {
    return new SyntaxFault(this.#at, sentence);
  }
}
