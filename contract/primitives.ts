import * as z from 'zod';
import './input-words.ts';

/**
 * A MAC address in any notation that people and devices use (colons, dashes, Cisco dots, bare hex) as lower-case colons.
 * Undefined for anything else, also for 8- and 20-byte hardware addresses, which DHCP boot does not use here.
 */
export function parseMac(text: string): string | undefined {
  const forms = [
    /^([0-9a-f]{2}):([0-9a-f]{2}):([0-9a-f]{2}):([0-9a-f]{2}):([0-9a-f]{2}):([0-9a-f]{2})$/,
    /^([0-9a-f]{2})-([0-9a-f]{2})-([0-9a-f]{2})-([0-9a-f]{2})-([0-9a-f]{2})-([0-9a-f]{2})$/,
    /^([0-9a-f]{2})([0-9a-f]{2})\.([0-9a-f]{2})([0-9a-f]{2})\.([0-9a-f]{2})([0-9a-f]{2})$/,
    /^([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/,
  ];
  const lower = text.toLowerCase();
  for (const form of forms) {
    const match = form.exec(lower);
    if (match) return match.slice(1).join(':');
  }
  return undefined;
}

/** Whether one machine can have this address (lower-case, with colons): not all zeros, and neither multicast nor broadcast (IEEE 802-2014 §8.2). */
export function isMachineMac(mac: string): boolean {
  return (parseInt(mac.slice(0, 2), 16) & 1) === 0 && mac !== '00:00:00:00:00:00';
}

/** `52:54:00:…` as `52-54-00-…`, the form that BMC URL parsers accept. */
export function dashedMac(mac: string): string {
  return mac.replaceAll(':', '-');
}

export const Mac = z.string().transform((text, context) => {
  const mac = parseMac(text);
  if (mac !== undefined) return mac;
  context.addIssue({ code: 'custom', message: `"${text}" is not a MAC address` });
  return z.NEVER;
});

export const IPv4 = z.ipv4();

/** A dotted quad as an unsigned 32-bit number. */
export function ipv4ToNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function numberToIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

/** Whether two addresses are in one subnet of the given netmask. */
export function sameSubnet(a: string, b: string, netmask: string): boolean {
  const mask = ipv4ToNumber(netmask);
  return (ipv4ToNumber(a) & mask) === (ipv4ToNumber(b) & mask);
}

export function prefixToNetmask(prefix: number): string {
  return numberToIpv4(prefix === 0 ? 0 : 2 ** 32 - 2 ** (32 - prefix));
}

/** Undefined when the mask has holes. */
export function netmaskToPrefix(netmask: string): number | undefined {
  const bits = ipv4ToNumber(netmask).toString(2).padStart(32, '0');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : undefined;
}

/** The last address of the subnet. */
export function broadcastOf(address: string, netmask: string): string {
  const mask = ipv4ToNumber(netmask);
  return numberToIpv4(((ipv4ToNumber(address) & mask) | (~mask >>> 0)) >>> 0);
}

export const Netmask = IPv4.refine((mask) => netmaskToPrefix(mask) !== undefined, 'not a netmask');

/** Names of hosts, images and configs: they appear in URLs, file names and iSCSI names. */
export const Name = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
    'use 1 to 63 letters, digits, dots, dashes or underscores, and start and end with a letter or digit',
  );

/** A file name without folders, as it appears in a URL or on a FAT volume. */
export const FileName = z.string().regex(/^(?!\.{1,2}$)[^/\\\0]{1,127}$/, 'use a file name without slashes');

/** The number of the change that made an object what it is; increases over all objects. Set when it is stored. */
export const Seq = z.number().int().positive().optional();

/** Milliseconds since the Unix epoch. */
export const Timestamp = z.number().int();

/** `redfish://H[:P]`, `ipmi://H[:P]` or a bare host. An account in it is refused: it would be shown and logged. */
export const BmcAddress = z
  .string()
  .max(255)
  .regex(/^[^@]*$/, 'store the username and password separately; an address must not contain them');
