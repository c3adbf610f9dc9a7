import { boundFd, type BindFailure, type BoundRequest } from './bound-fd.ts';
import type { Libc } from './libc.ts';
import { portHolder } from './port-owner.ts';
import { socketError } from './socket-errors.ts';
import type { BootbenchError } from '../../contract/errors.ts';

/** `boundFd`, or the error of `DeviceSockets` that says why not. */
export async function openOrExplain(library: Libc, request: BoundRequest): Promise<number> {
  const bound = boundFd(library, request);
  if (bound.kind === 'bound') return bound.fd;
  throw await explained(bound.failure, request);
}

export function explained(failure: BindFailure, request: BoundRequest): Promise<BootbenchError> {
  const wanted = { ...request, nic: request.nic.name };
  return socketError(failure, wanted, request.platform, () => portHolder(request.protocol, request.port));
}
