import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Options } from '../../../main-services/tftp/codec.ts';
import { negotiate } from '../../../main-services/tftp/negotiate.ts';

const ETHERNET = { mtu: 1500, size: 987_654 };
const defaults = { blksize: 512, windowsize: 1, accepted: [] };

describe('what is agreed to', () => {
  const table: [string, Options, object][] = [
    ['nothing asked', [], defaults],
    [
      'edk2',
      [
        ['tsize', '0'],
        ['blksize', '1468'],
        ['windowsize', '4'],
      ],
      {
        blksize: 1468,
        windowsize: 4,
        accepted: [
          ['tsize', '987654'],
          ['blksize', '1468'],
          ['windowsize', '4'],
        ],
      },
    ],
    [
      'iPXE',
      [
        ['blksize', '1432'],
        ['tsize', '0'],
      ],
      {
        blksize: 1432,
        windowsize: 1,
        accepted: [
          ['blksize', '1432'],
          ['tsize', '987654'],
        ],
      },
    ],
    ['an unknown option', [['multicast', '']], defaults],
    ['a name that objects have', [['constructor', '1']], defaults],
    ['spelled in capitals', [['BLKSIZE', '1024']], { ...defaults, blksize: 1024, accepted: [['BLKSIZE', '1024']] }],
    [
      'given twice, the first counts',
      [
        ['blksize', '1024'],
        ['BlkSize', '8'],
      ],
      { ...defaults, blksize: 1024, accepted: [['blksize', '1024']] },
    ],
  ];
  it.each(table)('%s', (_name, options, expected) => expect(negotiate(options, ETHERNET)).toEqual(expected));
});

describe('blksize (RFC 2348)', () => {
  const table: [string, number, number | undefined][] = [
    ['8', 1500, 8],
    ['7', 1500, undefined],
    ['0', 1500, undefined],
    ['512', 1500, 512],
    ['1428', 1500, 1428],
    ['1468', 1500, 1468],
    ['1469', 1500, 1468],
    ['8192', 1500, 1468],
    ['8192', 9000, 8192],
    ['65464', 9000, 8968],
    ['65464', 65536, 65464],
    ['65535', 65536, 65464],
    ['99999999999', 1500, 1468],
    ['1024', 576, 544],
    ['1024', 0, 8],
    ['-1', 1500, undefined],
    ['1e3', 1500, undefined],
    ['0x400', 1500, undefined],
    ['', 1500, undefined],
    [' 512', 1500, undefined],
    ['9'.repeat(400), 1500, undefined],
  ];
  it.each(table)('%s at MTU %d', (value, mtu, expected) => {
    const agreed = negotiate([['blksize', value]], { mtu, size: 1 });
    expect(agreed.blksize).toBe(expected ?? 512);
    expect(agreed.accepted).toEqual(expected === undefined ? [] : [['blksize', String(expected)]]);
  });
});

describe('windowsize (RFC 7440)', () => {
  const table: [string, number | undefined][] = [
    ['1', 1],
    ['16', 16],
    ['64', 64],
    ['65', 64],
    ['65535', 64],
    ['65536', undefined],
    ['0', undefined],
    ['-4', undefined],
    ['x', undefined],
  ];
  it.each(table)('%s', (value, expected) => {
    const agreed = negotiate([['windowsize', value]], ETHERNET);
    expect(agreed.windowsize).toBe(expected ?? 1);
    expect(agreed.accepted).toEqual(expected === undefined ? [] : [['windowsize', String(expected)]]);
  });
  it('a window fits into a receive buffer of the default size', () => {
    const asked: Options = [
      ['windowsize', '64'],
      ['blksize', '65464'],
    ];
    expect(negotiate(asked, { mtu: 65536, size: 1 })).toMatchObject({ blksize: 65464, windowsize: 1 });
  });
});

describe('timeout and tsize (RFC 2349)', () => {
  it.each(['1', '3', '255'])('timeout %s is kept as it is', (value) => {
    expect(negotiate([['timeout', value]], ETHERNET)).toEqual({
      ...defaults,
      timeout: Number(value) * 1000,
      accepted: [['timeout', value]],
    });
  });
  it.each(['0', '256', '1.5', ''])('timeout %j is ignored', (value) => {
    expect(negotiate([['timeout', value]], ETHERNET)).toEqual(defaults);
  });
  it.each(['0', '1234'])('tsize %s is answered with the size', (value) => {
    expect(negotiate([['tsize', value]], ETHERNET)).toEqual({ ...defaults, accepted: [['tsize', '987654']] });
  });
  it('tsize of an empty file', () => expect(negotiate([['tsize', '0']], { mtu: 1500, size: 0 }).accepted).toEqual([['tsize', '0']]));
  it('tsize of a file over 4 GiB', () => {
    expect(negotiate([['tsize', '0']], { mtu: 1500, size: 5_000_000_000 }).accepted).toEqual([['tsize', '5000000000']]);
  });
  it('a bad tsize is ignored', () => expect(negotiate([['tsize', 'big']], ETHERNET)).toEqual(defaults));
  it('a size that is not known is not answered', () =>
    expect(negotiate([['tsize', '0']], { mtu: 1500, size: undefined })).toEqual(defaults));
});

it('never agrees to more than was asked, nor to a packet above the MTU', () => {
  const name = fc.constantFrom('blksize', 'windowsize', 'timeout', 'tsize', 'BlkSize', 'other');
  const value = fc.oneof(fc.nat(70_000).map(String), fc.string({ maxLength: 6 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 8 }), fc.integer({ min: 68, max: 65536 }), (options, mtu) => {
      const agreed = negotiate(options, { mtu, size: 5 });
      for (const [option, answer] of agreed.accepted) {
        const asked = options.find(([asking]) => asking === option)?.[1];
        expect(/^\d+$/.test(asked ?? '')).toBe(true);
        if (option !== 'tsize') expect(Number(answer)).toBeLessThanOrEqual(Number(asked));
      }
      if (agreed.accepted.some(([option]) => option.toLowerCase() === 'blksize')) expect(agreed.blksize + 32).toBeLessThanOrEqual(mtu);
      expect(agreed.windowsize).toBeLessThanOrEqual(64);
    }),
  );
});
