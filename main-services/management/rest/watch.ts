import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Snapshot } from '../../../contract/changes.ts';
import { errorBody } from '../../../contract/errors.ts';
import type { Handlers } from '../../../contract/port.ts';
import { SAFE_HEADERS } from '../reply.ts';
import type { Resource, RestObject } from './resource.ts';

interface WatchRequest {
  readonly resource: Resource;
  /** One object only. */
  readonly name?: string | undefined;
  /** Continue after this number instead of starting with the current set. */
  readonly since?: number | undefined;
}

/** HEAD has no body that could be watched. */
export function asksToWatch({ method }: IncomingMessage, query: URLSearchParams): boolean {
  return method === 'GET' && ['true', '1'].includes(query.get('watch') ?? '');
}

/**
 * Streams `{"type":"ADDED|MODIFIED|DELETED","object":…}` lines: the current set, then every change from the changes
 * sequence, at the reader's pace. A reader that falls behind the stored changes gets an ERROR line, and the stream ends.
 */
export async function streamWatch(handlers: Handlers, snapshot: Snapshot, request: WatchRequest, response: ServerResponse): Promise<void> {
  const { resource, name, since } = request;
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  response.writeHead(200, { ...SAFE_HEADERS, 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.flushHeaders();

  const sendLine = async (type: string, object: RestObject, seq: number): Promise<void> => {
    if (name !== undefined && object.metadata.name !== name) return;
    object.metadata.resourceVersion = String(seq);
    await write(response, { type, object }, gone.signal);
  };
  try {
    if (since === undefined) for (const object of resource.ofSnapshot(snapshot)) await sendLine('ADDED', object, snapshot.seq);
    for await (const changes of handlers['inventory.watch']({ since: since ?? snapshot.seq }, { signal: gone.signal })) {
      for (const change of changes) {
        const object = resource.ofChange(change);
        if (object) await sendLine(change.op, object, change.seq);
      }
    }
  } catch (error) {
    if (!gone.signal.aborted) response.write(`${JSON.stringify({ type: 'ERROR', object: errorBody(error) })}\n`);
  }
  response.end();
}

async function write(response: ServerResponse, line: unknown, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (!response.write(`${JSON.stringify(line)}\n`)) await once(response, 'drain', { signal });
}
