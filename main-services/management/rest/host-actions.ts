import { sendJson } from '../reply.ts';
import type { Caller } from './call.ts';
import type { ReadResource } from './resource.ts';
import type { Endpoint } from './router.ts';

/** What a person says about a host's identity. */
type Action = 'bmc.takeFacts' | 'host.confirmIdentity' | 'host.forgetReport';

/** Does the action and answers with the host. */
export function hostAction(call: Caller, hosts: ReadResource, action: Action): Endpoint<{ readonly name: string }> {
  return async ({ response, params: { name } }) => {
    await call(action, { host: name });
    sendJson(response, 200, await hosts.get(name));
  };
}
