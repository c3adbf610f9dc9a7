import type { IncomingMessage, ServerResponse } from 'node:http';
import { BootbenchError } from '../../../contract/errors.ts';
import type { Handlers } from '../../../contract/port.ts';
import type { Rooms } from '../../handlers/rooms.ts';
import { readJson } from '../body.ts';
import { sendJson } from '../reply.ts';
import { callerOf, type Caller } from './call.ts';
import { configResource } from './configs.ts';
import { hostActions } from './host-actions.ts';
import { hostResource } from './hosts.ts';
import { imageResource } from './images.ts';
import { jobRoutes } from './jobs.ts';
import { leaseRoutes } from './leases.ts';
import { readObject, type Resource } from './resource.ts';
import { isoUpload } from './upload.ts';
import { streamWatch } from './watch.ts';

interface Target {
  readonly resource: Resource;
  readonly name: string | undefined;
  readonly query: URLSearchParams;
}

export type Rest = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;

/** `/api/v1/{plural}[/{name}]`, and the same below `/namespaces/{ns}/` (the paths of mkube's API); `iscsi-cdroms/{name}/iso` takes uploads, `baremetalhosts/{name}/take-bmc-facts` an action. */
export function createRest(handlers: Handlers, library: Pick<Rooms, 'imports' | 'inventory'>, isoDir: string): Rest {
  const call = callerOf(handlers);
  const images = imageResource(call, isoDir);
  const upload = isoUpload(library, images);
  const jobs = jobRoutes(handlers, call);
  const hosts = hostResource(call);
  const actions = hostActions(call, hosts);
  const leases = leaseRoutes(call);
  const resources = new Map<string, Resource>([
    ['baremetalhosts', hosts],
    ['iscsi-cdroms', images],
    ['bootconfigs', configResource(call)],
  ]);
  return async (request, response, url) => {
    const uploading = upload(request, response, url);
    if (uploading) return uploading;
    const asked = jobs(request, response, url) ?? leases(request, response, url);
    if (asked) return asked;
    const done = actions(request, response, url);
    if (done) return done;
    const target = route(resources, url);
    const { method } = request;
    if (method === 'GET' || method === 'HEAD') await read(handlers, call, target, response);
    else if (method === 'POST' && target.name === undefined) await create(target.resource, request, response);
    else if (method === 'PATCH' && target.name !== undefined) await patch(target.resource, target.name, request, response);
    else if (method === 'DELETE' && target.name !== undefined) sendJson(response, 200, await target.resource.remove(target.name));
    else
      throw new BootbenchError('E_METHOD', `${method ?? ''} is not possible on ${url.pathname}.`, {
        next: 'Use GET or POST on the list, GET, PATCH or DELETE on an object.',
      });
  };
}

function route(resources: ReadonlyMap<string, Resource>, { pathname, searchParams }: URL): Target {
  const match = /^\/api\/v1\/(?:namespaces\/[^/]+\/)?([^/]+)(?:\/([^/]+))?\/?$/.exec(pathname);
  const resource = resources.get(match?.[1] ?? '');
  if (!resource)
    throw new BootbenchError(
      'E_NOT_FOUND',
      `There is nothing at ${pathname}; there are ${[...resources.keys(), 'jobs'].join(', ')} under /api/v1/.`,
    );
  return { resource, name: match?.[2], query: searchParams };
}

async function read(handlers: Handlers, call: Caller, { resource, name, query }: Target, response: ServerResponse): Promise<void> {
  const object = name === undefined ? undefined : await resource.get(name);
  const watch = query.get('watch') === 'true' || query.get('watch') === '1';
  if (object && !watch) {
    sendJson(response, 200, object);
    return;
  }
  const snapshot = await call('inventory.snapshot', {});
  if (watch) await streamWatch(handlers, snapshot, { resource, name, since: sinceOf(query) }, response);
  else sendJson(response, 200, list(resource, snapshot.seq, resource.ofSnapshot(snapshot)));
}

function list(resource: Resource, seq: number, items: unknown[]): unknown {
  return { apiVersion: 'v1', kind: `${resource.kind}List`, metadata: { resourceVersion: String(seq) }, items };
}

function sinceOf(query: URLSearchParams): number | undefined {
  const text = query.get('resourceVersion');
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new BootbenchError('E_BAD_INPUT', 'resourceVersion: expected a value returned by a list or watch.');
  return Number(text);
}

async function create(resource: Resource, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { name, spec } = readObject(await readJson(request), resource.kind);
  if (typeof name !== 'string') throw new BootbenchError('E_BAD_INPUT', 'metadata.name is required.');
  const { object, warnings } = await resource.create(name, spec);
  sendJson(response, 201, object, warnings);
}

async function patch(resource: Resource, name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { spec } = readObject(await readJson(request), resource.kind, name);
  const { object, warnings } = await resource.patch(name, spec);
  sendJson(response, 200, object, warnings);
}
