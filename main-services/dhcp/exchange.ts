import type { Clock } from '../../contract/runtime.ts';
import { OPTION } from './codes.ts';
import { messageTypeOf } from './options.ts';
import type { DhcpPacket } from './packet.ts';
import { relayInfoOf } from './relay-info.ts';

/** What a machine says of itself and of how it boots. RFC 2131 §4.3.1 wants it in every message; some ROMs say it once. */
const SAID_ONCE: readonly number[] = [OPTION.vendorClass, OPTION.userClass, OPTION.arch, OPTION.undi, OPTION.machineId, OPTION.ipxe];

/** Firmware asks again after 4, 8, 16 and 32 s with the same transaction. */
const EXCHANGE_MS = 120_000;
const MOST_EXCHANGES = 4096;
/** A longer value is no class or architecture. */
const LONGEST_VALUE = 255;

interface Exchange {
  readonly xid: number;
  readonly until: number;
  readonly options: readonly (readonly [number, Uint8Array])[];
  readonly serverId: string | undefined;
}

/** A message beside what its machine said before in the same transaction. */
export interface Recalled {
  /** With the options that the DISCOVER had and this message leaves out. */
  readonly packet: DhcpPacket;
  /** Their codes. */
  readonly codes: readonly number[];
  /** The server identifier that the machine was given in place of ours (RFC 5107). */
  readonly serverId?: string;
}

export interface Exchanges {
  /** Notes a DISCOVER; other messages are not noted. */
  note(mac: string, packet: DhcpPacket): void;
  /** Completes a REQUEST from the DISCOVER of the same machine and transaction. Other messages come back as they are. */
  recall(mac: string, packet: DhcpPacket): Recalled;
}

/** Remembers the newest DISCOVER of each machine for two minutes, of at most 4,096 machines; the oldest are forgotten first. */
export function createExchanges(clock: Pick<Clock, 'now'>): Exchanges {
  const byMac = new Map<string, Exchange>();

  return {
    note(mac, packet) {
      if (messageTypeOf(packet.options) !== 'DISCOVER') return;
      byMac.delete(mac);
      const options = SAID_ONCE.flatMap((code): [number, Uint8Array][] => {
        const data = packet.options.get(code);
        return data && data.length <= LONGEST_VALUE ? [[code, data]] : [];
      });
      const { serverId } = relayInfoOf(packet);
      if (options.length === 0 && serverId === undefined) return;
      const [oldest] = byMac.keys();
      if (byMac.size >= MOST_EXCHANGES && oldest !== undefined) byMac.delete(oldest);
      byMac.set(mac, { xid: packet.xid, until: clock.now() + EXCHANGE_MS, options, serverId });
    },

    recall(mac, packet) {
      const known = byMac.get(mac);
      if (messageTypeOf(packet.options) !== 'REQUEST' || known?.xid !== packet.xid || known.until <= clock.now())
        return { packet, codes: [] };
      const missing = known.options.filter(([code]) => !packet.options.has(code));
      const options = new Map([...packet.options, ...missing]);
      return { packet: { ...packet, options }, codes: missing.map(([code]) => code), serverId: known.serverId };
    },
  };
}
