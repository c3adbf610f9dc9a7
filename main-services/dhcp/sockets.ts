import type dgram from 'node:dgram';
import type { Settings } from '../../contract/appliance.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import type { Binding, DeviceSockets } from '../network/types.ts';
import { BROADCAST_ADDRESS } from './codes.ts';
import type { Arrival, Destination } from './destination.ts';
import { Nudges } from './nudges.ts';
import type { DhcpPacket } from './packet.ts';
import type { RelayPath } from './probe.ts';

/** Where PXE clients reach the boot server (PXE 2.1 §2.2.5). Tests that move port 67 get any free port. */
const PXE_PORT = 4011;
const RECEIVE_BUFFER_BYTES = 1 << 20;

type Receive = (bytes: Uint8Array, arrival: Arrival) => void;

export interface DhcpSocketsOptions {
  readonly binding: Binding;
  readonly sockets: DeviceSockets;
  readonly settings: Pick<Settings, 'dhcpPort'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The sockets of one run of the service: port 67, and in proxy mode port 4011. */
export class DhcpSockets {
  readonly #options: DhcpSocketsOptions;
  readonly #dhcp: dgram.Socket;
  readonly #nudges: Nudges;
  readonly #replyListeners = new Set<(packet: DhcpPacket, source: string) => void>();
  #pxe: dgram.Socket | undefined;
  #receive: Receive = () => undefined;
  #closed = false;

  private constructor(options: DhcpSocketsOptions, dhcp: dgram.Socket, nudges: Nudges) {
    this.#options = options;
    this.#dhcp = dhcp;
    this.#nudges = nudges;
  }

  /** Opens port 67. Errors as `DeviceSockets.udp`. */
  static async open(options: DhcpSocketsOptions): Promise<DhcpSockets> {
    const { sockets, binding, settings } = options;
    const dhcp = await sockets.udp(binding.nic, settings.dhcpPort, { broadcast: true });
    try {
      return new DhcpSockets(options, dhcp, await Nudges.open(options));
    } catch (error) {
      dhcp.close();
      throw error;
    }
  }

  get ports(): { dhcp: number; pxe?: number } {
    return { dhcp: this.#dhcp.address().port, pxe: this.#pxe?.address().port };
  }

  /** Starts to receive. Called once. */
  listen(receive: Receive): void {
    this.#receive = receive;
    this.#attach(this.#dhcp, 'dhcp');
  }

  /** Opens the port of the boot server, unless it is open. Errors as `DeviceSockets.udp`. */
  async openPxe(): Promise<void> {
    if (this.#pxe) return;
    const { sockets, binding, settings } = this.#options;
    const socket = await sockets.udp(binding.nic, settings.dhcpPort === 67 ? PXE_PORT : 0);
    if (this.#closed) {
      socket.close();
      return;
    }
    this.#pxe = socket;
    this.#attach(socket, 'pxe');
  }

  send(bytes: Uint8Array, to: Destination, from: Arrival['port'] = 'dhcp'): void {
    const { log } = this.#options;
    const socket = from === 'pxe' && this.#pxe ? this.#pxe : this.#dhcp;
    try {
      socket.send(bytes, to.port, to.address, (error) => {
        if (error) log.warn({ error, ...to }, 'A DHCP datagram could not be sent');
      });
    } catch (error) {
      log.warn({ error, ...to }, 'A DHCP datagram could not be sent');
    }
  }

  /** Makes the system resolve an address; false where it cannot now. */
  nudge(ip: string): boolean {
    return this.#nudges.send(ip);
  }

  /** For scans while port 68 is taken. */
  get relayPath(): RelayPath {
    return {
      send: (bytes) => this.send(bytes, { address: BROADCAST_ADDRESS, port: this.#options.settings.dhcpPort }),
      onReply: (listener) => {
        this.#replyListeners.add(listener);
        return () => this.#replyListeners.delete(listener);
      },
    };
  }

  /** Passes a reply of another server to the scan that waits for it. */
  replyReceived(packet: DhcpPacket, source: string): void {
    for (const listener of this.#replyListeners) listener(packet, source);
  }

  close(): void {
    this.#closed = true;
    this.#dhcp.close();
    this.#nudges.close();
    this.#pxe?.close();
  }

  #attach(socket: dgram.Socket, port: Arrival['port']): void {
    enlargeBuffer(socket);
    socket.on('error', (error) => this.#options.log.error({ error, port }, 'The DHCP socket failed'));
    socket.on('message', (bytes, { address, port: from }) => {
      this.#receive(bytes, { port, source: { address, port: from } });
    });
  }
}

/** Many machines that are switched on together send faster than one turn of the event loop reads. */
function enlargeBuffer(socket: dgram.Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // The system's own size remains.
  }
}
