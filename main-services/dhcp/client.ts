import type { BootClient } from '../boot/boot.ts';
import { OPTION } from './codes.ts';
import { asBuffer, printable } from '../../util/text.ts';
import { messageTypeOf, textOf } from './options.ts';
import type { DhcpOptions } from './options.ts';
import type { DhcpPacket } from './packet.ts';
import {
  IS_IPXE,
  machineIdLength,
  machineIdType,
  netbootClass,
  NO_ARCHITECTURE,
  NO_INTERFACE_TYPE,
  NO_VENDOR_CLASS,
  noBootRequest,
  otherVendorClass,
} from './sentences.ts';

/** What a packet reveals about its sender. */
export interface DhcpClient {
  readonly boot: BootClient;
  /** PXE or HTTP firmware, or iPXE. Absent: an operating system, or firmware that requests no boot file; see `reason`. */
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
  if (ipxe) return { boot, netboot: 'ipxe', reason: IS_IPXE };
  const netboot = vendorClass?.startsWith('HTTPClient') ? 'http' : 'pxe';
  return { boot, netboot, reason: netbootClass(printable(vendorClass ?? '')) };
}

/**
 * Why this is not a client that requests a boot file; undefined when it is. The same test as Tinkerbell's: DISCOVER or REQUEST, class
 * PXEClient or HTTPClient, options 93 and 94 present (RFC 4578 §2), and 97 either valid or absent: ROMs in the field leave the GUID out.
 */
export function notNetbootReason({ options }: Pick<DhcpPacket, 'options'>): string | undefined {
  const type = messageTypeOf(options);
  if (type !== 'DISCOVER' && type !== 'REQUEST') return noBootRequest(type);
  const vendorClass = textOf(options, OPTION.vendorClass);
  if (vendorClass === undefined) return NO_VENDOR_CLASS;
  if (!/^(PXE|HTTP)Client/.test(vendorClass)) return otherVendorClass(printable(vendorClass));
  if (archOf(options) === undefined) return NO_ARCHITECTURE;
  if (!options.has(OPTION.undi)) return NO_INTERFACE_TYPE;
  return machineIdProblem(options.get(OPTION.machineId) ?? new Uint8Array());
}

function machineIdProblem(id: Uint8Array): string | undefined {
  if (id.length === 0) return undefined;
  if (id.length !== 17) return machineIdLength(id.length);
  const [type = 0] = id;
  return type === 0 ? undefined : machineIdType(type);
}

/** The first architecture of option 93 (RFC 4578 §2.1). */
export function archOf(options: DhcpOptions): number | undefined {
  const data = options.get(OPTION.arch);
  return data && data.length >= 2 && data.length % 2 === 0 ? asBuffer(data).readUInt16BE(0) : undefined;
}

/** User class iPXE, raw as iPXE sends it or length-prefixed as in RFC 3004; or option 175. */
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
 * Option 97 as RFC 4122 text. The first three fields are little-endian on the wire. All zero means that the board has none;
 * it is left out, because many machines would share it.
 */
export function uuidOf(options: DhcpOptions): string | undefined {
  const data = options.get(OPTION.machineId);
  if (data?.length !== 17 || data[0] !== 0 || data.every((byte) => byte === 0)) return undefined;
  const order = [4, 3, 2, 1, 6, 5, 8, 7, 9, 10, 11, 12, 13, 14, 15, 16];
  const hex = order.map((index) => (data[index] ?? 0).toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
