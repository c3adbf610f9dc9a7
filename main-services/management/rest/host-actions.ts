import type { IncomingMessage, ServerResponse } from 'node:http';
import { BootbenchError } from '../../../contract/errors.ts';
import { sendJson } from '../reply.ts';
import type { Caller } from './call.ts';
import type { Resource } from './resource.ts';

/** What a person says about a host's identity, by the last part of the path. */
const ACTIONS = {
  'take-bmc-facts': 'bmc.takeFacts',
  'confirm-identity': 'host.confirmIdentity',
  'forget-report': 'host.forgetReport',
} as const;

/** `POST /api/v1/baremetalhosts/{name}/{action}`; answers with the host. Undefined for other paths. */
export function hostActions(
  call: Caller,
  hosts: Resource,
): (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | undefined {
  return (request, response, url) => {
    const [, name, action] = /^\/api\/v1\/(?:namespaces\/[^/]+\/)?baremetalhosts\/([^/]+)\/([^/]+)\/?$/.exec(url.pathname) ?? [];
    if (name === undefined || !isAction(action)) return undefined;
    if (request.method !== 'POST')
      throw new BootbenchError('E_METHOD', `${request.method ?? ''} is not possible on ${url.pathname}.`, { next: 'Use POST.' });
    return act(call, hosts, { name, action }, response);
  };
}

function isAction(action: string | undefined): action is keyof typeof ACTIONS {
  return action !== undefined && Object.hasOwn(ACTIONS, action);
}

async function act(
  call: Caller,
  hosts: Resource,
  { name, action }: { name: string; action: keyof typeof ACTIONS },
  response: ServerResponse,
): Promise<void> {
  await call(ACTIONS[action], { host: name });
  sendJson(response, 200, await hosts.get(name));
}
