import type { IncomingMessage, ServerResponse } from 'node:http';
import { BootbenchError } from '../../../contract/errors.ts';
import { sendJson } from '../reply.ts';
import type { Caller } from './call.ts';

/** `DELETE /api/v1/leases/{address}` forgets a lease. Undefined for other paths. */
export function leaseRoutes(call: Caller): (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | undefined {
  return ({ method }, response, { pathname }) => {
    const ip = /^\/api\/v1\/(?:namespaces\/[^/]+\/)?leases\/([^/]+)\/?$/.exec(pathname)?.[1];
    if (ip === undefined) return undefined;
    if (method !== 'DELETE')
      throw new BootbenchError('E_METHOD', `${method ?? ''} is not possible on ${pathname}.`, { next: 'Use DELETE.' });
    return call('lease.release', { ip }).then((done) => {
      sendJson(response, 200, done);
    });
  };
}
