/** Output of a terminal as plain text, piece by piece. */
export interface TerminalText {
  /** The text of the next bytes. Sequences and UTF-8 characters that are cut by the end of a piece continue in the next one. */
  push(bytes: Uint8Array): string;
}

/** Where the reader is in ECMA-48 (5th edition), 5.3 to 5.6. A string ends with BEL or ST (`ESC \`). */
type State = 'text' | 'escape' | 'intermediate' | 'sequence' | 'string' | 'string-escape';

/** C1 control characters (ECMA-48, 5.3), which a terminal obeys also in UTF-8, and characters that change the direction of what follows (UAX 9). */
const INVISIBLE = /[\u0080-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const ESC = 0x1b;
const BEL = 0x07;
const CAN = 0x18;
const SUB = 0x1a;
/** The second character of DCS, SOS, OSC, PM and APC. */
const STRINGS = new Set([0x50, 0x58, 0x5d, 0x5e, 0x5f]);
/** Final bytes of the sequences that move the cursor to another row or clear the screen: CUU, CUD, CNL, CPL, CUP, ED, VPA, HVP (8.3). */
const OTHER_ROW = new Set([0x41, 0x42, 0x45, 0x46, 0x48, 0x4a, 0x64, 0x66]);
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const BACKSPACE = 0x08;

/**
 * Removes escape sequences (cursor, colour, titles) and control characters; tab, LF, CR and backspace stay. A cursor that moves to another row
 * ends the line, so that the rows of a menu are lines. Nothing that is left acts on a terminal. Malformed UTF-8 becomes U+FFFD.
 * Takes time linear in the bytes and holds nothing but a state.
 */
export function terminalText(): TerminalText {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let state: State = 'text';
  return {
    push(bytes) {
      const plain = new Uint8Array(bytes.length);
      let length = 0;
      for (const byte of bytes) {
        // Nearly every byte of a console is one of these.
        if (state === 'text' && PRINTED[byte] === 1) {
          plain[length++] = byte;
          continue;
        }
        const next = after(state, byte);
        if (endsLine(byte)) plain[length++] = byte;
        else if (next === 'text' && state === 'sequence' && OTHER_ROW.has(byte)) plain[length++] = LF;
        state = next;
      }
      return decoder.decode(plain.subarray(0, length), { stream: true }).replaceAll(INVISIBLE, '');
    },
  };
}

function after(state: State, byte: number): State {
  if (byte === ESC) return state === 'string' ? 'string-escape' : 'escape';
  // An unfinished sequence, as in output of another speed, must not hide the lines that follow.
  if (byte === CAN || byte === SUB || endsLine(byte)) return 'text';
  return NEXT[state](byte);
}

/** The state after any other byte. */
const NEXT: Readonly<Record<State, (byte: number) => State>> = {
  text: () => 'text',
  escape: afterEscape,
  intermediate: (byte) => (byte >= 0x20 && byte <= 0x2f ? 'intermediate' : 'text'),
  sequence: (byte) => (byte >= 0x20 && byte <= 0x3f ? 'sequence' : 'text'),
  string: (byte) => (byte === BEL ? 'text' : 'string'),
  'string-escape': (byte) => (byte === 0x5c ? 'text' : afterEscape(byte)),
};

function afterEscape(byte: number): State {
  if (byte === 0x5b) return 'sequence';
  if (STRINGS.has(byte)) return 'string';
  return byte >= 0x20 && byte <= 0x2f ? 'intermediate' : 'text';
}

function endsLine(byte: number): boolean {
  return byte === LF || byte === CR;
}

/** 1 for each byte that is part of a text; none of them starts a sequence. */
const PRINTED = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x20) return byte === 0x7f ? 0 : 1;
  return [TAB, LF, CR, BACKSPACE].includes(byte) ? 1 : 0;
});
