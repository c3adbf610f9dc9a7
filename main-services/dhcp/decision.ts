import type { Settings } from '../../contract/appliance.ts';
import type { Lease } from '../../contract/inventory.ts';
import type { BootDecision, Identity } from '../boot/boot.ts';
import type { DhcpClient } from './client.ts';
import type { MessageType } from './codes.ts';
import type { Arrival, Destination, Ports } from './destination.ts';
import type { LeaseView } from './lease-choice.ts';
import type { DhcpPacket } from './packet.ts';

/** Everything that a decision may depend on, apart from the packet. */
export interface DhcpContext {
  readonly mode: 'full' | 'proxy';
  /** Bootbench's address on the NIC, its netmask, and the MTU in bytes. */
  readonly address: string;
  readonly netmask: string;
  readonly mtu: number;
  readonly ports: Ports;
  readonly settings: Pick<Settings, 'leaseTime' | 'router' | 'dns'>;
  /** Instead of the settings' and the interface's lease time, in seconds: the lease cannot be stored, or unknown machines flood the pool. */
  readonly leaseSeconds?: number | undefined;
  readonly arrival: Arrival;
  readonly client: DhcpClient;
  readonly identity: Identity;
  /** Absent when the client does not request a boot file. */
  readonly boot?: BootDecision;
  readonly leases: LeaseView;
  /** Codes of options that the client omits here and sent in its DISCOVER of the same transaction; they apply. */
  readonly recalled?: readonly number[];
  /** The server identifier that its relay set in its DISCOVER of the same transaction, in place of Bootbench's address (RFC 5107). */
  readonly relayServerId?: string;
  /** Why unknown machines get no address for now (another server responds, or the scan has not finished). */
  readonly closedBecause?: string;
}

/** What happens to a lease; carried out by the sender of the reply. */
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
  /** A message that gets no reply but changes a lease. */
  | { kind: 'recorded'; effect: Extract<LeaseEffect, { kind: 'decline' | 'release' }>; reasons: string[] }
  | IgnoredDecision;

export interface IgnoredDecision {
  readonly kind: 'ignored';
  readonly reason: string;
  readonly effect?: LeaseEffect;
  /** The pool has no address left. */
  readonly poolFull?: boolean;
}

export type ReplyDecision = Extract<Decision, { kind: 'reply' }>;
export type RecordedDecision = Extract<Decision, { kind: 'recorded' }>;

export function ignored(reason: string, effect?: LeaseEffect): IgnoredDecision {
  return { kind: 'ignored', reason, effect };
}

/** Whether a machine is known: it is a host, or Bootbench has assigned it an address before. */
export function isKnown(identity: Identity, lease: Lease | undefined): boolean {
  return identity.kind === 'host' || lease !== undefined;
}
