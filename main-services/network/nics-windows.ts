import { prefixToNetmask } from '../../contract/primitives.ts';
import type { AddressedBytes } from './iphlpapi.ts';
import type { PortFacts } from './types.ts';

/** Offsets in IP_ADAPTER_ADDRESSES_LH of 64-bit Windows (iptypes.h); all values are little-endian. */
const ADAPTER = {
  length: 0,
  index: 4,
  next: 8,
  unicast: 24,
  friendlyName: 72,
  mac: 80,
  macLength: 88,
  mtu: 96,
  type: 100,
  status: 104,
  /** Bit/s; all ones when unknown. */
  transmitSpeed: 184,
  end: 200,
} as const;

/** Offsets in IP_ADAPTER_UNICAST_ADDRESS_LH. */
const UNICAST = { next: 8, sockaddr: 16, prefix: 56, end: 57 } as const;

const IF_TYPE_IEEE80211 = 71;
/** IF_OPER_STATUS. */
const UP = 1;
const NOT_PRESENT = 6;
const AF_INET = 2;
const MAX_SPEED = 1e12;
const MAX_MTU = 65_535;
/** More than any computer has; ends a list that points to itself. */
const MAX_ENTRIES = 4096;

/**
 * The list that GetAdaptersAddresses writes. Windows leaves out ports that are disabled; one without a cable has an operational status other
 * than up. What points outside of the memory ends the list. Names are aliases ("Ethernet 2"), as netsh takes them.
 */
export function parseAdapterAddresses(memory: AddressedBytes): PortFacts[] {
  const reader = new Reader(memory);
  return reader.list(0, ADAPTER).map((at) => portAt(reader, at));
}

function portAt(reader: Reader, at: number): PortFacts {
  const status = reader.number(at + ADAPTER.status);
  const mtu = reader.number(at + ADAPTER.mtu);
  const speed = Number(reader.long(at + ADAPTER.transmitSpeed));
  return {
    name: reader.text(reader.pointer(at + ADAPTER.friendlyName)),
    index: reader.number(at + ADAPTER.index),
    mac: reader.number(at + ADAPTER.macLength) === 6 ? reader.hex(at + ADAPTER.mac, 6) : '',
    addresses: reader.list(reader.pointer(at + ADAPTER.unicast), UNICAST).flatMap((entry) => addressAt(reader, entry)),
    up: status !== NOT_PRESENT,
    carrier: status === UP,
    ...(speed > 0 && speed < MAX_SPEED ? { speed: Math.round(speed / 1e6) } : {}),
    wireless: reader.number(at + ADAPTER.type) === IF_TYPE_IEEE80211,
    mtu: mtu > 0 && mtu <= MAX_MTU ? mtu : 1500,
  };
}

function addressAt(reader: Reader, at: number): { address: string; netmask: string }[] {
  const sockaddr = reader.pointer(at + UNICAST.sockaddr);
  if (sockaddr === undefined || (reader.number(sockaddr) & 0xffff) !== AF_INET) return [];
  return [{ address: reader.dotted(sockaddr + 4), netmask: prefixToNetmask(Math.min(reader.byte(at + UNICAST.prefix), 32)) }];
}

/** The memory of structures that point to each other. Offsets outside of it read as 0. */
class Reader {
  readonly #bytes: Buffer;
  readonly #base: bigint;

  constructor({ bytes, base }: AddressedBytes) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#base = base;
  }

  /** Offsets of the entries of a linked list that are completely in the memory. */
  list(first: number | undefined, { next, end }: { readonly next: number; readonly end: number }): number[] {
    const found: number[] = [];
    for (let at = first; at !== undefined && found.length < MAX_ENTRIES; at = this.pointer(at + next)) {
      // A table without entries is memory of zeros: its first entry has no length.
      if (at + end > this.#bytes.length || this.number(at) < end) break;
      found.push(at);
    }
    return found;
  }

  byte(at: number): number {
    return this.#bytes[at] ?? 0;
  }

  number(at: number): number {
    return at + 4 <= this.#bytes.length ? this.#bytes.readUInt32LE(at) : 0;
  }

  long(at: number): bigint {
    return at + 8 <= this.#bytes.length ? this.#bytes.readBigUInt64LE(at) : 0n;
  }

  /** The offset that an address points to; undefined for a null pointer and for one out of the memory. */
  pointer(at: number): number | undefined {
    const offset = this.long(at) - this.#base;
    return offset >= 0n && offset < BigInt(this.#bytes.length) ? Number(offset) : undefined;
  }

  hex(at: number, length: number): string {
    return [...this.#bytes.subarray(at, at + length)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
  }

  dotted(at: number): string {
    return this.#bytes.subarray(at, at + 4).join('.');
  }

  /** UTF-16 up to its zero. */
  text(at: number | undefined): string {
    if (at === undefined) return '';
    let end = at;
    while (end + 2 <= this.#bytes.length && this.#bytes.readUInt16LE(end) !== 0) end += 2;
    return this.#bytes.toString('utf16le', at, end);
  }
}
