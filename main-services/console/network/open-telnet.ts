import type { ConsoleTransport, OpenTransport } from '../transport.ts';
import { openConnection } from './connection.ts';
import type { NetworkOptions } from './open-tcp.ts';
import { describe } from './sentences.ts';
import { COMMAND } from './telnet-codec.ts';
import { TelnetSession } from './telnet-session.ts';

/**
 * A console server that speaks telnet. Options are left to the server: a server that does not speak telnet would pass requests on to the machine
 * as typed text.
 */
export function openTelnet({ host, port, clock }: NetworkOptions): OpenTransport {
  return async (events, { signal }): Promise<ConsoleTransport> => {
    const connection = await openConnection({ host, port }, clock, signal);
    const session = new TelnetSession(
      connection,
      {
        data: (bytes) => {
          events.data(bytes);
        },
        comPort: () => undefined,
        negotiated: () => undefined,
        closed: (error) => {
          events.closed(error);
        },
      },
      false,
    );
    session.start();
    return {
      description: describe('Telnet', connection.address),
      baud: undefined,
      canBreak: true,
      write: async (bytes) => session.write(bytes),
      sendBreak: async () => session.sendCommand(COMMAND.brk),
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
