import type { OpenTransport } from '../transport.ts';
import { openConnection } from './connection.ts';
import type { NetworkOptions } from './open-tcp.ts';
import { Rfc2217Transport } from './rfc2217-transport.ts';

export interface Rfc2217Options extends NetworkOptions {
  /** Bits per second, set on the server's port. */
  readonly baud: number;
}

/**
 * A serial port of a console server whose speed, break and control lines the client sets: RFC 2217 (ser2net `telnet(rfc2217=true)`). 8N1, no flow
 * control, DTR and RTS on. E_CONSOLE_UNSUPPORTED when the server does not support it, or not this speed.
 */
export function openRfc2217({ host, port, baud, clock }: Rfc2217Options): OpenTransport {
  return async (events, { signal }) => {
    const connection = await openConnection({ host, port }, clock, signal);
    const transport = new Rfc2217Transport(connection, events, clock);
    try {
      await transport.start(baud, signal);
    } catch (error) {
      transport.abandon();
      await connection.close();
      throw error;
    }
    return transport;
  };
}
