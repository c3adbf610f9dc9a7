import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Change, Snapshot } from '../../../contract/changes.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import { SAFE_HEADERS } from '../reply.ts';
import type { Selects, WatchQuery } from './query.ts';
import type { Rooms } from '../../handlers/rooms.ts';
import type { ReadResource, RestObject } from './resource.ts';
import { gone } from './sentences.ts';
import { statusOf } from './status.ts';
import { tableOf, wantsTable } from './table.ts';

/** What reading objects and their changes needs. */
export type ReadRooms = Pick<Rooms, 'db' | 'inventory'>;

export const WATCH_TIMING = {
  /** A reader that takes nothing for this long is cut off; it resumes by its last resourceVersion. */
  stalledMs: 30_000,
  bookmarkMs: 30_000,
};

/** Changes read at once: a reader that is cut off after a few lines costs little more than those. */
const BATCH = 16;

interface WatchRequest {
  readonly resource: ReadResource;
  readonly selects: Selects;
  readonly watch: WatchQuery;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

type EventKind = Change['op'] | 'BOOKMARK';

/**
 * Streams `{"type":"ADDED|MODIFIED|DELETED|BOOKMARK|ERROR","object":…}` lines: the current set, oldest change first, then every change from the
 * changes sequence, at the reader's pace. Each line has the resourceVersion to resume after, so a reader that is cut off anywhere misses
 * nothing and gets nothing twice. E_EXPIRED before the first line, or as an ERROR line, when the changes are no longer stored.
 */
export async function streamWatch(rooms: ReadRooms, asked: WatchRequest): Promise<void> {
  const { watch, request, response } = asked;
  const startsNow = watch.since === undefined || watch.initialEvents === true;
  const snapshot = startsNow && watch.initialEvents !== false ? rooms.inventory.snapshot() : undefined;
  const since = startsNow ? (snapshot?.seq ?? rooms.db.lastSeq()) : watch.since;
  if (!rooms.db.storesSince(since)) throw new BootbenchError('E_EXPIRED', gone(since));
  const lines = openLines(asked);
  try {
    if (snapshot) await sendCurrent(asked, snapshot, lines);
    lines.seen = since;
    if (watch.initialEvents === true) await lines.bookmark({ 'k8s.io/initial-events-end': 'true' });
    while (!lines.ended.aborted) await sendChanges(rooms, asked, lines);
    if (watch.bookmarks) await lines.bookmark();
  } catch (error) {
    if (!response.destroyed) response.write(`${JSON.stringify({ type: 'ERROR', object: statusOf(error, request) })}\n`);
  } finally {
    lines.close();
  }
  response.end();
}

/**
 * In the order of their changes: a reader that is cut off among them resumes after the last one it got. It may then get DELETED of an object
 * that it never got, which was gone before this set was read.
 */
async function sendCurrent({ resource, selects }: WatchRequest, snapshot: Snapshot, lines: Lines): Promise<void> {
  const seq = ({ metadata }: RestObject): number => Number(metadata.resourceVersion ?? 0);
  const objects = resource.ofSnapshot(snapshot).sort((a, b) => seq(a) - seq(b));
  for (const object of objects) if (selects(object.metadata)) await lines.send('ADDED', object);
}

/** Sends the next changes, or waits where there are none. E_EXPIRED when they are no longer stored. */
async function sendChanges({ db }: ReadRooms, { resource, selects }: WatchRequest, lines: Lines): Promise<void> {
  const last = db.lastSeq();
  const changes = db.changesSince(lines.seen, { kind: resource.changes, limit: BATCH });
  if (!changes) throw new BootbenchError('E_EXPIRED', gone(lines.seen));
  if (changes.length === 0) {
    lines.seen = last;
    return nextChange(db, lines.ended);
  }
  for (const change of changes) {
    if (lines.ended.aborted) return;
    const object = resource.ofChange(change);
    if (object && selects(object.metadata)) await lines.send(change.op, versioned(object, change.seq));
    lines.seen = change.seq;
  }
  // Others have their turn, and a reader that is gone is noticed.
  await nextTurn();
}

/** Called in the same turn in which there were none, so that none is missed. */
function nextChange(db: ReadRooms['db'], ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      unsubscribe();
      ended.removeEventListener('abort', wake);
      resolve();
    };
    const unsubscribe = db.onChanges(wake);
    if (ended.aborted) wake();
    else ended.addEventListener('abort', wake);
  });
}

function versioned(object: RestObject, seq: number): RestObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(seq) } };
}

interface Lines {
  /** Aborted when the reader is gone, stalled, or its time is over. */
  readonly ended: AbortSignal;
  /** Everything up to this number was sent. */
  seen: number;
  send(type: EventKind, object: RestObject): Promise<void>;
  bookmark(annotations?: Record<string, string>): Promise<void>;
  close(): void;
}

function openLines({ resource, watch, request, response }: WatchRequest): Lines {
  const end = new AbortController();
  const isTable = wantsTable(request);
  let isFirst = true;
  response.on('close', () => end.abort());
  if (response.destroyed) end.abort();
  response.writeHead(200, { ...SAFE_HEADERS, 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.flushHeaders();

  const write = async (line: unknown): Promise<void> => {
    if (response.destroyed || response.write(`${JSON.stringify(line)}\n`)) return;
    const stalled = setTimeout(() => end.abort(), WATCH_TIMING.stalledMs);
    try {
      await once(response, 'drain', { signal: end.signal });
    } catch {
      response.destroy();
    } finally {
      clearTimeout(stalled);
    }
  };
  const lines: Lines = {
    ended: end.signal,
    seen: 0,
    async send(type, object) {
      const table = isTable && tableOf(resource.columns, [object], { resourceVersion: object.metadata.resourceVersion, isFirst });
      isFirst = false;
      await write({ type, object: table || object });
    },
    async bookmark(annotations) {
      const metadata = { resourceVersion: String(lines.seen), creationTimestamp: null, ...(annotations && { annotations }) };
      const table = isTable && tableOf(resource.columns, [], { resourceVersion: metadata.resourceVersion, isFirst });
      await write({ type: 'BOOKMARK', object: table || { apiVersion: 'v1', kind: resource.kind, metadata } });
    },
    close() {
      clearTimeout(timeout);
      clearInterval(bookmarks);
      end.abort();
    },
  };
  const timeout = watch.timeoutMs === undefined ? undefined : setTimeout(() => end.abort(), watch.timeoutMs);
  const bookmarks = watch.bookmarks
    ? setInterval(() => {
        if (lines.seen > 0 && !response.writableNeedDrain) void lines.bookmark();
      }, WATCH_TIMING.bookmarkMs).unref()
    : undefined;
  return lines;
}
