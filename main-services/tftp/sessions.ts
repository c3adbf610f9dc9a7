import type { Clock, Log } from '../../contract/runtime.ts';
import type { Binding, DeviceSockets } from '../network/types.ts';
import type { ByteSource } from './byte-source.ts';
import type { Peer } from './channel.ts';
import { DgramChannel } from './dgram-channel.ts';
import type { Negotiated } from './negotiate.ts';
import { Session, type RunningSession, type SessionListener } from './session.ts';

/** What a session is opened with. */
export interface SessionRequest extends SessionListener {
  readonly peer: Peer;
  /** The session closes it, also where it is not opened. */
  readonly source: ByteSource;
  readonly agreed: Negotiated;
  /** The request was dropped in the meantime. */
  readonly isDropped: () => boolean;
}

/** Where and how transfers run. */
export interface Sessions {
  /** Undefined where the request was dropped. Rejects where no port can be opened. */
  open(request: SessionRequest): Promise<RunningSession | undefined>;
  /** Ends what serves them. All sessions have been stopped before. */
  stop(): Promise<void>;
}

export interface SessionsDeps {
  readonly sockets: DeviceSockets;
  readonly binding: Binding;
  readonly clock: Clock;
  readonly log: Log;
}

/** Transfers on the loop of the thread that calls, over sockets of Node's: on every system. */
export function loopSessions({ sockets, binding, clock, log }: SessionsDeps): Sessions {
  return {
    async open(request) {
      const { peer, source, isDropped } = request;
      const open = () => sockets.udp(binding.nic, 0, { address: binding.address });
      const socket = await openFor(request, open);
      if (!socket) return undefined;
      const onError = (error: unknown): void => log.debug({ error, peer }, 'TFTP packet could not be sent');
      if (!isDropped()) return new Session({ ...request, channel: new DgramChannel(socket, peer, onError), source, clock, log });
      socket.close();
      await source.close();
      return undefined;
    },
    stop: () => Promise.resolve(),
  };
}

/** Opens a port for a request; undefined when it was dropped already. The source is closed on every failing path. */
export async function openFor<T>({ source, isDropped }: SessionRequest, open: () => Promise<T>): Promise<T | undefined> {
  if (isDropped()) {
    await source.close();
    return undefined;
  }
  try {
    return await open();
  } catch (error) {
    await source.close();
    throw error;
  }
}
