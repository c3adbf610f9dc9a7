import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encodeError, encodeOack, errorText, writeDataHeader } from '../../../main-services/tftp/codec.ts';
import { encodeAck, encodeRequest } from '../../fixtures/tftp-packets.ts';

/** Text with `|` for NUL, after a two-byte operation code. */
const packet = (opcode: number, text: string) => Uint8Array.of(0, opcode, ...Buffer.from(text.replaceAll('|', '\0'), 'latin1'));

describe('requests as real clients send them', () => {
  it('edk2: size probe with windowsize', () => {
    expect(decode(packet(1, 'ipxe.efi|octet|tsize|0|blksize|1468|windowsize|4|'))).toEqual({
      kind: 'rrq',
      file: 'ipxe.efi',
      mode: 'octet',
      options: [
        ['tsize', '0'],
        ['blksize', '1468'],
        ['windowsize', '4'],
      ],
    });
  });
  it('byte by byte', () => {
    // prettier-ignore
    const bytes = Uint8Array.of(
      0, 1, // RRQ
      0x61, 0, // "a"
      0x4f, 0x43, 0x54, 0x45, 0x54, 0, // "OCTET"
      0x62, 0x6c, 0x6b, 0x73, 0x69, 0x7a, 0x65, 0, // "blksize"
      0x31, 0x30, 0x32, 0x34, 0, // "1024"
    );
    expect(decode(bytes)).toEqual({ kind: 'rrq', file: 'a', mode: 'octet', options: [['blksize', '1024']] });
    expect(encodeRequest({ kind: 'rrq', file: 'a', mode: 'OCTET', options: [['blksize', '1024']] })).toEqual(Buffer.from(bytes));
  });
  it('a request padded with NULs has no more options', () => {
    expect(decode(packet(1, 'a|octet|tsize|0||||||||'))).toMatchObject({ kind: 'rrq', options: [['tsize', '0']] });
  });
  it('an option without a value does not count', () => {
    expect(decode(packet(1, 'a|octet|tsize|'))).toMatchObject({ kind: 'rrq', options: [] });
    expect(decode(packet(1, 'a|octet|tsize|0'))).toMatchObject({ kind: 'rrq', options: [] });
  });
  it('a write request', () => expect(decode(packet(2, 'a|netascii|'))).toMatchObject({ kind: 'wrq', mode: 'netascii' }));
});

describe('malformed requests', () => {
  const bad: [string, Uint8Array, string][] = [
    ['no end of the name', packet(1, 'ipxe.efi'), 'the file name does not end'],
    ['no mode', packet(1, 'ipxe.efi|'), 'the transfer mode is missing'],
    ['an empty mode', packet(1, 'ipxe.efi||'), 'the transfer mode is missing'],
    ['an unfinished mode', packet(1, 'ipxe.efi|octet'), 'the transfer mode is missing'],
    ['no name', packet(1, '|octet|'), 'the file name is missing'],
    ['only NULs', packet(1, '||||||'), 'the file name is missing'],
    ['a long name', packet(1, `${'a'.repeat(513)}|octet|`), 'the file name is longer than 512 bytes'],
    ['1,000 options', packet(1, `a|octet|${'blksize|8|'.repeat(1000)}`), 'more than 32 options'],
    ['33 options', packet(1, `a|octet|${'blksize|8|'.repeat(33)}`), 'more than 32 options'],
  ];
  it.each(bad)('%s', (_name, bytes, reason) => {
    expect(decode(bytes)).toEqual({ kind: 'malformed', request: true, reason });
  });
  it('32 options can be read', () => expect(decode(packet(1, `a|octet|${'blksize|8|'.repeat(32)}`))).toMatchObject({ kind: 'rrq' }));
  it('a NUL inside a name ends it', () => {
    expect(decode(packet(1, 'ipxe.efi|../../etc/passwd|octet|'))).toMatchObject({ file: 'ipxe.efi', mode: '../../etc/passwd' });
  });
});

describe('other packets', () => {
  it.each([[[]], [[0]], [[0, 4]], [[0, 4, 0]]])('%j is too short', (bytes) => {
    expect(decode(Uint8Array.from(bytes))).toMatchObject({ kind: 'malformed', request: false });
  });
  it.each([0, 7, 255, 256, 65535])('operation %d does not exist', (opcode) => {
    expect(decode(Uint8Array.of(opcode >> 8, opcode & 255, 0, 0))).toEqual({
      kind: 'malformed',
      request: false,
      reason: `${opcode} is not a TFTP operation`,
    });
  });
  it('ACK 258', () => expect(decode(Uint8Array.of(0, 4, 1, 2))).toEqual({ kind: 'ack', block: 258 }));
  it('ACK 65535', () => expect(decode(Uint8Array.of(0, 4, 255, 255))).toEqual({ kind: 'ack', block: 65535 }));
  it('an empty DATA', () => expect(decode(Uint8Array.of(0, 3, 0, 9))).toMatchObject({ kind: 'data', block: 9, bytes: new Uint8Array() }));
  it('edk2’s ERROR after a size probe', () => {
    expect(decode(packet(5, '|\x08User aborted the transfer|'))).toEqual({ kind: 'error', code: 8, message: 'User aborted the transfer' });
  });
  it('an ERROR without text or without NUL', () => {
    expect(decode(packet(5, '||'))).toEqual({ kind: 'error', code: 0, message: '' });
    expect(decode(packet(5, '||gone'))).toEqual({ kind: 'error', code: 0, message: 'gone' });
  });
  it('an ERROR with control characters is shown without them', () => {
    expect(decode(packet(5, '||\x1b[2J\n'))).toMatchObject({ message: '?[2J?' });
  });
});

describe('what is sent', () => {
  it('OACK', () => expect(encodeOack([['blksize', '1428']])).toEqual(Buffer.from(packet(6, 'blksize|1428|'))));
  it.each([
    [1, 0, 1],
    [65535, 255, 255],
    [65536, 0, 0],
    [65537, 0, 1],
    [131072, 0, 0],
  ])('block %d has the number %d %d', (block, high, low) => {
    const packet = Uint8Array.of(9, 9, 9, 9, 9, 9);
    writeDataHeader(packet, 1, block);
    expect(packet).toEqual(Uint8Array.of(9, 0, 3, high, low, 9));
    expect(encodeAck(block)).toEqual(Uint8Array.of(0, 4, high, low));
  });
  it('ERROR', () => expect(encodeError(1, 'no')).toEqual(Buffer.from(packet(5, '|\x01no|'))));
  it('an error’s text is printable ASCII', () => {
    expect(errorText('the host’s “file” – gone…\n\0ß🙂')).toBe('the host\'s "file" - gone...????');
  });
  it('and under 200 bytes', () => expect(encodeError(1, 'x'.repeat(5000)).length).toBe(4 + 199 + 1));
});

describe('any bytes', () => {
  it('decode never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expect(decode(bytes).kind).toBeTypeOf('string');
      }),
      { numRuns: 2000 },
    );
  });
  it('requests come back as they were', () => {
    const word = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !text.includes('\0') && text.isWellFormed());
    fc.assert(
      fc.property(word, fc.array(fc.tuple(word, word), { maxLength: 32 }), (file, options) => {
        const request = { kind: 'rrq' as const, file, mode: 'octet', options };
        expect(decode(encodeRequest(request))).toEqual(request);
      }),
    );
  });
});
