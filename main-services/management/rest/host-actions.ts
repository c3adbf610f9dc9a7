import type { IncomingMessage, ServerResponse } from 'node:http';
import { BootbenchError } from '../../../contract/errors.ts';
import { sendJson } from '../reply.ts';
import type { Caller } from './call.ts';
import type { Resource } from './resource.ts';

/** `POST /api/v1/baremetalhosts/{name}/take-bmc-facts`: a person says that the BMC is of this machine. Undefined for other paths. */
export function hostActions(
  call: Caller,
  hosts: Resource,
): (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | undefined {
  return (request, response, url) => {
    const match = /^\/api\/v1\/(?:namespaces\/[^/]+\/)?baremetalhosts\/([^/]+)\/take-bmc-facts\/?$/.exec(url.pathname);
    const name = match?.[1];
    if (name === undefined) return undefined;
    if (request.method !== 'POST')
      throw new BootbenchError('E_METHOD', `${request.method ?? ''} is not possible on ${url.pathname}.`, { next: 'Use POST.' });
    return takeFacts(call, hosts, name, response);
  };
}

async function takeFacts(call: Caller, hosts: Resource, name: string, response: ServerResponse): Promise<void> {
  await call('bmc.takeFacts', { host: name });
  sendJson(response, 200, await hosts.get(name));
}
