import type { ConsoleOutput } from '../../contract/console.ts';
import { clockTime } from '../output.ts';
import type { Terminal } from '../terminal.ts';

const LF = 0x0a;

/**
 * What a program on the machine may have changed on a terminal: the alternate screen, colours, character set, hidden cursor, keypad and cursor
 * keys, wrapping, insert mode, bracketed paste, mouse and focus reports, and the scrolling region (xterm's ctlseqs). The cursor stays where it
 * is; 1049l would move it where the alternate screen is not used.
 */
const MODES_OFF = ['1047l', '25h', '1l', '7h', '69l', '2004l', '1000l', '1002l', '1003l', '1004l', '1005l', '1006l', '1015l']
  .map((mode) => `\x1b[?${mode}`)
  .join('');
const RESTORE = `\x1b[0m\x1b[4l\x1b(B\x0f\x1b>${MODES_OFF}\x1b7\x1b[r\x1b8`;

/**
 * Questions that a terminal answers by itself (ECMA-48 DA and DSR; DECRQM, DECID, ENQ, DECRQSS; xterm's window, colour, clipboard, version and
 * termcap reports; the keyboard protocol of kitty), and writing to the clipboard.
 */
const QUESTIONS = new RegExp(
  [
    /\x1b\[[0-9;?>=$]*[cnpt]/,
    /\x1b\[\?u|\x1b\[>[0-9]*q|\x1bZ|\x05/,
    /\x1b\](?:[0-9]+;(?:[^\x07\x1b]*;)?\?|52;[^\x07\x1b]*)(?:\x07|\x1b\\)/,
    /\x1bP[+$]q[^\x1b]*\x1b\\/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

/** The output of a console on a person's terminal, with Bootbench's own lines between. */
export class Screen {
  readonly #terminal: Terminal;
  readonly #stderr: (text: string) => void;
  #isAtLineStart = true;

  constructor(terminal: Terminal, stderr: (text: string) => void) {
    this.#terminal = terminal;
    this.#stderr = stderr;
  }

  async output(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    this.#isAtLineStart = bytes.at(-1) === LF;
    await this.#terminal.write(bytes);
  }

  /** A line of its own, on stderr. */
  say(sentence: string, at?: number): void {
    const start = this.#isAtLineStart ? '' : '\n';
    this.#stderr(`${start}[${at === undefined ? '' : `${clockTime(at)} `}${sentence}]\n`);
    this.#isAtLineStart = true;
  }

  /** Text of several lines, on stderr. */
  page(text: string): void {
    this.#stderr(`${this.#isAtLineStart ? '' : '\n'}${text}\n`);
    this.#isAtLineStart = true;
  }

  /** Attributes and modes that the machine left. */
  async reset(): Promise<void> {
    await this.#terminal.write(Buffer.from(RESTORE));
  }
}

/** Output from before this view, to be shown again: from the start of a line, and without what the terminal would answer once more. */
export function replayed({ data, offset }: ConsoleOutput, isFirst: boolean): Uint8Array {
  const text = Buffer.from(data, 'base64').toString('latin1').replaceAll(QUESTIONS, '');
  const start = isFirst && offset > 0 ? text.indexOf('\n') + 1 : 0;
  return Buffer.from(text.slice(start), 'latin1');
}
