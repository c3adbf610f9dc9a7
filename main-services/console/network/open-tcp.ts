import type { Clock } from '../../../contract/runtime.ts';
import type { ConsoleTransport, OpenTransport } from '../transport.ts';
import { openConnection, type Address } from './connection.ts';
import { describe, noBreak } from './sentences.ts';

export interface NetworkOptions extends Address {
  readonly clock: Clock;
}

/** A console server that passes bytes as they are (ser2net `tcp`, QEMU `-serial tcp:`). */
export function openTcp({ host, port, clock }: NetworkOptions): OpenTransport {
  return async (events, { signal }): Promise<ConsoleTransport> => {
    const connection = await openConnection({ host, port }, clock, signal);
    connection.start({
      bytes: (bytes) => {
        events.data(bytes);
      },
      closed: (error) => {
        events.closed(error);
      },
    });
    return {
      description: describe('TCP', connection.address),
      baud: undefined,
      canBreak: false,
      write: async (bytes) => connection.write(bytes),
      sendBreak: async () => Promise.reject(noBreak(connection.address)),
      pause: () => {
        connection.pause();
      },
      resume: () => {
        connection.resume();
      },
      close: async () => connection.close(),
    };
  };
}
