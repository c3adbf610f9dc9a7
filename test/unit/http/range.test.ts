import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideRange, precondition, type RangeDecision } from '../../../main-services/http/range.ts';

const ENTITY = { size: 1000, etag: '"view"', lastModified: 'Fri, 20 Nov 2026 10:00:00 GMT' };
const decide = (range: string | undefined, ifRange?: string, size = 1000) => decideRange(range, ifRange, { ...ENTITY, size });
const part = (first: number, last: number): RangeDecision => ({ kind: 'part', first, last });
const FULL: RangeDecision = { kind: 'full' };
const NONE: RangeDecision = { kind: 'unsatisfiable' };

describe('a range header', () => {
  it.each<[string | undefined, RangeDecision]>([
    [undefined, FULL],
    ['bytes=0-0', part(0, 0)],
    ['bytes=0-999', part(0, 999)],
    ['bytes=0-1000', part(0, 999)], // nbdkit asks one byte too many
    ['bytes=500-99999999999999999999999999', part(500, 999)],
    ['bytes=999-', part(999, 999)],
    ['bytes=0-', part(0, 999)],
    ['bytes=-1', part(999, 999)],
    ['bytes=-1000', part(0, 999)],
    ['bytes=-99999999999999999999', part(0, 999)],
    ['bytes= 5-9 ', part(5, 9)],
    ['bytes=5-9,', part(5, 9)],
    ['bytes=,,5-9', part(5, 9)],
    ['Bytes=5-9', part(5, 9)],
    ['bytes=1000-', NONE],
    ['bytes=1000-1001', NONE],
    ['bytes=99999999999999999999-', NONE],
    ['bytes=9007199254740993-9007199254740995', NONE],
    [`bytes=${'9'.repeat(400)}-`, NONE],
    ['bytes=-0', NONE],
    ['bytes=9-5', NONE],
    ['bytes=-', NONE],
    ['bytes=', NONE],
    ['bytes', NONE],
    ['bytes=,', NONE],
    ['bytes=x', NONE],
    ['bytes=1-2-3', NONE],
    ['bytes=0x1-0x2', NONE],
    ['bytes=1.5-2', NONE],
    ['bytes=+1-2', NONE],
    ['bytes=-1-2', NONE],
    ['bytes 1-2', NONE],
    ['bytes=1 - 2', NONE],
    ['bytes=0-1,2-3', FULL],
    ['bytes=0-999,0-999', FULL],
    ['bytes=x,y', FULL],
    ['bytes=0-1, bytes=5-6', FULL],
    ['items=0-1', FULL],
    ['bytesx=0-1', FULL],
    ['', FULL],
  ])('%j of 1000 bytes', (range, expected) => expect(decide(range)).toEqual(expected));

  it.each(['bytes=0-0', 'bytes=0-', 'bytes=-1'])('%j of an empty file is unsatisfiable', (range) =>
    expect(decide(range, undefined, 0)).toEqual(NONE),
  );

  const IPXE = 'iPXE/1.21.1+git20250501.dad20602';
  const MIB = 2 ** 20;
  const byIpxe = (range: string, size: number) => decideRange(range, undefined, { ...ENTITY, size }, IPXE);

  it.each<[string, number, RangeDecision]>([
    ['bytes=-1883242496--1883226113', 2301 * MIB, part(2300 * MIB, 2300 * MIB + 2 ** 14 - 1)],
    ['bytes=-1540874240--1540857857', 2800 * MIB, part(2_754_093_056, 2_754_109_439)], // bootimus#56
    ['bytes=-2147483648--2147483137', 2300 * MIB, part(2 ** 31, 2 ** 31 + 511)],
    ['bytes=2147481600--2147467265', 2300 * MIB, part(2_147_481_600, 2_147_500_031)], // over the edge of 2 GiB
    ['bytes=-512--1', 4096 * MIB - 1, part(2 ** 32 - 512, 2 ** 32 - 2)],
    ['bytes=-2048-2047', 4096 * MIB - 1, part(2 ** 32 - 2048, 2 ** 32 - 2)], // over 4 GiB, where the file ends
    ['bytes=-1883242496--1883226113', 2300 * MIB, NONE],
    ['bytes=-1883242496--1883226113', 4200 * MIB, NONE], // could be any of two places
    ['bytes=-1883226113--1883242496', 2300 * MIB, NONE],
    ['bytes=-2147483649--1', 4095 * MIB, NONE],
    ['bytes=-500', 1000, part(500, 999)], // a suffix, as of anybody
    ['bytes=0-511', 1000, part(0, 511)],
    ['bytes=u-u', 1000, NONE], // bootimus#57, bootimus#140: a patched iPXE that cannot print its offsets
  ])('h1: %j of %d bytes, from a 32-bit iPXE', (range, size, expected) => expect(byIpxe(range, size)).toEqual(expected));

  it('h1: negative offsets of anybody else are unsatisfiable', () => {
    expect(decide('bytes=-1883242496--1883226113', undefined, 2300 * MIB)).toEqual(NONE);
    expect(decideRange('bytes=-512--1', undefined, { ...ENTITY, size: 4095 * MIB }, 'curl/8')).toEqual(NONE);
  });

  it('counts only when If-Range names this very entity', () => {
    expect(decide('bytes=0-0', '"view"')).toEqual(part(0, 0));
    expect(decide('bytes=0-0', ENTITY.lastModified)).toEqual(part(0, 0));
    expect(decide('bytes=0-0', '"other"')).toEqual(FULL);
    expect(decide('bytes=0-0', 'W/"view"')).toEqual(FULL);
    expect(decide('bytes=0-0', 'Fri, 20 Nov 2026 10:00:01 GMT')).toEqual(FULL);
    expect(decide('bytes=2000-', '"other"')).toEqual(FULL);
    expect(decide('bytes=2000-', '')).toEqual(FULL);
  });

  it('is cheap with 10,000 ranges or a million digits', () => {
    const started = performance.now();
    const list = `bytes=${Array.from({ length: 10_000 }, (_, index) => `${index}-${index}`).join(',')}`;
    for (let count = 0; count < 1000; count += 1) expect(decide(list)).toEqual(FULL);
    expect(decide(`bytes=${','.repeat(100_000)}`)).toEqual(NONE);
    expect(decide(`bytes=${'1'.repeat(1_000_000)}-`)).toEqual(NONE);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('is within the file or nothing, whatever it holds', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.stringMatching(/^bytes=[0-9, -]{0,30}$/),
      fc.tuple(fc.integer(), fc.integer()).map(([a, b]) => `bytes=${a}-${b}`),
      fc.tuple(fc.bigInt({ min: 0n }), fc.bigInt({ min: 0n })).map(([a, b]) => `bytes=${a}-${b}`),
    );
    fc.assert(
      fc.property(texts, fc.option(fc.string(), { nil: undefined }), fc.nat(5000), (text, condition, size) => {
        precondition(condition, text, '"view"');
        const decision = decideRange(text, condition, { ...ENTITY, size }, size % 2 === 0 ? IPXE : undefined);
        if (decision.kind !== 'part') return;
        expect(decision.first).toBeGreaterThanOrEqual(0);
        expect(decision.last).toBeGreaterThanOrEqual(decision.first);
        expect(decision.last).toBeLessThan(size);
      }),
      { numRuns: 100_000 },
    );
  });
});

describe('conditions', () => {
  it.each([
    [undefined, undefined, 'go'],
    [undefined, '"view"', 'not-modified'],
    [undefined, 'W/"view"', 'not-modified'],
    [undefined, '"a", "view"', 'not-modified'],
    [undefined, '*', 'not-modified'],
    [undefined, '"a"', 'go'],
    ['"view"', undefined, 'go'],
    ['*', undefined, 'go'],
    ['"a"', undefined, 'failed'],
    ['W/"view"', undefined, 'failed'],
  ])('If-Match %j, If-None-Match %j: %s', (match, noneMatch, expected) => expect(precondition(match, noneMatch, '"view"')).toBe(expected));
});
