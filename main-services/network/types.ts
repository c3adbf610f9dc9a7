import type dgram from 'node:dgram';
import type net from 'node:net';
import type { Nic } from '../../contract/appliance.ts';

/** A NIC as the tool of the operating system reports it; the rest of `Nic` is derived. */
export interface PortFacts {
  readonly name: string;
  readonly mac: string;
  readonly index: number;
  readonly addresses: readonly { address: string; netmask: string }[];
  readonly up: boolean;
  readonly carrier: boolean;
  readonly speed?: number;
  readonly wireless: boolean;
  readonly mtu: number;
}

/** Where a boot-plane service listens: one NIC, its address there. */
export interface Binding {
  readonly nic: Nic;
  readonly address: string;
  readonly netmask: string;
}

/**
 * Opens sockets bound to one NIC. Errors: E_PORT_IN_USE (names the process if known),
 * E_PORT_PERMISSION (with the command), E_DEVICE_BIND, E_NIC_GONE. Port 0 = any free port.
 */
export interface DeviceSockets {
  udp(nic: Nic, port: number, options?: { broadcast?: boolean; address?: string }): Promise<dgram.Socket>;
  listen(server: net.Server, nic: Nic, port: number): Promise<number>;
}

/** Two sockets at one port. Whoever opened them closes them, once. */
export interface PeerSockets {
  /** Connected to the peer: it gets what the peer sends, and needs no route for each packet. */
  readonly fd: number;
  /** Gets what anyone else sends to the port. Undefined where it could not be opened: then the system answers them with an ICMP message. */
  readonly strangers: number | undefined;
  close(): void;
}

/** UDP sockets bound to one NIC, as descriptors that do not block. Linux only. Errors as in `DeviceSockets`. */
export interface RawSockets {
  /** At any free port of the address, for one peer. */
  udp(nic: Nic, address: string, peer: { readonly ip: string; readonly port: number }): Promise<PeerSockets>;
}

/** A boot-plane service. `start` throws BootbenchError when it cannot listen; `stop` is idempotent. */
export interface BoundService {
  start(binding: Binding): Promise<{ port: number; message: string }>;
  stop(): Promise<void>;
}
