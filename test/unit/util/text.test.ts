import { describe, expect, it } from 'vitest';
import { asBuffer, printable, withoutEnd, withoutUndefined } from '../../../util/text.ts';

describe('printable', () => {
  it.each([
    ['abc', 8, 'abc'],
    ['a\u0000b\nc', 8, 'a?b?c'],
    ['ä', 8, '?'],
    ['12345678', 8, '12345678'],
    ['123456789', 8, '12345...'],
  ])('%j within %i is %j', (text, limit, clean) => {
    expect(printable(text, limit)).toBe(clean);
  });
});

it('asBuffer shares the memory', () => {
  const bytes = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
  const buffer = asBuffer(bytes);
  bytes[0] = 9;
  expect([...buffer]).toEqual([9, 3]);
  expect(asBuffer(buffer)).toBe(buffer);
});

it.each([
  ['a/b//', '/', 'a/b'],
  ['a \t ', ' \t', 'a'],
  ['//', '/', ''],
  [' a', ' ', ' a'],
])('%j without %j at its end is %j', (text, characters, expected) => {
  expect(withoutEnd(text, characters)).toBe(expected);
});

it('withoutUndefined keeps null, 0 and the empty text', () => {
  expect(Object.keys(withoutUndefined({ a: undefined, b: null, c: 0, d: '' }))).toEqual(['b', 'c', 'd']);
});
