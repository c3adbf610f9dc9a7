import { join } from 'node:path';
import { MomentCursor, openIfThere, readAt } from './moments.ts';
import { fileName, parseId } from './names.ts';
import type { Part, StoredTranscript } from './stored.ts';
import { Turns } from './turns.ts';

/** Bytes that came at one time, or a notice between them. */
export interface Piece {
  readonly offset: number;
  readonly at: number;
  readonly bytes: Buffer;
  readonly notice?: string;
}

/** Of one piece, and of what is read from the disk at a time. */
const PIECE_BYTES = 64 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * Up to `limit` stored bytes from an offset in the order of offsets, cut where their time changes, and the notices between them: those at
 * the end of what is read only where nothing is stored after it. Holds one block of the file, and gives the event loop its turns.
 */
export async function* piecesOf(stored: StoredTranscript, offset: number, limit: number): AsyncGenerator<Piece> {
  const end = endOfRead(stored, offset, limit);
  const isAll = end === stored.size;
  const turns = new Turns();
  for (const part of stored.parts) {
    const [from, to] = [Math.max(offset, part.base), Math.min(end, part.base + part.size)];
    if (to < from) continue;
    for await (const piece of piecesOfPart(stored, part, from, to)) {
      if (piece.notice !== undefined && piece.offset >= end && !isAll) continue;
      yield piece;
      if (turns.isDue()) await turns.take();
    }
  }
}

/** The offset after `limit` stored bytes. */
function endOfRead({ parts, size }: StoredTranscript, offset: number, limit: number): number {
  let left = limit;
  for (const { base, size: bytes } of parts) {
    const from = Math.max(offset, base);
    const available = Math.max(0, base + bytes - from);
    if (available >= left) return from + left;
    left -= available;
  }
  return size;
}

async function* piecesOfPart({ id, folder }: StoredTranscript, { base }: Part, from: number, to: number): AsyncGenerator<Piece> {
  const log = await openIfThere(join(folder, fileName(id, base, 'log')));
  const moments = new MomentCursor(join(folder, fileName(id, base, 'times')), from);
  let at = (parseId(id)?.second ?? 0) * 1000;
  let position = from;
  try {
    for (;;) {
      const start = position;
      const bytes = log ? await readAt(log, start - base, Math.min(PIECE_BYTES, to - start)) : NOTHING;
      const end = start + bytes.length;
      const upTo = (offset: number): Piece => ({
        offset: position,
        at,
        bytes: bytes.subarray(position - start, Math.max(0, offset - start)),
      });
      // Notices after the last byte have its end as their offset.
      for (const moment of await moments.before(bytes.length === 0 ? to + 1 : end)) {
        const piece = upTo(moment.offset);
        if (piece.bytes.length > 0) yield piece;
        position = Math.max(position, moment.offset);
        ({ at } = moment);
        if (moment.notice !== undefined && moment.offset >= from) yield { offset: position, at, bytes: NOTHING, notice: moment.notice };
      }
      if (bytes.length === 0) return;
      if (end > position) yield upTo(end);
      position = end;
    }
  } finally {
    await moments.close();
    await log?.close();
  }
}
