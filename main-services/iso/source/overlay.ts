import { createHash } from 'node:crypto';
import { readable } from './bounds.ts';
import { readIntoFrom, type ByteSource, type Place } from './byte-source.ts';
import { countBefore } from '../../../util/search.ts';

/** A piece of a view: a stretch of the base, or bytes of its own. */
export type Segment = { readonly offset: number; readonly length: number } | { readonly bytes: Uint8Array };

/** Bytes that replace as many bytes of the base. */
export interface Patch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** Two stretches of the base this close are read in one go, what lies between them included. */
const GAP = 64 * 1024;

/**
 * The segments in order, as one source. Any partition into ranges gives the same bytes, by construction.
 * The base is shared: closing the overlay leaves it open. Throws RangeError for segments that the base does not have.
 */
export function overlay(base: ByteSource, segments: readonly Segment[], options: { etag: string }): ByteSource {
  const layout = layOut(base, segments);
  return {
    size: layout.size,
    etag: options.etag,
    read: (offset, length, signal) => readRange(base, layout, offset, length, signal),
    readNow: (offset, length) => readNow(base, layout, offset, length),
    readInto: (target, offset, signal) => readInto(base, layout, target, offset, signal),
    placesNow: (offset, length) => placesNow(base, layout, offset, length),
    close: () => Promise.resolve(),
  };
}

/** Segments for same-length patches of a base of `size` bytes. Throws RangeError when they overlap or stick out. */
export function patchInPlace(size: number, patches: readonly Patch[]): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  for (const patch of patches.toSorted((a, b) => a.offset - b.offset || a.bytes.length - b.bytes.length)) {
    if (patch.offset < at || patch.offset + patch.bytes.length > size) throw new RangeError(`a patch at ${patch.offset} does not fit`);
    segments.push({ offset: at, length: patch.offset - at }, { bytes: patch.bytes });
    at = patch.offset + patch.bytes.length;
  }
  segments.push({ offset: at, length: size - at });
  return segments.filter((segment) => lengthOf(segment) > 0);
}

/**
 * The strong identity of a view: planner revision, base, and every byte and offset of the overlay.
 * Equal inputs give equal etags on every run; nothing else goes in.
 */
export function overlayEtag(revision: string, base: ByteSource, segments: readonly Segment[]): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(['bootbench overlay', revision, base.etag, base.size]));
  for (const segment of segments) {
    if ('bytes' in segment) hash.update(`\nbytes ${segment.bytes.length}\n`).update(segment.bytes);
    else hash.update(`\nbase ${segment.offset} ${segment.length}\n`);
  }
  return hash.digest('hex');
}

/** Where in the view bytes of its own lie: what "the machine read the patched sectors" watches. */
export function patchedExtents(segments: readonly Segment[]): Extent[] {
  const extents: Extent[] = [];
  let at = 0;
  for (const segment of segments) {
    const length = lengthOf(segment);
    if ('bytes' in segment && length > 0) extents.push({ offset: at, length });
    at += length;
  }
  return extents;
}

function lengthOf(segment: Segment): number {
  return 'bytes' in segment ? segment.bytes.length : segment.length;
}

interface Layout {
  readonly size: number;
  readonly segments: readonly Segment[];
  /** Where each segment begins in the view; ascending. */
  readonly starts: Float64Array;
}

function layOut(base: ByteSource, given: readonly Segment[]): Layout {
  const segments = given.filter((segment) => lengthOf(segment) > 0);
  const starts = new Float64Array(segments.length);
  let size = 0;
  segments.forEach((segment, index) => {
    if ('offset' in segment && readable(base.size, segment.offset, segment.length) < segment.length) {
      throw new RangeError(`the base has no ${segment.length} bytes at ${segment.offset}`);
    }
    starts[index] = size;
    size += lengthOf(segment);
  });
  return { size, segments, starts };
}

/** Index of the last segment that begins at or before `offset`. */
function find(starts: Float64Array, offset: number): number {
  return Math.max(countBefore(starts, (start) => start <= offset) - 1, 0);
}

