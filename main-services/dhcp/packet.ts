import { isMachineMac } from '../../contract/primitives.ts';
import { OPTION } from './codes.ts';
import { decodeOptions } from './option-areas.ts';
import { placeOptions } from './option-placing.ts';
import { asBuffer } from '../../util/text.ts';
import { ipText, ipValue, uint16Of } from './options.ts';
import type { DhcpOptions } from './options.ts';

/** A BOOTP/DHCP message (RFC 2131 §2). Addresses as dotted quads. */
export interface DhcpPacket {
  readonly op: number;
  readonly htype: number;
  readonly hops: number;
  readonly xid: number;
  /** Seconds since the client started, as it reports; edk2 writes it in the wrong byte order. */
  readonly secs: number;
  readonly flags: number;
  readonly ciaddr: string;
  readonly yiaddr: string;
  readonly siaddr: string;
  readonly giaddr: string;
  /** The hardware address, of the length in the packet (up to 16 bytes). */
  readonly chaddr: Uint8Array;
  readonly sname: string;
  readonly file: string;
  readonly options: DhcpOptions;
}

export type Decoded = { kind: 'packet'; packet: DhcpPacket } | { kind: 'malformed'; reason: string };

const COOKIE = 0x63825363;
const FIXED = 236;
const OPTIONS_AT = FIXED + 4;
const SNAME_AT = 44;
const SNAME_SIZE = 64;
const FILE_AT = 108;
const FILE_SIZE = 128;
/** Old relays and ROMs drop anything shorter than a BOOTP message (RFC 1542 §2.1). */
const MIN_MESSAGE_BYTES = 300;
/** RFC 2132 §9.10. */
const MIN_DATAGRAM_BYTES = 576;
const IP_AND_UDP_HEADERS = 28;

/** Bytes as a message; anything else is malformed, with the reason. Never throws. */
export function decodePacket(datagram: Uint8Array): Decoded {
  const bytes = asBuffer(datagram);
  if (bytes.length < OPTIONS_AT) return malformed(`it is ${bytes.length} bytes long; a DHCP message has at least ${OPTIONS_AT}`);
  const cookie = bytes.readUInt32BE(FIXED);
  if (cookie !== COOKIE) return malformed(`its magic cookie is ${cookie.toString(16).padStart(8, '0')}, not 63825363`);
  const hlen = bytes.readUInt8(2);
  if (hlen > 16) return malformed(`its hardware address claims ${hlen} bytes; the field has 16`);
  const file = bytes.subarray(FILE_AT, FILE_AT + FILE_SIZE);
  const sname = bytes.subarray(SNAME_AT, SNAME_AT + SNAME_SIZE);
  const areas = decodeOptions({ main: bytes.subarray(OPTIONS_AT), file, sname });
  if (areas.kind === 'malformed') return areas;
  return {
    kind: 'packet',
    packet: {
      op: bytes.readUInt8(0),
      htype: bytes.readUInt8(1),
      hops: bytes.readUInt8(3),
      xid: bytes.readUInt32BE(4),
      secs: bytes.readUInt16BE(8),
      flags: bytes.readUInt16BE(10),
      ciaddr: ipText(bytes.subarray(12, 16)),
      yiaddr: ipText(bytes.subarray(16, 20)),
      siaddr: ipText(bytes.subarray(20, 24)),
      giaddr: ipText(bytes.subarray(24, 28)),
      chaddr: Uint8Array.from(bytes.subarray(28, 28 + hlen)),
      sname: areas.overloaded.sname ? '' : untilNul(sname),
      file: areas.overloaded.file ? '' : untilNul(file),
      options: areas.options,
    },
  };
}

export interface Encoded {
  readonly bytes: Uint8Array;
  /** Codes of options for which there was no room in any area. */
  readonly dropped: number[];
}

/** At least 300 bytes, at most `maxSize` (UDP payload). Options stay in order; those that do not fit use `file` and `sname` if free (option 52). */
export function encodePacket(packet: DhcpPacket, maxSize = 1472): Encoded {
  const placed = placeOptions(packet.options, {
    main: Math.max(maxSize, MIN_MESSAGE_BYTES) - OPTIONS_AT,
    file: packet.file === '' ? FILE_SIZE : 0,
    sname: packet.sname === '' ? SNAME_SIZE : 0,
  });
  const bytes = Buffer.alloc(Math.max(MIN_MESSAGE_BYTES, OPTIONS_AT + placed.main.length));
  bytes.set([packet.op, packet.htype, packet.chaddr.length, packet.hops]);
  bytes.writeUInt32BE(packet.xid, 4);
  bytes.writeUInt16BE(packet.secs, 8);
  bytes.writeUInt16BE(packet.flags, 10);
  [packet.ciaddr, packet.yiaddr, packet.siaddr, packet.giaddr].forEach((address, index) => {
    bytes.set(ipValue(address), 12 + 4 * index);
  });
  bytes.set(packet.chaddr.subarray(0, 16), 28);
  bytes.write(packet.sname, SNAME_AT, SNAME_SIZE - 1, 'latin1');
  bytes.write(packet.file, FILE_AT, FILE_SIZE - 1, 'latin1');
  bytes.set(placed.sname, SNAME_AT);
  bytes.set(placed.file, FILE_AT);
  bytes.writeUInt32BE(COOKIE, FIXED);
  bytes.set(placed.main, OPTIONS_AT);
  return { bytes, dropped: placed.dropped };
}

/**
 * The MAC of the client in lower-case with colons; undefined for anything but 6-byte Ethernet (RFC 1700 hardware type 1), and for
 * addresses that no machine can have.
 */
export function macOf(packet: DhcpPacket): string | undefined {
  if (packet.htype !== 1 || packet.chaddr.length !== 6) return undefined;
  const mac = hexOf(packet.chaddr);
  return isMachineMac(mac) ? mac : undefined;
}

/** Bytes as hex with colons. */
export function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** A name longer than the `file` field goes into option 67 only: it is never truncated. */
export function fitsFileField(name: string): boolean {
  return name.length < FILE_SIZE;
}

/**
 * The largest reply a client accepts, in bytes of UDP payload. Option 57 is read as the IP datagram (as ISC dhcpd does), so a
 * client that means the message itself gets 28 bytes less than it accepts; its smallest legal value, and the default, is 576.
 */
export function largestReply(options: DhcpOptions, mtu: number): number {
  const requested = uint16Of(options, OPTION.maxSize) ?? MIN_DATAGRAM_BYTES;
  return Math.min(Math.max(requested, MIN_DATAGRAM_BYTES), mtu) - IP_AND_UDP_HEADERS;
}

function untilNul(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? field.length : end);
}

function malformed(reason: string): { kind: 'malformed'; reason: string } {
  return { kind: 'malformed', reason };
}
