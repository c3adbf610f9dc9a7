import { BootbenchError } from '../../../contract/errors.ts';
import type { Handlers } from '../../../contract/port.ts';
import type { Rooms } from '../../handlers/rooms.ts';
import { readJson } from '../body.ts';
import { sendJson } from '../reply.ts';
import { callerOf, type Caller } from './call.ts';
import { configResource } from './configs.ts';
import { hostAction } from './host-actions.ts';
import { hostResource } from './hosts.ts';
import { imageResource } from './images.ts';
import { jobEndpoints } from './jobs.ts';
import { releaseLease } from './leases.ts';
import { readObject, type Resource } from './resource.ts';
import { createRouter, type Endpoint, type Rest, type RestCall } from './router.ts';
import { isoUpload } from './upload.ts';
import { asksToWatch, streamWatch } from './watch.ts';

interface Named {
  readonly name: string;
}

/** Objects in the shapes of mkube's API over the contract's procedures. */
export function createRest(handlers: Handlers, library: Pick<Rooms, 'imports' | 'inventory'>, isoDir: string): Rest {
  const call = callerOf(handlers);
  const imageShapes = imageResource(call, isoDir);
  const hostShapes = hostResource(call);
  const hosts = objectEndpoints(handlers, call, hostShapes);
  const images = objectEndpoints(handlers, call, imageShapes);
  const configs = objectEndpoints(handlers, call, configResource(call));
  const upload = isoUpload(library, imageShapes);
  const jobs = jobEndpoints(handlers, call);
  return createRouter({
    listHosts: hosts.list,
    createHost: hosts.create,
    getHost: hosts.get,
    patchHost: hosts.patch,
    deleteHost: hosts.remove,
    takeBmcFacts: hostAction(call, hostShapes, 'bmc.takeFacts'),
    confirmIdentity: hostAction(call, hostShapes, 'host.confirmIdentity'),
    forgetReport: hostAction(call, hostShapes, 'host.forgetReport'),
    listImages: images.list,
    createImage: images.create,
    getImage: images.get,
    patchImage: images.patch,
    deleteImage: images.remove,
    uploadIso: upload.put,
    uploadState: upload.state,
    cancelUpload: upload.cancel,
    listConfigs: configs.list,
    createConfig: configs.create,
    getConfig: configs.get,
    patchConfig: configs.patch,
    deleteConfig: configs.remove,
    listJobs: jobs.list,
    startJobs: jobs.start,
    getJob: jobs.get,
    releaseLease: releaseLease(call),
  });
}

interface ObjectEndpoints {
  readonly list: Endpoint;
  readonly create: Endpoint;
  readonly get: Endpoint<Named>;
  readonly patch: Endpoint<Named>;
  readonly remove: Endpoint<Named>;
}

function objectEndpoints(handlers: Handlers, call: Caller, resource: Resource): ObjectEndpoints {
  return {
    list: (asked) => read(handlers, call, resource, asked),
    get: (asked) => read(handlers, call, resource, asked, asked.params.name),
    async create({ request, response }) {
      const { name, spec } = readObject(await readJson(request), resource.kind);
      if (typeof name !== 'string') throw new BootbenchError('E_BAD_INPUT', 'metadata.name is required.');
      const { object, warnings } = await resource.create(name, spec);
      sendJson(response, 201, object, warnings);
    },
    async patch({ request, response, params: { name } }) {
      const { spec } = readObject(await readJson(request), resource.kind, name);
      const { object, warnings } = await resource.patch(name, spec);
      sendJson(response, 200, object, warnings);
    },
    async remove({ response, params: { name } }) {
      sendJson(response, 200, await resource.remove(name));
    },
  };
}

async function read(
  handlers: Handlers,
  call: Caller,
  resource: Resource,
  { request, response, query }: RestCall,
  name?: string,
): Promise<void> {
  const object = name === undefined ? undefined : await resource.get(name);
  const watch = asksToWatch(request, query);
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
