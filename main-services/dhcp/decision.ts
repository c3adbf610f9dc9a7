import type { Settings } from '../../contract/appliance.ts';
import type { Lease } from '../../contract/inventory.ts';
import type { BootDecision, Identity } from '../boot/boot.ts';
import type { DhcpClient } from './client.ts';
import type { MessageType } from './codes.ts';
import type { Arrival, Destination, Ports } from './destination.ts';
import type { LeaseView } from './lease-table.ts';
import type { DhcpPacket } from './packet.ts';

/** Everything that a decision may depend on, beside the packet. */
export interface DhcpContext {
  readonly mode: 'full' | 'proxy';
  /** Our address on the NIC, its netmask and its MTU in bytes. */
  readonly address: string;
  readonly netmask: string;
  readonly mtu: number;
  readonly ports: Ports;
  readonly settings: Pick<Settings, 'leaseTime' | 'router' | 'dns'>;
  readonly arrival: Arrival;
  readonly client: DhcpClient;
  readonly identity: Identity;
  /** Absent when the client does not ask for a boot file. */
  readonly boot?: BootDecision;
  readonly leases: LeaseView;
  /** Codes of options that the machine left out here and had in its DISCOVER of the same transaction; they count. */
  readonly recalled?: readonly number[];
  /** The server identifier that its relay gave the machine in place of ours, in its DISCOVER of the same transaction (RFC 5107). */
  readonly givenId?: string;
  /** Why machines that we do not know get no address for now (another server answers, or we are still looking). */
  readonly held?: string;
}

/** What becomes of a lease; done by whoever sends the reply. */
export type LeaseEffect =
  | { kind: 'offer'; ip: string; probe: boolean }
  | { kind: 'bind'; ip: string; seconds: number; hostname?: string; vendorClass?: string; relay?: string }
  | { kind: 'release'; ip: string }
  | { kind: 'decline'; ip: string }
  | { kind: 'withdraw' };

export type Decision =
  | {
      kind: 'reply';
      type: MessageType;
      packet: DhcpPacket;
      to: Destination;
      /** Bytes of UDP payload. */
      maxSize: number;
      effect?: LeaseEffect;
      reasons: string[];
    }
  /** A message that takes no answer, but means something. */
  | { kind: 'noted'; effect: LeaseEffect; reasons: string[] }
  /** `full`: the pool is used up. `foreign`: not from a machine that we serve, or not for us, so nothing of it may be kept. */
  | { kind: 'ignored'; reason: string; effect?: LeaseEffect; full?: boolean; foreign?: boolean };

export function ignored(reason: string, effect?: LeaseEffect): Decision {
  return { kind: 'ignored', reason, effect };
}

/** Whether we know the machine: it is a host, or it had an address from us. */
export function isKnown(identity: Identity, lease: Lease | undefined): boolean {
  return identity.kind === 'host' || lease !== undefined;
}
