import { terminalText } from '../../../util/terminal-text.ts';

/** Bytes that are held for the last lines: some hundred lines, or a few screens of a firmware menu. */
const TAIL_BYTES = 32 * 1024;
const MAX_LINE_CHARACTERS = 300;

/** The last output of a console. */
export class Tail {
  readonly #ring = Buffer.alloc(TAIL_BYTES);
  #written = 0;

  push(bytes: Uint8Array): void {
    const last = bytes.subarray(-TAIL_BYTES);
    const at = (this.#written + bytes.length - last.length) % TAIL_BYTES;
    const first = last.subarray(0, TAIL_BYTES - at);
    this.#ring.set(first, at);
    this.#ring.set(last.subarray(first.length), 0);
    this.#written += bytes.length;
  }

  /** Up to `count` lines that are not blank, oldest first, as a terminal shows them without escape sequences; the last may be unfinished. */
  lines(count: number): string[] {
    const text = terminalText().push(this.#bytes());
    return text
      .split('\n')
      .map((line) => shown(line).slice(0, MAX_LINE_CHARACTERS))
      .filter((line) => line !== '')
      .slice(-count);
  }

  #bytes(): Uint8Array {
    if (this.#written <= TAIL_BYTES) return this.#ring.subarray(0, this.#written);
    const at = this.#written % TAIL_BYTES;
    return Buffer.concat([this.#ring.subarray(at), this.#ring.subarray(0, at)]);
  }
}

/** A line after its carriage returns and backspaces: of a progress counter, its last value. */
function shown(line: string): string {
  const last = line.split('\r').findLast((part) => part.trim() !== '') ?? '';
  let text = '';
  for (const character of last) text = character === '\b' ? text.slice(0, -1) : text + character;
  return text.trimEnd();
}
