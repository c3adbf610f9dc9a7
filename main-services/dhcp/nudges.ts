import type dgram from 'node:dgram';
import type { Clock, Log } from '../../contract/runtime.ts';
import type { Binding, DeviceSockets } from '../network/types.ts';

/** Any datagram makes the system resolve the MAC of an address. */
const NUDGE = Uint8Array.of(0);
const DISCARD_PORT = 9;
/**
 * A datagram to an address that no machine has stays in the system for 3 s (Linux: three ARP requests, a second apart), and counts in the send
 * buffer of its socket: one socket holds about 277, and nothing else gets through it meanwhile. The table of neighbours has 1,024 entries.
 */
const UNRESOLVED_MS = 3000;
const MAX_UNRESOLVED = 512;
const SOCKETS = 4;

export interface NudgesOptions {
  readonly binding: Binding;
  readonly sockets: DeviceSockets;
  readonly clock: Clock;
  readonly log: Log;
}

/** Makes the system resolve addresses, for the conflict probe. Sockets of its own, so that no reply waits behind an address without a machine. */
export class Nudges {
  readonly #options: NudgesOptions;
  readonly #sockets: readonly dgram.Socket[];
  /** When each of the last was sent, oldest first; in ms of the monotonic clock. */
  #sentAt: number[] = [];
  #next = 0;

  private constructor(options: NudgesOptions, sockets: readonly dgram.Socket[]) {
    this.#options = options;
    this.#sockets = sockets;
  }

  /** Errors as `DeviceSockets.udp`. */
  static async open(options: NudgesOptions): Promise<Nudges> {
    const { sockets, binding, log } = options;
    const opened: dgram.Socket[] = [];
    try {
      for (let count = 0; count < SOCKETS; count += 1) opened.push(await sockets.udp(binding.nic, 0));
    } catch (error) {
      for (const socket of opened) socket.close();
      throw error;
    }
    // An address without a machine is reported as an error of the socket.
    for (const socket of opened) socket.on('error', (error) => log.debug({ error }, 'a socket of the conflict probe failed'));
    return new Nudges(options, opened);
  }

  /** False, and nothing is sent, where the system resolves as many addresses as its table has room for. Never throws. */
  send(ip: string): boolean {
    const now = this.#options.clock.monotonic();
    if (this.#sentAt.length >= MAX_UNRESOLVED) this.#sentAt = this.#sentAt.filter((at) => now - at < UNRESOLVED_MS);
    if (this.#sentAt.length >= MAX_UNRESOLVED) return false;
    this.#sentAt.push(now);
    this.#next = (this.#next + 1) % this.#sockets.length;
    try {
      this.#sockets[this.#next]?.send(NUDGE, DISCARD_PORT, ip, () => undefined);
      return true;
    } catch (error) {
      this.#options.log.debug({ error, ip }, 'the conflict probe could not send');
      return false;
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }
}
