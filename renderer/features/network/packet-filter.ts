import type { BenchEvent } from '../../../contract/appliance.ts';
import { parseMac } from '../../../contract/primitives.ts';

/** The packet log: what went over the wire by DHCP and TFTP. */
export function isPacket({ type }: Pick<BenchEvent, 'type'>): boolean {
  return type.startsWith('dhcp.') || type.startsWith('tftp.');
}

/** A whole MAC in any notation, or the part of one that was typed so far, or a host's name. */
export function packetsOf(events: readonly BenchEvent[], wanted: string, macOfIp: (ip: string) => string | undefined): BenchEvent[] {
  const packets = events.filter(isPacket);
  const text = wanted.trim().toLowerCase();
  if (text === '') return packets;
  const bare = plain(parseMac(text) ?? text);
  return packets.filter(({ host, mac, ip }) => {
    const known = mac ?? (ip === undefined ? undefined : macOfIp(ip));
    return (bare !== '' && known !== undefined && plain(known).includes(bare)) || host?.toLowerCase().includes(text) === true;
  });
}

function plain(mac: string): string {
  return mac.replaceAll(/[^0-9a-f]/g, '');
}

/** Why it was answered so, where the event tells. */
export function reasonsOf({ data }: Pick<BenchEvent, 'data'>): string[] {
  return Array.isArray(data.reasons) ? data.reasons : [];
}
