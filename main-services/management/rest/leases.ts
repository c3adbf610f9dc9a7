import { sendJson } from '../reply.ts';
import type { Caller } from './call.ts';
import type { Endpoint } from './router.ts';

/** Forgets a lease; another machine can use the address immediately. */
export function releaseLease(call: Caller): Endpoint<{ readonly address: string }> {
  return async ({ response, params: { address } }) => {
    sendJson(response, 200, await call('lease.release', { ip: address }));
  };
}
