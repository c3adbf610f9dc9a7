import type { RawInterfaceAddress } from './libc.ts';

/** One interface as getifaddrs(3) reports it, with its IPv4 addresses. */
export interface LinkState {
  readonly name: string;
  readonly index: number;
  /** Lower-case with colons; empty where the device has no six-byte address. */
  readonly mac: string;
  readonly addresses: readonly { address: string; netmask: string }[];
  readonly up: boolean;
  readonly carrier: boolean;
  readonly loopback: boolean;
}

// <linux/if.h>. IFF_LOWER_UP is the driver's carrier immediately; IFF_RUNNING follows it up to a second later (linkwatch).
const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;
const IFF_LOWER_UP = 0x10000;

const AF_INET = 2;
const AF_PACKET = 17;

/** Linux: `struct sockaddr_ll` names the device (index at 4, length of the MAC at 11, MAC at 12), `sockaddr_in` its addresses. */
export function linkStates(entries: readonly RawInterfaceAddress[]): LinkState[] {
  return entries
    .filter((entry) => familyOf(entry.address) === AF_PACKET)
    .map((entry) => ({
      name: entry.name,
      index: Buffer.from(entry.address).readInt32LE(4),
      mac: entry.address[11] === 6 ? hexMac(entry.address.subarray(12, 18)) : '',
      addresses: addressesOf(entry.name, entries),
      up: (entry.flags & IFF_UP) !== 0,
      carrier: (entry.flags & IFF_LOWER_UP) !== 0,
      loopback: (entry.flags & IFF_LOOPBACK) !== 0,
    }));
}

/** Alias labels such as `eth0:1` belong to eth0. */
function addressesOf(name: string, entries: readonly RawInterfaceAddress[]): { address: string; netmask: string }[] {
  return entries
    .filter((entry) => entry.name.split(':')[0] === name && familyOf(entry.address) === AF_INET)
    .map((entry) => ({ address: dotted(entry.address), netmask: dotted(entry.netmask) }));
}

function familyOf(sockaddr: Uint8Array): number {
  return sockaddr.length < 2 ? 0 : (sockaddr[0] ?? 0) | ((sockaddr[1] ?? 0) << 8);
}

/** An address without a netmask (a point-to-point port) counts as a single host. */
function dotted(sockaddr: Uint8Array): string {
  return sockaddr.length < 8 ? '255.255.255.255' : sockaddr.subarray(4, 8).join('.');
}

function hexMac(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
