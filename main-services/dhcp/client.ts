import type { BootClient } from '../boot/boot.ts';
import { OPTION } from './codes.ts';
import { asBuffer, printable } from '../../util/text.ts';
import { messageTypeOf, textOf } from './options.ts';
import type { DhcpOptions } from './options.ts';
import type { DhcpPacket } from './packet.ts';

/** What the packet says of the machine behind it. */
export interface DhcpClient {
  readonly boot: BootClient;
  /** PXE or HTTP firmware, or iPXE. Absent: an operating system, or firmware that does not ask to boot; `why` tells. */
  readonly netboot: 'pxe' | 'http' | 'ipxe' | undefined;
  readonly reason: string;
}

export function clientOf(packet: DhcpPacket, mac: string): DhcpClient {
  const { options } = packet;
  const vendorClass = textOf(options, OPTION.vendorClass);
  const ipxe = isIpxe(options);
  const refusal = notNetbootReason(packet);
  const boot = { mac, arch: archOf(options), uuid: uuidOf(options), vendorClass, ipxe };
  if (refusal !== undefined) return { boot, netboot: undefined, reason: refusal };
  if (ipxe) return { boot, netboot: 'ipxe', reason: 'it is iPXE (user class or option 175)' };
  const netboot = vendorClass?.startsWith('HTTPClient') ? 'http' : 'pxe';
  return { boot, netboot, reason: `its class is ${printable(vendorClass ?? '')}` };
}

/**
 * Why this is not a client that wants a boot file; undefined when it is. The same test as Tinkerbell's: DISCOVER or REQUEST, class
 * PXEClient or HTTPClient, options 93 and 94 there (RFC 4578 §2), and 97 either right or absent: ROMs in the wild leave the GUID out.
 */
export function notNetbootReason(packet: DhcpPacket): string | undefined {
  const { options } = packet;
  const type = messageTypeOf(options);
  if (type !== 'DISCOVER' && type !== 'REQUEST') return `a ${type ?? 'message without type'} does not ask for a boot file`;
  const vendorClass = textOf(options, OPTION.vendorClass);
  if (vendorClass === undefined) return 'it names no class (option 60)';
  if (!/^(PXE|HTTP)Client/.test(vendorClass)) return `its class "${printable(vendorClass)}" is neither PXEClient nor HTTPClient`;
  if (archOf(options) === undefined) return 'it names no architecture (option 93)';
  if (!options.has(OPTION.undi)) return 'it names no network interface type (option 94)';
  const id = options.get(OPTION.machineId);
  if (id && id.length !== 0 && id.length !== 17) return `its machine identifier (option 97) has ${id.length} bytes, not 17`;
  if (id?.length === 17 && id[0] !== 0) return `its machine identifier (option 97) is of type ${id[0] ?? 0}, not 0`;
  return undefined;
}

/** The first architecture of option 93 (RFC 4578 §2.1). */
export function archOf(options: DhcpOptions): number | undefined {
  const data = options.get(OPTION.arch);
  return data && data.length >= 2 && data.length % 2 === 0 ? asBuffer(data).readUInt16BE(0) : undefined;
}

/** User class iPXE, raw as iPXE sends it or length-prefixed as RFC 3004 wants it; or option 175. */
export function isIpxe(options: DhcpOptions): boolean {
  if (options.has(OPTION.ipxe)) return true;
  const data = options.get(OPTION.userClass);
  if (!data) return false;
  return asBuffer(data).toString('latin1') === 'iPXE' || userClasses(data).includes('iPXE');
}

function userClasses(data: Uint8Array): string[] {
  const classes: string[] = [];
  let at = 0;
  while (at < data.length) {
    const length = data[at] ?? 0;
    const name = data.subarray(at + 1, at + 1 + length);
    if (name.length === length) classes.push(asBuffer(name).toString('latin1'));
    at += 1 + length;
  }
  return classes;
}

/**
 * Option 97 as RFC 4122 text. The first three fields are little-endian on the wire. All zero means that the board has none, and
 * would make one machine of many: undefined.
 */
export function uuidOf(options: DhcpOptions): string | undefined {
  const data = options.get(OPTION.machineId);
  if (data?.length !== 17 || data[0] !== 0 || data.every((byte) => byte === 0)) return undefined;
  const order = [4, 3, 2, 1, 6, 5, 8, 7, 9, 10, 11, 12, 13, 14, 15, 16];
  const hex = order.map((index) => (data[index] ?? 0).toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
