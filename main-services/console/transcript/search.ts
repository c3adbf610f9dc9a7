import { join } from 'node:path';
import type { ConsoleHit } from '../../../contract/console.ts';
import { cancelled } from '../../../util/async.ts';
import { terminalText, type TerminalText } from '../../../util/terminal-text.ts';
import { openIfThere, readAt } from './moments.ts';
import { fileName } from './names.ts';
import { piecesOf } from './pieces.ts';
import type { StoredTranscript } from './stored.ts';
import { Turns } from './turns.ts';

/** Bytes that are read at a time. */
const BLOCK_BYTES = 64 * 1024;
/** Lines between two looks at the time. */
const LINES_PER_CHECK = 256;
/** A longer line is searched in pieces. */
const MAX_LINE_CHARACTERS = 4096;
/** Of a line in a hit, and of them before the text. */
const MAX_SHOWN_CHARACTERS = 200;
const MAX_BEFORE_CHARACTERS = 80;
const LF = 10;
const CR = 13;

interface Found {
  readonly offset: number;
  readonly line: string;
}

/**
 * The newest lines of a transcript that contain the text, newest first, without regard to case and to escape sequences. Takes time linear in the
 * bytes, and holds one block and the hits. Rejects as `cancelled`.
 */
export async function searchIn(stored: StoredTranscript, text: string, limit: number, signal: AbortSignal): Promise<ConsoleHit[]> {
  const found: Found[] = [];
  const lines = new LineSearch(text, (hit) => {
    found.push(hit);
    if (found.length > limit) found.shift();
  });
  const turns = new Turns();
  for await (const { offset, bytes } of blocksOf(stored)) {
    if (signal.aborted) throw cancelled(signal);
    for (const lineCount of lines.push(bytes, offset)) {
      if (lineCount % LINES_PER_CHECK === 0 && turns.isDue()) await turns.take();
    }
  }
  lines.end();
  const hits: ConsoleHit[] = [];
  for (const { offset, line } of found.reverse()) hits.push({ transcript: stored.id, offset, at: await timeOf(stored, offset), line });
  return hits;
}

async function* blocksOf({ id, folder, parts }: StoredTranscript): AsyncGenerator<{ offset: number; bytes: Buffer }> {
  for (const { base, size } of parts) {
    const log = await openIfThere(join(folder, fileName(id, base, 'log')));
    try {
      for (let at = 0; log && at < size;) {
        const bytes = await readAt(log, at, Math.min(BLOCK_BYTES, size - at));
        if (bytes.length === 0) break;
        yield { offset: base + at, bytes };
        at += bytes.length;
      }
    } finally {
      await log?.close();
    }
  }
}

async function timeOf(stored: StoredTranscript, offset: number): Promise<number> {
  for await (const { at, bytes } of piecesOf(stored, offset, 1)) if (bytes.length > 0) return at;
  return 0;
}

/** Finds the lines that contain a text. Lines end with LF or CR, so that each value of a progress counter is one, and where the cursor leaves a row. */
class LineSearch {
  readonly #wanted: string;
  readonly #hit: (found: Found) => void;
  readonly #plain: TerminalText = terminalText();
  #line = '';
  #startedAt = 0;

  constructor(text: string, hit: (found: Found) => void) {
    this.#wanted = text.toLowerCase();
    this.#hit = hit;
  }

  /** Yields the number of the line's end after each. */
  *push(bytes: Buffer, offset: number): Generator<number> {
    let from = 0;
    let ends = 0;
    while (from < bytes.length) {
      const to = endOfLine(bytes, from);
      this.#add(bytes.subarray(from, to), offset + from);
      from = to + 1;
      if (to < bytes.length) {
        this.end();
        yield ++ends;
      }
    }
  }

  end(): void {
    this.#test();
    this.#line = '';
  }

  #add(bytes: Buffer, offset: number): void {
    if (bytes.length === 0) return;
    const text = this.#plain.push(bytes);
    const lastRow = text.lastIndexOf('\n');
    for (const row of lastRow < 0 ? [] : text.slice(0, lastRow).split('\n')) {
      this.#append(row, offset);
      this.end();
    }
    this.#append(text.slice(lastRow + 1), offset);
    if (this.#line.length <= MAX_LINE_CHARACTERS) return;
    // The text may continue in the next piece.
    this.#line = this.#test() || this.#wanted.length === 1 ? '' : this.#line.slice(1 - this.#wanted.length);
    this.#startedAt = offset;
  }

  #append(row: string, offset: number): void {
    if (this.#line === '') this.#startedAt = offset;
    this.#line += row;
  }

  #test(): boolean {
    const index = this.#line.toLowerCase().indexOf(this.#wanted);
    if (index < 0) return false;
    const start = index + this.#wanted.length <= MAX_SHOWN_CHARACTERS ? 0 : Math.max(0, index - MAX_BEFORE_CHARACTERS);
    this.#hit({ offset: this.#startedAt, line: this.#line.slice(start, start + MAX_SHOWN_CHARACTERS).trimEnd() });
    return true;
  }
}

/** The end of a line from `from` on, or of the bytes. */
function endOfLine(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) if (bytes[at] === LF || bytes[at] === CR) return at;
  return bytes.length;
}
