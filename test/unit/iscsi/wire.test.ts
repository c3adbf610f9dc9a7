import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../../main-services/iscsi/wire/crc32c.ts';
import { encodePdu, headerOf, PduReader, type Digests } from '../../../main-services/iscsi/wire/pdu.ts';
import { decodeText, encodeText, numberOf } from '../../../main-services/iscsi/wire/text.ts';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');
const READ_10 = hex(`01c00000 00000000 00000000 00000000 14000000 00000400
  00000014 00000018 28000000 00000000 02000000 00000000`);

describe('CRC32C', () => {
  test.each([
    ['32 bytes of zeros', Buffer.alloc(32), 'aa36918a'],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), '43aba862'],
    ['32 bytes that increment', Buffer.from(Array.from({ length: 32 }, (_, index) => index)), '4e79dd46'],
    ['32 bytes that decrement', Buffer.from(Array.from({ length: 32 }, (_, index) => 31 - index)), '5cdb3f11'],
    ['a SCSI Read(10) PDU', READ_10, '563a96d9'],
  ])('%s: RFC 7143 appendix A', (_, bytes, expected) => {
    const sent = Buffer.alloc(4);
    sent.writeUInt32LE(crc32c(bytes));
    expect(sent.toString('hex')).toBe(expected);
  });

  test('of pieces is that of the bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.nat(100),
        (bytes, at) => crc32c(bytes.subarray(0, at), bytes.subarray(at)) === crc32c(bytes),
      ),
    );
  });
});

describe('PDUs', () => {
  const NOP = '40800000 00000003 00000000 00000000 00000001 ffffffff 00000002 00000003 00000000 00000000 00000000 00000000';

  test('with data are padded to four bytes', () => {
    const header = headerOf(0x20);
    expect(Buffer.concat(encodePdu(header, hex('616263'), { header: false, data: false })).toString('hex')).toBe(
      `2080000000000003${'00'.repeat(40)}61626300`,
    );
  });

  test.each<[Digests, number]>([
    [{ header: false, data: false }, 52],
    [{ header: true, data: false }, 56],
    [{ header: false, data: true }, 56],
    [{ header: true, data: true }, 60],
  ])('with digests %j have %i bytes, and the reader takes them', (digests, length) => {
    const bytes = Buffer.concat(encodePdu(hex(NOP), hex('616263'), digests));
    expect(bytes.length).toBe(length);
    const reader = new PduReader({ maxData: 100 });
    reader.digests = digests;
    expect([...reader.push(bytes)]).toEqual([{ opcode: 0, isImmediate: true, flags: 0x80, header: hex(NOP), data: hex('616263') }]);
  });

  test('digests of literal bytes', () => {
    const [, headerDigest] = encodePdu(Buffer.from(READ_10), new Uint8Array(), { header: true, data: true });
    expect(Buffer.from(headerDigest!).toString('hex')).toBe('563a96d9');
    const pieces = encodePdu(headerOf(0x25), Buffer.alloc(32), { header: false, data: true });
    expect(Buffer.from(pieces.at(-1)!).toString('hex')).toBe('aa36918a');
  });

  test('additional headers are read over, and the header digest counts them', () => {
    const header = Buffer.from(hex(NOP));
    header[4] = 2;
    const headers = Buffer.concat([header, hex('0005010000000000')]);
    const digest = Buffer.alloc(4);
    digest.writeUInt32LE(crc32c(headers));
    const reader = new PduReader({ maxData: 100 });
    reader.digests = { header: true, data: false };
    const [pdu] = reader.push(Buffer.concat([headers, digest, hex('61626300')]));
    expect(pdu).toMatchObject({ opcode: 0, data: hex('616263') });
  });

  test.each([
    ['header-digest', 9],
    ['header-digest', 49],
    ['data-digest', 52],
    ['data-digest', 55],
    ['data-digest', 59],
  ] as const)('a %s error is found where byte %i is wrong, and nothing is read after it', (problem, at) => {
    const digests = { header: true, data: true };
    const bytes = Buffer.concat(encodePdu(hex(NOP), hex('616263'), digests));
    bytes[at]! ^= 0x10;
    const reader = new PduReader({ maxData: 100 });
    reader.digests = digests;
    expect([...reader.push(bytes)]).toEqual([expect.objectContaining({ problem })]);
    expect([...reader.push(Buffer.concat(encodePdu(hex(NOP), hex('616263'), digests)))]).toEqual([]);
  });

  test('data that is too long is a problem as soon as the header is there', () => {
    const header = headerOf(0x05);
    header.writeUIntBE(101, 5, 3);
    const reader = new PduReader({ maxData: 100 });
    expect([...reader.push(header.subarray(0, 47))]).toEqual([]);
    expect([...reader.push(header.subarray(47))]).toEqual([{ problem: 'too-long', header }]);
    expect([...reader.push(Buffer.alloc(1000))]).toEqual([]);
  });

  test('that come one byte at a time take the memory of their bytes', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heap = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const header = headerOf(0x43);
    header.writeUIntBE(60_000, 5, 3);
    const before = heap();
    const reader = new PduReader({ maxData: 65_536 });
    expect([...reader.push(header)]).toEqual([]);
    for (let sent = 0; sent < 59_999; sent += 1) expect(reader.push(Buffer.from(Uint8Array.of(7))).next().done).toBe(true);
    expect(heap() - before).toBeLessThan(2_000_000);
    expect([...reader.push(Buffer.of(7))]).toMatchObject([{ data: Buffer.alloc(60_000, 7) }]);
  });

  test('are the same in every cut', () => {
    const cases = fc.record({
      digests: fc.record({ header: fc.boolean(), data: fc.boolean() }),
      pdus: fc.array(fc.tuple(fc.nat(0x3f), fc.uint8Array({ maxLength: 70 })), { minLength: 1, maxLength: 5 }),
      cuts: fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 30 }),
    });
    fc.assert(
      fc.property(cases, ({ digests, pdus, cuts }) => {
        const bytes = Buffer.concat(pdus.flatMap(([opcode, data]) => encodePdu(headerOf(opcode), data, digests)));
        const reader = new PduReader({ maxData: 100 });
        reader.digests = digests;
        const read = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) read.push(...reader.push(bytes.subarray(at, (at += cut))));
        expect(read.map((pdu) => ('problem' in pdu ? pdu : [pdu.opcode, new Uint8Array(pdu.data)]))).toEqual(pdus);
      }),
    );
  });
});

describe('text', () => {
  test('pairs end with NUL, values may have =, empty parts are nothing', () => {
    expect(decodeText(Buffer.from('A=1\0B=x=y\0C=\0\0\0'))).toEqual([
      ['A', '1'],
      ['B', 'x=y'],
      ['C', ''],
    ]);
    expect(
      encodeText([
        ['A', '1'],
        ['B', 'x=y'],
      ]).toString('latin1'),
    ).toBe('A=1\0B=x=y\0');
  });

  test.each(['A\0', '=1\0', `${'K'.repeat(64)}=1\0`])('%j is not text', (text) => {
    expect(decodeText(Buffer.from(text))).toBeUndefined();
  });

  test('a key has up to 63 bytes', () => {
    expect(decodeText(Buffer.from(`${'K'.repeat(63)}=1\0`))).toHaveLength(1);
  });

  test.each([
    ['8192', 8192],
    ['0x2000', 8192],
    ['0X1f', 31],
    ['', undefined],
    ['-1', undefined],
    ['1e3', undefined],
    ['12345678901', undefined],
    [' 1', undefined],
  ])('the number %j is %s', (value, expected) => {
    expect(numberOf(value)).toBe(expected);
  });
});
