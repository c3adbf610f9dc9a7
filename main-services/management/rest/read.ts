import { sendJson } from '../reply.ts';
import { selectorOf, versionOf, watchOf, type Selects } from './query.ts';
import type { ReadResource, RestObject } from './resource.ts';
import type { RestCall } from './router.ts';
import { tableOf, wantsTable } from './table.ts';
import { streamWatch, type ReadRooms } from './watch.ts';

/** GET: one object, the list, or a watch of either; each as a Table where the client asks for one. */
export async function read(rooms: ReadRooms, resource: ReadResource, { request, response, query }: RestCall, name?: string): Promise<void> {
  const selector = selectorOf(query);
  // HEAD has no body that could be watched.
  const watch = request.method === 'GET' ? watchOf(query) : undefined;
  versionOf(query.get('resourceVersion'));
  // A watch that resumes may be of an object that was removed in between.
  const one = name === undefined || watch?.since !== undefined ? undefined : await resource.get(name);
  const selects: Selects = (metadata) => (name === undefined || metadata.name === name) && selector(metadata);
  if (watch) {
    await streamWatch(rooms, { resource, selects, watch, request, response });
    return;
  }
  const isTable = wantsTable(request);
  if (one) {
    sendJson(response, 200, isTable ? tableOf(resource.columns, [one], { resourceVersion: one.metadata.resourceVersion }) : one);
    return;
  }
  const snapshot = rooms.inventory.snapshot();
  const objects = resource.ofSnapshot(snapshot).filter(({ metadata }) => selects(metadata));
  const resourceVersion = String(snapshot.seq);
  sendJson(response, 200, isTable ? tableOf(resource.columns, objects, { resourceVersion }) : list(resource, resourceVersion, objects));
}

function list({ kind }: ReadResource, resourceVersion: string, items: readonly RestObject[]): unknown {
  return { apiVersion: 'v1', kind: `${kind}List`, metadata: { resourceVersion }, items };
}
