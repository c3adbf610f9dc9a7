import { describe, expect, it } from 'vitest';
import { BootbenchError } from '../../../contract/errors.ts';
import { bodyPlace } from '../../../main-services/management/rest/content-range.ts';

describe('the place of an uploaded body in its ISO', () => {
  it.each([
    ['the whole', undefined, '100', { size: 100 }],
    ['the first part', 'bytes 0-9/100', '10', { size: 100, range: { start: 0, end: 10 } }],
    ['the last byte', 'bytes 99-99/100', '1', { size: 100, range: { start: 99, end: 100 } }],
    ['chunked, so without a length', 'bytes 10-19/100', undefined, { size: 100, range: { start: 10, end: 20 } }],
    ['beyond 4 GiB', 'bytes 4294967296-4294967296/8000000000', '1', { size: 8e9, range: { start: 4294967296, end: 4294967297 } }],
  ])('%s', (_sentence, range, length, expected) => {
    expect(bodyPlace(range, length)).toEqual(expected);
  });

  it.each([
    ['nothing tells the size', undefined, undefined],
    ['empty', undefined, '0'],
    ['a length beyond what numbers hold', undefined, '99999999999999999999'],
    ['a total beyond what numbers hold', 'bytes 0-1/9999999999999999', '2'],
    ['unknown total', 'bytes 0-9/*', '10'],
    ['unsatisfied form', 'bytes */100', '10'],
    ['reversed', 'bytes 9-0/100', '10'],
    ['past the end', 'bytes 90-100/100', '11'],
    ['another unit', 'items 0-9/100', '10'],
    ['length and range differ', 'bytes 0-9/100', '11'],
    ['signs', 'bytes -5-9/100', '10'],
  ])('refused: %s', (_sentence, range, length) => {
    expect(() => bodyPlace(range, length)).toThrow(BootbenchError);
  });
});
