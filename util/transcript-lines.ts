import { terminalText } from './terminal-text.ts';

/** Bytes of a console, or what happened to its connection there. `at` in milliseconds. */
export interface TranscriptPiece {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly notice?: string | undefined;
}

export interface TranscriptLines {
  /** The lines that end in this piece, each with LF. */
  push(piece: TranscriptPiece): string;
  /** The last, unfinished line. */
  end(): string;
}

/** A longer line, such as an hour of a progress counter, is cut. */
const MAX_LINE_CHARACTERS = 16_384;

/** Lines as a terminal leaves them, each after the time when it began (ISO 8601, UTC); notices in brackets. */
export function transcriptLines(): TranscriptLines {
  const text = terminalText();
  let line = '';
  let startedAt = 0;
  const stamped = (at: number, words: string): string => `${new Date(at).toISOString()} ${words}`.trimEnd() + '\n';
  const end = (): string => {
    const last = line === '' ? '' : stamped(startedAt, overwritten(line));
    line = '';
    return last;
  };
  return {
    push({ at, bytes, notice }) {
      const [first = '', ...others] = text.push(bytes).split('\n');
      let done = '';
      const add = (words: string): void => {
        if (line === '') startedAt = at;
        line += words;
      };
      add(first);
      for (const next of others) {
        done += stamped(startedAt, overwritten(line));
        line = '';
        add(next);
      }
      if (line.length > MAX_LINE_CHARACTERS) done += end();
      return notice === undefined ? done : `${done}${end()}${stamped(at, `[${notice}]`)}`;
    },
    end,
  };
}

/** What a line shows in the end: CR returns to its start, and backspace goes back by one. */
function overwritten(line: string): string {
  const shown: string[] = [];
  let column = 0;
  for (const char of line) {
    if (char === '\r') column = 0;
    else if (char === '\b') column = Math.max(0, column - 1);
    else shown[column++] = char;
  }
  return shown.join('');
}
