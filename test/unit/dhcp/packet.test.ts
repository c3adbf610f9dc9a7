import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPTION } from '../../../main-services/dhcp/codes.ts';
import { byteOf, ipOf, messageTypeOf, parameterListOf, subOptions, textOf, uint16Of } from '../../../main-services/dhcp/options.ts';
import { decodePacket, encodePacket, fitsFileField, largestReply, macOf, type DhcpPacket } from '../../../main-services/dhcp/packet.ts';
import { request } from './dhcp-fixture.ts';
import { ipsOf, uint32Of } from './option-decoders.ts';

/** The 236 bytes before the cookie. */
const HEADER = Buffer.concat([
  Buffer.from([1, 1, 6, 0]), // op: request, htype: Ethernet, hlen, hops
  Buffer.from([0x3d, 0x85, 0x77, 0x55]), // xid
  Buffer.from([0x00, 0x04]), // secs
  Buffer.from([0x80, 0x00]), // flags: broadcast
  Buffer.from([10, 0, 0, 1]), // ciaddr
  Buffer.from([10, 0, 0, 2]), // yiaddr
  Buffer.from([10, 0, 0, 3]), // siaddr
  Buffer.from([10, 0, 0, 4]), // giaddr
  Buffer.from([0x52, 0x54, 0x00, 0x88, 0x00, 0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), // chaddr
  Buffer.concat([Buffer.from('lab-server'), Buffer.alloc(54)]), // sname
  Buffer.concat([Buffer.from('ipxe.efi'), Buffer.alloc(120)]), // file
]);
const COOKIE = Buffer.from([0x63, 0x82, 0x53, 0x63]);

function datagram(options: number[], header: Uint8Array = HEADER): Buffer {
  return Buffer.concat([header, COOKIE, Buffer.from(options)]);
}

function packetOf(bytes: Uint8Array): DhcpPacket {
  const decoded = decodePacket(bytes);
  if (decoded.kind === 'malformed') throw new Error(decoded.reason);
  return decoded.packet;
}

function reasonOf(bytes: Uint8Array): string {
  const decoded = decodePacket(bytes);
  return decoded.kind === 'malformed' ? decoded.reason : 'it was taken';
}

describe('decoding a message', () => {
  it('reads every field of the header', () => {
    const packet = packetOf(datagram([53, 1, 1, 255]));
    expect(packet).toMatchObject({ op: 1, htype: 1, hops: 0, xid: 0x3d857755, secs: 4, flags: 0x8000 });
    expect(packet).toMatchObject({ ciaddr: '10.0.0.1', yiaddr: '10.0.0.2', siaddr: '10.0.0.3', giaddr: '10.0.0.4' });
    expect(packet).toMatchObject({ sname: 'lab-server', file: 'ipxe.efi' });
    expect(macOf(packet)).toBe('52:54:00:88:00:03');
    expect(messageTypeOf(packet.options)).toBe('DISCOVER');
  });

  it('passes over pads, wherever they are', () => {
    const packet = packetOf(datagram([0, 0, 53, 1, 3, 0, 54, 4, 10, 0, 0, 9, 0, 255]));
    expect(messageTypeOf(packet.options)).toBe('REQUEST');
    expect(ipOf(packet.options, OPTION.serverId)).toBe('10.0.0.9');
  });

  it('keeps an option that nobody has a name for', () => {
    expect(packetOf(datagram([224, 3, 1, 2, 3, 255])).options.get(224)).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('takes a 0 inside the parameter list for data, as AAVMF sends it', () => {
    expect(parameterListOf(packetOf(datagram([55, 4, 60, 0, 67, 97, 255])).options)).toEqual([60, 0, 67, 97]);
  });

  it('joins an option that comes in parts (RFC 3396)', () => {
    const packet = packetOf(datagram([67, 2, 0x61, 0x62, 53, 1, 1, 67, 1, 0x63, 255]));
    expect(textOf(packet.options, 67)).toBe('abc');
    expect([...packet.options.keys()]).toEqual([67, 53]);
  });

  it('reads on in file and sname when option 52 says so, in this order', () => {
    const header = Buffer.from(HEADER);
    header.set([12, 1, 0x73, 255], 44); // sname: option 12 "s", end
    header.set([12, 1, 0x66, 255], 108); // file: option 12 "f", end
    const packet = packetOf(datagram([52, 1, 3, 12, 1, 0x6d, 255], header));
    expect(textOf(packet.options, 12)).toBe('mfs');
    expect(packet).toMatchObject({ file: '', sname: '' });
  });

  it('does not follow an option 52 that is itself in an overloaded field', () => {
    const header = Buffer.from(HEADER);
    header.set([52, 1, 3, 255], 108);
    const packet = packetOf(datagram([52, 1, 1, 255], header));
    expect(packet.sname).toBe('lab-server');
    expect(packet.options.has(52)).toBe(false);
  });

  it('takes a message whose end mark is missing at the very end', () => {
    expect(messageTypeOf(packetOf(datagram([53, 1, 8])).options)).toBe('INFORM');
  });

  it('strips the NULs that firmware sends after text', () => {
    expect(textOf(packetOf(datagram([60, 4, 0x50, 0x58, 0, 0, 255])).options, 60)).toBe('PX');
  });

  const refused: [string, Uint8Array, RegExp][] = [
    ['an empty datagram', new Uint8Array(), /0 bytes long/],
    ['one byte', Uint8Array.of(1), /1 bytes long/],
    ['a header without a cookie', HEADER, /236 bytes long/],
    ['a wrong cookie', Buffer.concat([HEADER, Buffer.from([0x63, 0x82, 0x53, 0x64])]), /63825364/],
    ['the cookie 0', Buffer.concat([HEADER, Buffer.alloc(4)]), /00000000/],
    ['an option without a length', datagram([53]), /option 53 in options has no length/],
    ['an option longer than the message', datagram([53, 200, 1]), /claims 200 bytes, but 1 are left/],
    [
      'a hardware address of 17 bytes',
      datagram([53, 1, 1, 255], Buffer.concat([Buffer.from([1, 1, 17]), HEADER.subarray(3)])),
      /claims 17/,
    ],
    ['an overloaded field that runs over', overrun(), /in file claims/],
  ];
  function overrun(): Uint8Array {
    const header = Buffer.from(HEADER);
    header.set([12, 250], 108);
    return datagram([52, 1, 1, 255], header);
  }
  it.each(refused)('calls %s malformed, with the reason', (_name, bytes, reason) => {
    expect(reasonOf(bytes)).toMatch(reason);
  });

  it('answers undefined for values that do not fit their type', () => {
    const { options } = packetOf(datagram([1, 3, 255, 255, 255, 6, 5, 1, 2, 3, 4, 5, 57, 1, 2, 51, 2, 0, 1, 53, 2, 1, 1, 255]));
    expect(ipOf(options, 1)).toBeUndefined();
    expect(ipsOf(options, 6)).toBeUndefined();
    expect(uint16Of(options, 57)).toBeUndefined();
    expect(uint32Of(options, 51)).toBeUndefined();
    expect(byteOf(options, 53)).toBeUndefined();
    expect(messageTypeOf(options)).toBeUndefined();
  });

  it('reads iPXE’s encapsulated options, and refuses those that run over', () => {
    const features = subOptions(Buffer.from('b105011af41000eb03010000170101', 'hex'));
    expect(features?.get(0xb1)).toEqual(Buffer.from('011af41000', 'hex'));
    expect(features?.get(0x17)).toEqual(Buffer.from('01', 'hex'));
    expect(subOptions(Uint8Array.of(1, 9, 1))).toBeUndefined();
  });
});

describe('encoding a message', () => {
  const plain = request();

  it('writes every byte where it belongs', () => {
    const { bytes } = encodePacket({ ...packetOf(datagram([53, 1, 1, 255])), options: new Map([[53, Uint8Array.of(1)]]) });
    expect(Buffer.from(bytes.subarray(0, 244))).toEqual(datagram([53, 1, 1, 255]));
    expect(bytes.subarray(244).every((byte) => byte === 0)).toBe(true);
  });

  it('is never shorter than 300 bytes', () => {
    expect(encodePacket(plain).bytes.length).toBe(300);
  });

  it('splits a value over 255 bytes (RFC 3396)', () => {
    const long = Buffer.alloc(300, 0x41);
    const { bytes } = encodePacket({ ...plain, options: new Map([[67, long]]) });
    expect([...bytes.subarray(240, 242)]).toEqual([67, 255]);
    expect([...bytes.subarray(242 + 255, 242 + 257)]).toEqual([67, 45]);
    expect(Buffer.from(packetOf(bytes).options.get(67)!)).toEqual(long);
  });

  it('puts what does not fit into the free file and sname fields, and says so in option 52', () => {
    const options = new Map([
      [53, Uint8Array.of(2)],
      [12, Buffer.alloc(200, 1)],
      [15, Buffer.alloc(120, 2)],
      [119, Buffer.alloc(60, 3)],
    ]);
    const { bytes, dropped } = encodePacket({ ...plain, options }, 460);
    expect(bytes.length).toBeLessThanOrEqual(460);
    expect(dropped).toEqual([]);
    const decoded = packetOf(bytes);
    for (const [code, data] of options) expect(Buffer.from(decoded.options.get(code)!)).toEqual(Buffer.from(data));
  });

  it('leaves file alone when it holds a name, and tells what had to be dropped', () => {
    const options = new Map([
      [53, Uint8Array.of(2)],
      [12, Buffer.alloc(250, 1)],
    ]);
    const { bytes, dropped } = encodePacket({ ...plain, file: 'ipxe.efi', options }, 300);
    expect(dropped).toEqual([12]);
    expect(packetOf(bytes)).toMatchObject({ file: 'ipxe.efi' });
    expect(bytes.length).toBe(300);
  });

  it('leaves out an option 82 that does not fit whole (RFC 3046 §2.2), and keeps the size that the client takes', () => {
    const options = new Map([
      [82, new Uint8Array(588).fill(1)],
      [53, Uint8Array.of(2)],
    ]);
    const { bytes, dropped } = encodePacket({ ...plain, options }, 548);
    expect([bytes.length <= 548, dropped]).toEqual([true, [82]]);
    expect(decodePacket(bytes)).toMatchObject({ kind: 'packet' });
    expect([...bytes.subarray(240, 244)]).toEqual([53, 1, 2, 255]);
    const longest = encodePacket({ ...plain, options: new Map([[82, new Uint8Array(300).fill(1)]]) }, 548);
    expect([longest.bytes.length, longest.dropped]).toEqual([545, []]);
  });

  it('writes option 82 last, where a relay takes it off', () => {
    const options = new Map([
      [82, Uint8Array.of(1, 1, 7)],
      [53, Uint8Array.of(2)],
    ]);
    expect([...encodePacket({ ...plain, options }).bytes.subarray(240, 249)]).toEqual([53, 1, 2, 82, 3, 1, 1, 7, 255]);
  });

  it('knows which names fit the file field', () => {
    expect(fitsFileField('a'.repeat(127))).toBe(true);
    expect(fitsFileField('a'.repeat(128))).toBe(false);
  });

  it.each([
    ['no option 57', undefined, 1500, 548],
    ['1472, as edk2 asks', 1472, 1500, 1444],
    ['65280, as edk2’s REQUEST asks', 65280, 1500, 1472],
    ['a size under the legal 576', 300, 1500, 548],
    ['a small MTU', 1472, 1280, 1252],
  ])('limits a reply for %s', (_name, asked, mtu, limit) => {
    const options = new Map(asked === undefined ? [] : [[57, Uint8Array.of(asked >> 8, asked & 255)] as const]);
    expect(largestReply(options, mtu)).toBe(limit);
  });
});

describe('the codec as a whole', () => {
  const address = fc.ipV4();
  const latin = (max: number) =>
    fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: max });
  const code = fc.integer({ min: 1, max: 254 }).filter((value) => value !== OPTION.overload && value !== OPTION.relayInfo);
  const options = fc.uniqueArray(fc.tuple(code, fc.uint8Array({ maxLength: 700 })), { selector: ([key]) => key, maxLength: 12 });
  const packets = fc.record({
    op: fc.constantFrom(1, 2),
    htype: fc.nat(255),
    hops: fc.nat(255),
    xid: fc.integer({ min: 0, max: 0xffffffff }),
    secs: fc.nat(65535),
    flags: fc.nat(65535),
    ciaddr: address,
    yiaddr: address,
    siaddr: address,
    giaddr: address,
    chaddr: fc.uint8Array({ maxLength: 16 }),
    sname: latin(63),
    file: latin(127),
    options: options.map((entries) => new Map(entries)),
  });
  const plain = (packet: DhcpPacket) => ({
    ...packet,
    chaddr: [...packet.chaddr],
    options: [...packet.options].map(([key, data]) => [key, [...data]]),
  });

  it('reads back what it wrote, options in their order', () => {
    fc.assert(
      fc.property(packets, (packet) => {
        const { bytes, dropped } = encodePacket(packet, 65_000);
        expect(dropped).toEqual([]);
        expect(plain(packetOf(bytes))).toEqual(plain(packet));
      }),
      { numRuns: 400 },
    );
  });

  it('keeps to its size limit, and loses nothing without saying so', () => {
    fc.assert(
      fc.property(packets, fc.integer({ min: 300, max: 1472 }), (packet, limit) => {
        const { bytes, dropped } = encodePacket(packet, limit);
        expect(bytes.length).toBeGreaterThanOrEqual(300);
        expect(bytes.length).toBeLessThanOrEqual(limit);
        const decoded = packetOf(bytes);
        for (const [key, data] of packet.options) {
          if (dropped.includes(key)) expect(decoded.options.has(key)).toBe(false);
          else expect([...decoded.options.get(key)!]).toEqual([...data]);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (tail) => {
        decodePacket(tail);
        decodePacket(Buffer.concat([HEADER, COOKIE, tail]));
      }),
      { numRuns: 2000 },
    );
  });
});
