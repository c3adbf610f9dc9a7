import { BootbenchError } from '../../../contract/errors.ts';
import type { Handlers } from '../../../contract/port.ts';
import type { Rooms } from '../../handlers/rooms.ts';
import { callerOf } from './call.ts';
import { configResource } from './configs.ts';
import { discovery } from './discovery.ts';
import { hostAction } from './host-actions.ts';
import { hostResource } from './hosts.ts';
import { imageResource } from './images.ts';
import { jobEndpoints } from './jobs.ts';
import { releaseLease } from './leases.ts';
import { isDryRun } from './query.ts';
import { read } from './read.ts';
import type { Resource } from './resource.ts';
import { createRouter, type Endpoint, type Rest } from './router.ts';
import { noDryRun } from './sentences.ts';
import { isoUpload } from './upload.ts';
import type { ReadRooms } from './watch.ts';
import { writeEndpoints, type WriteEndpoints } from './write.ts';

/** Paths of the REST plane; all of them need the token. */
export function isRestPath(pathname: string): boolean {
  return /^\/(?:api|apis|version|openapi)(?:\/|$)/.test(pathname);
}

/** Objects in the shapes of mkube's API over the contract's procedures, and what kubectl asks before it asks for them. */
export function createRest(handlers: Handlers, rooms: Pick<Rooms, 'control' | 'db' | 'imports' | 'inventory'>, isoDir: string): Rest {
  const call = callerOf(handlers);
  const imageShapes = imageResource(call, isoDir);
  const hostShapes = hostResource(call);
  const hosts = objectEndpoints(rooms, hostShapes);
  const images = objectEndpoints(rooms, imageShapes);
  const configs = objectEndpoints(rooms, configResource(call));
  const upload = isoUpload(rooms, imageShapes);
  const jobs = jobEndpoints(rooms, call);
  const discovered = discovery(() => rooms.control.status().version);
  const route = createRouter({
    listHosts: hosts.list,
    createHost: hosts.create,
    getHost: hosts.get,
    replaceHost: hosts.replace,
    patchHost: hosts.patch,
    deleteHost: hosts.remove,
    takeBmcFacts: withoutDryRun(hostAction(call, hostShapes, 'bmc.takeFacts')),
    confirmIdentity: withoutDryRun(hostAction(call, hostShapes, 'host.confirmIdentity')),
    forgetReport: withoutDryRun(hostAction(call, hostShapes, 'host.forgetReport')),
    listImages: images.list,
    createImage: images.create,
    getImage: images.get,
    replaceImage: images.replace,
    patchImage: images.patch,
    deleteImage: images.remove,
    uploadIso: withoutDryRun(upload.put),
    uploadState: upload.state,
    cancelUpload: withoutDryRun(upload.cancel),
    listConfigs: configs.list,
    createConfig: configs.create,
    getConfig: configs.get,
    replaceConfig: configs.replace,
    patchConfig: configs.patch,
    deleteConfig: configs.remove,
    listJobs: jobs.list,
    startJobs: withoutDryRun(jobs.start),
    getJob: jobs.get,
    releaseLease: withoutDryRun(releaseLease(call)),
  });
  return (request, response, url) => discovered(request, response, url) ?? route(request, response, url);
}

interface ObjectEndpoints extends WriteEndpoints {
  readonly list: Endpoint;
  readonly get: Endpoint<{ readonly name: string }>;
}

function objectEndpoints(rooms: ReadRooms, resource: Resource): ObjectEndpoints {
  return {
    list: (call) => read(rooms, resource, call),
    get: (call) => read(rooms, resource, call, call.params.name),
    ...writeEndpoints(resource),
  };
}

/** A rehearsal must not be taken for the real thing where there is none. */
function withoutDryRun<Params>(endpoint: Endpoint<Params>): Endpoint<Params> {
  return async (call) => {
    if (isDryRun(call.query.getAll('dryRun'))) throw new BootbenchError('E_BAD_INPUT', noDryRun(call.request.url?.split('?')[0] ?? ''));
    await endpoint(call);
  };
}