/** A part of one range: `at` counts from the start of the range. */
type Piece = { at: number; bytes: Uint8Array } | { at: number; offset: number; length: number };

function piecesOf(layout: Layout, offset: number, length: number): Piece[] {
  const pieces: Piece[] = [];
  const end = offset + length;
  for (let index = find(layout.starts, offset); index < layout.segments.length; index += 1) {
    const start = layout.starts[index] ?? 0;
    const segment = layout.segments[index];
    if (segment === undefined || start >= end) break;
    const skip = Math.max(0, offset - start);
    const take = Math.min(lengthOf(segment), end - start) - skip;
    const at = start + skip - offset;
    if ('bytes' in segment) pieces.push({ at, bytes: segment.bytes.subarray(skip, skip + take) });
    else pieces.push({ at, offset: segment.offset + skip, length: take });
  }
  return pieces;
}

async function readRange(base: ByteSource, layout: Layout, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
  const wanted = readable(layout.size, offset, length);
  if (wanted === 0) return new Uint8Array(0);
  const pieces = piecesOf(layout, offset, wanted);
  const only = pieces.length === 1 ? pieces[0] : undefined;
  if (only !== undefined) return 'bytes' in only ? only.bytes : base.read(only.offset, only.length, signal);

  const result = Buffer.allocUnsafe(wanted);
  await fill(base, pieces, result, signal);
  return result;
}

async function readInto(base: ByteSource, layout: Layout, target: Uint8Array, offset: number, signal?: AbortSignal): Promise<void> {
  if (readable(layout.size, offset, target.length) < target.length) throw new RangeError(`no ${target.length} bytes at ${offset}`);
  await fill(base, piecesOf(layout, offset, target.length), target, signal);
}

async function fill(base: ByteSource, pieces: readonly Piece[], target: Uint8Array, signal?: AbortSignal): Promise<void> {
  const reads = coalesce(pieces).map((run) => readIntoFrom(base, target.subarray(run.at, run.at + run.length), run.offset, signal));
  // All of them, also where one fails: `target` is the caller's again afterwards.
  for (const read of await Promise.allSettled(reads)) if (read.status === 'rejected') throw read.reason;
  for (const piece of pieces) if ('bytes' in piece) target.set(piece.bytes, piece.at);
}

function placesNow(base: ByteSource, layout: Layout, offset: number, length: number): readonly Place[] | undefined {
  if (offset < 0 || length <= 0 || offset + length > layout.size) return undefined;
  const pieces = piecesOf(layout, offset, length);
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return 'bytes' in only ? [only] : base.placesNow?.(only.offset, only.length);
  const places: Place[] = [];
  for (const piece of pieces) {
    const found = 'bytes' in piece ? [piece] : base.placesNow?.(piece.offset, piece.length);
    if (!found) return undefined;
    places.push(...found);
  }
  return places;
}

/** Of one piece: reads are seldom across a patch. */
function readNow(base: ByteSource, layout: Layout, offset: number, length: number): Uint8Array | undefined {
  if (offset < 0 || length <= 0 || offset + length > layout.size) return undefined;
  const [only, ...others] = piecesOf(layout, offset, length);
  if (only === undefined || others.length > 0) return undefined;
  return 'bytes' in only ? only.bytes : base.readNow?.(only.offset, only.length);
}

/** Stretches of the base that lie apart by as much in the base as in the range: one read, and the patch is painted over. */
function coalesce(pieces: readonly Piece[]): { at: number; offset: number; length: number }[] {
  const runs: { at: number; offset: number; length: number }[] = [];
  for (const piece of pieces) {
    if ('bytes' in piece) continue;
    const last = runs.at(-1);
    const gap = last === undefined ? Number.POSITIVE_INFINITY : piece.at - (last.at + last.length);
    if (last !== undefined && gap <= GAP && piece.offset - (last.offset + last.length) === gap) last.length += gap + piece.length;
    else runs.push({ at: piece.at, offset: piece.offset, length: piece.length });
  }
  return runs;
}
