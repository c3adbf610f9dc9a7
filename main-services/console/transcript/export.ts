import { cancelled } from '../../../util/async.ts';
import { transcriptLines } from '../../../util/transcript-lines.ts';
import { piecesOf, type Piece } from './pieces.ts';
import { startOf, type StoredTranscript } from './stored.ts';
import { Turns } from './turns.ts';

/** As firmware and installers draw. */
const TERMINAL = { width: 80, height: 24 };
/** A player shortens longer pauses. */
const MAX_PAUSE_S = 2;
/** Characters that are given at a time. */
const CHUNK_CHARACTERS = 64 * 1024;
/** Of a piece at a time: each can end a line. */
const SLICE_BYTES = 2048;

/** Lines as a terminal leaves them, each with the time when it began; notices in brackets. Rejects as `cancelled`. */
export async function* exportText(stored: StoredTranscript, signal: AbortSignal): AsyncGenerator<string> {
  const lines = transcriptLines();
  yield* inChunks(textOf(stored, lines.push, signal));
  yield lines.end();
}

/** asciicast v2 (docs.asciinema.org/manual/asciicast/v2), which any of its players replays. A notice is a marker. Rejects as `cancelled`. */
export async function* exportAsciicast(host: string, stored: StoredTranscript, signal: AbortSignal): AsyncGenerator<string> {
  const startedAt = await startOf(stored);
  const title = `${host} ${stored.id}`;
  const header = { version: 2, ...TERMINAL, timestamp: Math.floor(startedAt / 1000), idle_time_limit: MAX_PAUSE_S, title };
  yield `${JSON.stringify(header)}\n`;
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let passed = 0;
  const event = (code: 'o' | 'm', text: string): string => (text === '' ? '' : `${json([passed / 1000, code, text])}\n`);
  const words = ({ at, bytes, notice }: Piece): string => {
    // The clock may have been set back; times in the file must not decrease.
    passed = Math.max(passed, at - startedAt);
    return event('o', decoder.decode(bytes, { stream: true })) + (notice === undefined ? '' : event('m', notice));
  };
  yield* inChunks(textOf(stored, words, signal));
  yield event('o', decoder.decode());
}

/** JSON leaves DEL and C1 control characters as they are, and a terminal that the file is printed on obeys them. */
function json(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[\u007f-\u009f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}

async function* textOf(stored: StoredTranscript, words: (piece: Piece) => string, signal: AbortSignal): AsyncGenerator<string> {
  const turns = new Turns();
  for await (const piece of piecesOf(stored, 0, Number.POSITIVE_INFINITY)) {
    for (let from = 0; from === 0 || from < piece.bytes.length; from += SLICE_BYTES) {
      if (signal.aborted) throw cancelled(signal);
      yield words({ ...piece, bytes: piece.bytes.subarray(from, from + SLICE_BYTES) });
      if (turns.isDue()) await turns.take();
    }
  }
}

async function* inChunks(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = '';
  for await (const text of texts) {
    chunk += text;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
