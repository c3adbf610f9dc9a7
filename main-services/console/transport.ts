import type { ModemLines } from '../../contract/console.ts';
import type { BootbenchError } from '../../contract/errors.ts';

/** What a console transport reports. Called in order; nothing after `closed`. */
export interface TransportEvents {
  /** Bytes as the machine sent them. The array is not reused by the transport. */
  data(bytes: Uint8Array): void;
  /** A sentence for the transcript: a speed change, lost characters, a peer's own message. */
  notice(message: string): void;
  /** The connection ended, once: by the peer or the cable with the error that says why, or by `close()` without one. */
  closed(error?: BootbenchError): void;
}

/** One open connection to a machine's console. Methods throw BootbenchError: E_CONSOLE_GONE, E_CONSOLE_UNSUPPORTED. */
export interface ConsoleTransport {
  /** "/dev/ttyUSB0 at 115200 baud", "Serial over LAN of 10.0.0.5". */
  readonly description: string;
  /** Bits per second; undefined where the transport has none. */
  readonly baud: number | undefined;
  readonly canBreak: boolean;
  /** Resolves when the bytes are on their way (written to the socket or port, or acknowledged where the protocol does that). In order of calls. */
  write(bytes: Uint8Array): Promise<void>;
  sendBreak(): Promise<void>;
  /**
   * Where the transport has a speed. Resolves with the speed that is set. `auto` listens at the usual speeds until the output is readable;
   * output of other speeds is dropped. E_CONSOLE_SPEED when the machine prints nothing, or nothing readable; the speed is then as before.
   */
  setBaud?(baud: number | 'auto'): Promise<number>;
  /** Where the transport has modem lines; undefined where this port does not support them (a pty). */
  modemLines?(): Promise<ModemLines | undefined>;
  setModemLines?(lines: Pick<ModemLines, 'dtr' | 'rts'>): Promise<void>;
  /** Reading stops until `resume`, as far as the transport can hold the peer back. */
  pause(): void;
  resume(): void;
  /** Ends it on the other side, too. Never throws. Reports `closed`. */
  close(): Promise<void>;
}

/**
 * Opens the console. E_CONSOLE_UNREACHABLE, E_CONSOLE_BUSY (in use by another program or user), E_CONSOLE_PERMISSION, E_CONSOLE_AUTH,
 * E_CONSOLE_HOST_KEY, E_CANCELLED. `takeOver`: end the session of another user first, where the protocol can.
 */
export type OpenTransport = (
  events: TransportEvents,
  options: { readonly signal: AbortSignal; readonly takeOver: boolean },
) => Promise<ConsoleTransport>;
