import { describe, expect, it } from 'vitest';
import { encodeRoutes } from '../../../main-services/dhcp/option-routes.ts';
import { encodeDomainSearch } from '../../../main-services/dhcp/option-search.ts';
import { decodeDomainSearch, decodeRoutes } from './option-decoders.ts';

describe('option 121, classless routes (RFC 3442)', () => {
  const routes = [
    { destination: '10.0.0.0/8', router: '192.168.1.10' },
    { destination: '172.16.0.0/12', router: '192.168.1.20' },
  ];
  const bytes = Buffer.from(
    '08' +
      '0a' +
      'c0a8010a' + // 10.0.0.0/8 needs one byte of its network
      '0c' +
      'ac10' +
      'c0a80114', // 172.16.0.0/12 needs two
    'hex',
  );

  it('has the bytes that Tinkerbell’s test has', () => {
    expect(Buffer.from(encodeRoutes(routes))).toEqual(bytes);
    expect(decodeRoutes(bytes)).toEqual(routes);
  });

  it('writes the default route without any byte of a network', () => {
    expect(Buffer.from(encodeRoutes([{ destination: '0.0.0.0/0', router: '10.0.0.1' }])).toString('hex')).toBe('000a000001');
  });

  it.each([
    ['a prefix over 32', '210a0000000a000001'],
    ['a route that is cut off', '080ac0a801'],
  ])('refuses %s', (_name, hex) => {
    expect(decodeRoutes(Buffer.from(hex, 'hex'))).toBeUndefined();
  });
});

describe('option 119, domain search (RFC 3397)', () => {
  const example = Buffer.concat([
    Buffer.from('\x03eng\x05apple\x03com\x00', 'latin1'), // offset 0; "apple" is at 4
    Buffer.from('\x09marketing\xc0\x04', 'latin1'), // points to "apple.com"
  ]);

  it('reads the compressed example of the RFC', () => {
    expect(decodeDomainSearch(example)).toEqual(['eng.apple.com', 'marketing.apple.com']);
  });

  it('writes names in full, and leaves out what DNS could not carry', () => {
    const written = encodeDomainSearch(['lab.example.', 'a..b', 'x'.repeat(64)]);
    expect(Buffer.from(written).toString('latin1')).toBe('\x03lab\x07example\x00');
  });

  it.each([
    ['a pointer to itself', [0xc0, 0x00]],
    ['two pointers that point at each other', [0xc0, 0x02, 0xc0, 0x00]],
    ['a pointer past the end', [0x01, 0x61, 0xc0, 0x20]],
    ['half a pointer', [0x01, 0x61, 0xc0]],
    ['a label that is cut off', [0x05, 0x61]],
    ['a name without an end', [0x01, 0x61]],
    ['a label of the reserved kinds', [0x41, 0x61, 0x00]],
  ])('refuses %s', (_name, bytes) => {
    expect(decodeDomainSearch(Uint8Array.from(bytes))).toBeUndefined();
  });

  it('refuses a name over 255 bytes', () => {
    const label = Buffer.from(`\x3f${'a'.repeat(63)}`, 'latin1');
    expect(decodeDomainSearch(Buffer.concat([label, label, label, label, Buffer.of(0)]))).toBeUndefined();
  });
});
