/** DHCP as a machine writes and reads it, made without the appliance's codec. RFC 2131, 2132, 4578. */
export interface DhcpMessage {
  readonly xid: number;
  /** Option 53: 2 OFFER, 5 ACK, 6 NAK. */
  readonly type: number;
  readonly address: string;
  readonly nextServer: string;
  readonly options: ReadonlyMap<number, Buffer>;
  /** The field `file`, else option 67. */
  readonly bootFile: string;
  readonly mac: string;
}

/** What speaks: the ROM of a BIOS machine, iPXE, or the installed system. */
export type Speaker = 'firmware' | 'ipxe' | 'system';

export const DISCOVER = 1;
export const OFFER = 2;
export const REQUEST = 3;
export const ACK = 5;

const COOKIE = [0x63, 0x82, 0x53, 0x63];
const REPLY_TO_CLIENT = 2;

const SPEAKERS: Readonly<Record<Speaker, readonly number[]>> = {
  firmware: [
    ...option(60, 'PXEClient:Arch:00000:UNDI:002001'),
    ...[93, 2, 0, 0, 94, 3, 1, 2, 1],
    ...[55, 9, 1, 3, 6, 12, 43, 60, 66, 67, 97],
  ],
  // 175: iPXE 1.21, with HTTP (0x13) and the SAN protocols; 77 is written raw, as iPXE does.
  ipxe: [
    ...option(60, 'PXEClient:Arch:00000:UNDI:002001'),
    ...option(77, 'iPXE'),
    ...[93, 2, 0, 0, 94, 3, 1, 2, 1],
    ...[175, 12, 0xb1, 3, 1, 0x80, 0x86, 0x13, 1, 1, 0x11, 1, 1, 0],
    ...[55, 8, 1, 3, 6, 12, 43, 60, 66, 67],
  ],
  system: [...option(60, 'udhcp 1.35.0'), ...[55, 4, 1, 3, 6, 12]],
};

/** A DISCOVER, or with `chosen` the REQUEST for that offer; broadcast flag set, from no address. */
export function dhcpRequest(speaker: Speaker, mac: string, xid: number, chosen?: { address: string; server: string }): Buffer {
  const octets = Buffer.from(mac.replaceAll(':', ''), 'hex');
  const uuid = [97, 17, 0, 0x42, 0x42, 0x42, 0x42, 0, 0, 0, 0x40, 0x80, 0, ...octets];
  const picked = chosen ? [50, 4, ...ipBytes(chosen.address), 54, 4, ...ipBytes(chosen.server)] : [];
  const options = [...COOKIE, 53, 1, chosen ? REQUEST : DISCOVER, 57, 2, 5, 192, ...uuid, ...SPEAKERS[speaker], ...picked, 255];
  const packet = Buffer.alloc(Math.max(300, 236 + options.length));
  packet.set([1, 1, 6, 0]);
  packet.writeUInt32BE(xid >>> 0, 4);
  packet.writeUInt16BE(0x8000, 10);
  packet.set(octets, 28);
  packet.set(options, 236);
  return packet;
}

/** Undefined for what is not a reply of a server. */
export function parseReply(bytes: Buffer): DhcpMessage | undefined {
  if (bytes.length < 241 || bytes[0] !== REPLY_TO_CLIENT || !COOKIE.every((byte, at) => bytes[236 + at] === byte)) return undefined;
  const options = new Map<number, Buffer>();
  for (let at = 240; at < bytes.length && bytes[at] !== 255;) {
    const length = bytes[at] === 0 ? -1 : (bytes[at + 1] ?? 0);
    if (length >= 0) options.set(bytes[at]!, bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  const file = textOf(bytes.subarray(108, 236));
  return {
    xid: bytes.readUInt32BE(4),
    type: options.get(53)?.[0] ?? 0,
    address: bytes.subarray(16, 20).join('.'),
    nextServer: bytes.subarray(20, 24).join('.'),
    options,
    bootFile: file === '' ? textOf(options.get(67) ?? Buffer.alloc(0)) : file,
    mac: [...bytes.subarray(28, 34)].map((byte) => byte.toString(16).padStart(2, '0')).join(':'),
  };
}

/** An address in an option; '' without it. */
export function addressIn(message: DhcpMessage, code: number): string {
  return message.options.get(code)?.subarray(0, 4).join('.') ?? '';
}

function option(code: number, text: string): number[] {
  return [code, text.length, ...Buffer.from(text, 'latin1')];
}

function ipBytes(address: string): number[] {
  return address.split('.').map(Number);
}

function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
}
