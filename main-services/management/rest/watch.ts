import { once } from 'node:events';
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
  const snapshot = startsNow ? rooms.inventory.snapshot() : undefined;
  if (!snapshot) requireStored(rooms, watch.since ?? 0);
  const lines = openLines(asked);
  try {
    if (snapshot && watch.initialEvents !== false) await sendCurrent(asked, snapshot, lines);
    lines.seen = snapshot?.seq ?? watch.since ?? 0;
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

/** In the order of their changes: a reader that is cut off among them resumes after the last one it got. */
async function sendCurrent({ resource, selects }: WatchRequest, snapshot: Snapshot, lines: Lines): Promise<void> {
  const seq = ({ metadata }: RestObject): number => Number(metadata.resourceVersion ?? 0);
  const objects = resource.ofSnapshot(snapshot).sort((a, b) => seq(a) - seq(b));
  for (const object of objects) if (selects(object.metadata)) await lines.send('ADDED', object);
}

/** Sends the next changes, or waits where there are none. */
async function sendChanges(rooms: ReadRooms, { resource, selects }: WatchRequest, lines: Lines): Promise<void> {
  const changes = requireStored(rooms, lines.seen);
  if (changes.length === 0) return nextChange(rooms, lines.ended);
  for (const change of changes) {
    const object = resource.ofChange(change);
    if (object && selects(object.metadata)) await lines.send(change.op, versioned(object, change.seq));
    lines.seen = change.seq;
  }
}

/** The next changes. E_EXPIRED when some are no longer stored, or the number is not from this database. */
function requireStored({ db }: ReadRooms, since: number): Change[] {
  const changes = since > db.lastSeq() ? undefined : db.changesSince(since);
  if (!changes) throw new BootbenchError('E_EXPIRED', gone(since));
  return changes;
}

/** Called in the same turn in which there were none, so that none is missed. */
function nextChange({ db }: ReadRooms, ended: AbortSignal): Promise<void> {
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
  response.writeHead(200, { ...SAFE_HEADERS, 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.flushHeaders();

  const write = async (line: unknown): Promise<void> => {
    if (response.destroyed || response.write(`${JSON.stringify(line)}\n`)) return;
    const cut = AbortSignal.any([AbortSignal.timeout(WATCH_TIMING.stalledMs), end.signal]);
    try {
      await once(response, 'drain', { signal: cut });
    } catch {
      response.destroy();
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
