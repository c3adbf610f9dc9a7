import type { Clock } from '../../contract/runtime.ts';
import { OPTION } from './codes.ts';
import { messageTypeOf } from './options.ts';
import type { DhcpPacket } from './packet.ts';
import { relayInfoOf } from './relay-info.ts';

/** What identifies a machine and how it boots. RFC 2131 §4.3.1 requires it in every message; some ROMs send it only once. */
const IDENTITY_OPTIONS: readonly number[] = [OPTION.vendorClass, OPTION.userClass, OPTION.arch, OPTION.undi, OPTION.machineId, OPTION.ipxe];

/** Firmware retransmits after 4, 8, 16 and 32 s with the same transaction. */
const EXCHANGE_MS = 120_000;
const MAX_EXCHANGES = 4096;
/** A longer value is not a class or architecture. */
const MAX_VALUE_BYTES = 255;

interface Exchange {
  readonly xid: number;
  readonly until: number;
  readonly options: readonly (readonly [number, Uint8Array])[];
  readonly serverId: string | undefined;
}

/** A message, completed from what its machine sent before in the same transaction. */
export interface Recalled {
  /** With the options that the DISCOVER had and this message omits. */
  readonly packet: DhcpPacket;
  /** Their codes. */
  readonly codes: readonly number[];
  /** The server identifier that its relay set in place of Bootbench's address (RFC 5107). */
  readonly serverId?: string;
}

export interface Exchanges {
  /** Remembers a DISCOVER; other messages are not remembered. */
  note(mac: string, packet: DhcpPacket): void;
  /** Completes a REQUEST from the DISCOVER of the same machine and transaction. Other messages are returned unchanged. */
  recall(mac: string, packet: DhcpPacket): Recalled;
}

/** Remembers the newest DISCOVER of each machine for two minutes, of at most 4,096 machines; the oldest is forgotten first. */
export function createExchanges(clock: Pick<Clock, 'monotonic'>): Exchanges {
  const byMac = new Map<string, Exchange>();

  return {
    note(mac, packet) {
      if (messageTypeOf(packet.options) !== 'DISCOVER') return;
      byMac.delete(mac);
      const options = IDENTITY_OPTIONS.flatMap((code): [number, Uint8Array][] => {
        const data = packet.options.get(code);
        return data && data.length <= MAX_VALUE_BYTES ? [[code, data]] : [];
      });
      const { serverId } = relayInfoOf(packet);
      if (options.length === 0 && serverId === undefined) return;
      const [oldest] = byMac.keys();
      if (byMac.size >= MAX_EXCHANGES && oldest !== undefined) byMac.delete(oldest);
      byMac.set(mac, { xid: packet.xid, until: clock.monotonic() + EXCHANGE_MS, options, serverId });
    },

    recall(mac, packet) {
      const discover = byMac.get(mac);
      if (messageTypeOf(packet.options) !== 'REQUEST' || discover?.xid !== packet.xid || discover.until <= clock.monotonic())
        return { packet, codes: [] };
      const missing = discover.options.filter(([code]) => !packet.options.has(code));
      const options = new Map([...packet.options, ...missing]);
      return { packet: { ...packet, options }, codes: missing.map(([code]) => code), serverId: discover.serverId };
    },
  };
}
