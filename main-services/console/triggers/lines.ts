/** Characters of a line that a pattern sees at once. */
export const WINDOW_CHARACTERS = 2048;
/** What of a longer line a pattern sees again with what follows, so that no match of this length is cut apart. */
const OVERLAP_CHARACTERS = WINDOW_CHARACTERS / 2;
/** Stands for the removed start of a line, so that ^ does not match there. */
export const CUT = '…';

/** What is matched: a line, its last characters, or what there is of it. */
export interface Window {
  readonly text: string;
  /** Whether it is of another line than the window before. */
  readonly isNew: boolean;
  /** Characters of the window before, of the same line, that are not in this one. */
  readonly removed: number;
}

/** Cuts plain text into lines at LF and CR, so that every state of a progress line is a line. Blank ones are left out. */
export class Lines {
  #line = '';
  #isNew = true;
  #removed = 0;

  /** The unfinished line. */
  get line(): string {
    return this.#line;
  }

  /** Takes text in which nothing is to be matched. */
  skip(text: string): void {
    const all = erased(this.#line + text);
    const end = Math.max(all.lastIndexOf('\n'), all.lastIndexOf('\r'));
    if (end >= 0) this.#startLine(all.slice(end + 1));
    else this.#line = all;
    while (this.#line.length > WINDOW_CHARACTERS) this.#cut(Math.min(this.#line.length, WINDOW_CHARACTERS));
  }

  /** The windows of the lines that end in the text, and of an unfinished line that has become too long. */
  *push(text: string): Generator<Window> {
    const [first = '', ...others] = erased(this.#line + text).split(/[\r\n]/);
    this.#line = first;
    yield* this.#longLine();
    for (const next of others) {
      if (this.#line.trim() !== '') yield this.#window();
      this.#startLine(next);
      yield* this.#longLine();
    }
  }

  /** The unfinished line, as it is when nothing follows, such as a prompt. */
  unfinished(): Window | undefined {
    return this.#line.trim() === '' ? undefined : this.#window();
  }

  *#longLine(): Generator<Window> {
    while (this.#line.length > WINDOW_CHARACTERS) {
      const rest = this.#line.slice(WINDOW_CHARACTERS);
      this.#line = this.#line.slice(0, WINDOW_CHARACTERS);
      yield this.#window();
      this.#cut(WINDOW_CHARACTERS);
      this.#line += rest;
    }
  }

  /** Removes the start of the first `length` characters; the overlap stays. */
  #cut(length: number): void {
    const removed = length - OVERLAP_CHARACTERS;
    this.#line = CUT + this.#line.slice(removed);
    this.#removed += removed - CUT.length;
  }

  #startLine(line: string): void {
    this.#line = line;
    this.#isNew = true;
    this.#removed = 0;
  }

  #window(): Window {
    const window = { text: this.#line, isNew: this.#isNew, removed: this.#removed };
    this.#isNew = false;
    this.#removed = 0;
    return window;
  }
}

/** Without backspaces and the characters that they erase, as a spinner prints them. Takes time linear in the text. */
function erased(text: string): string {
  if (!text.includes('\b')) return text;
  const [first = '', ...others] = text.split('\b');
  const pieces = [first];
  for (const piece of others) {
    eraseLast(pieces);
    pieces.push(piece);
  }
  return pieces.join('');
}

/** Removes the last character of the pieces; not the end of a line. */
function eraseLast(pieces: string[]): void {
  let last = pieces.pop();
  while (last === '') last = pieces.pop();
  if (last === undefined) return;
  const isLineEnd = last.endsWith('\n') || last.endsWith('\r');
  // Two units where the last character is outside the basic plane.
  const units = (last.codePointAt(last.length - 2) ?? 0) > 0xffff ? 2 : 1;
  pieces.push(isLineEnd ? last : last.slice(0, -units));
}
