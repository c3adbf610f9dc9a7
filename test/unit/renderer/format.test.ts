import { describe, expect, it } from 'vitest';
import { formatBytes, formatExactBytes, formatRate, percentOf } from '../../../renderer/format/bytes.ts';
import { counted, machines } from '../../../renderer/format/count.ts';
import { formatList, formatNames, joinParts } from '../../../renderer/format/list.ts';
import { formatAgo, formatDuration, formatTimeLeft, formatUntil, secondsLeft } from '../../../renderer/format/time.ts';

describe('bytes', () => {
  it.each([
    [2_400_000_000, '2.4 GB'],
    [999_600_000, '1.0 GB'],
    [640_000_000, '640 MB'],
    [65_536, '66 kB'],
    [1, '1 kB'],
  ])('%i bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
  it('are counted exactly where it matters', () => {
    expect([formatExactBytes(1_234_567), formatExactBytes(1)]).toEqual(['1,234,567 bytes', '1 byte']);
  });
  it.each([
    [93_400_000, '93 MB/s'],
    [9_960_000, '10 MB/s'],
    [9_440_000, '9.4 MB/s'],
    [4_000_000, '4.0 MB/s'],
    [300_000, '0.3 MB/s'],
  ])('%i bytes a second are %s', (rate, text) => expect(formatRate(rate)).toBe(text));
  it('per cent is 100 only when all is done', () => {
    expect([percentOf(999, 1000), percentOf(1000, 1000), percentOf(2000, 1000), percentOf(0, 0)]).toEqual([99, 100, 100, 100]);
  });
});

describe('time', () => {
  it.each([
    [0.2, '1 s left'],
    [40, '40 s left'],
    [89, '89 s left'],
    [91, '2 min left'],
    [5340, '89 min left'],
    [5400, '1 h 30 min left'],
    [7200, '2 h 0 min left'],
  ])('%d s are %s', (seconds, text) => expect(formatTimeLeft(seconds)).toBe(text));
  it('left is unknown while the rate is', () => {
    expect([secondsLeft(930, 93), secondsLeft(1, undefined), secondsLeft(1, 0), secondsLeft(-5, 5)]).toEqual([10, undefined, undefined, 0]);
  });
  it.each([
    [4400, '4 s'],
    [65_000, '1 min 5 s'],
    [4_320_000, '1 h 12 min'],
  ])('%i ms last %s', (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));
  it.each([
    [0, 'now'],
    [-5000, 'now'],
    [12_000, '12 s ago'],
    [59_900, '1 min ago'],
    [3_600_000, '1 h ago'],
    [200_000_000, '2 d ago'],
  ])('%i ms ago is %s', (passed, text) => expect(formatAgo(passed)).toBe(text));
  it.each([
    [0, 'now'],
    [-12_000, '12 s ago'],
    [12_000, 'in 12 s'],
    [3_599_000, 'in 59 min'],
    [90_000_000, 'in 1 d'],
  ])('%i ms from now is %s', (left, text) => expect(formatUntil(left)).toBe(text));
});

describe('counts and lists', () => {
  it('one is singular, all else is plural', () => {
    expect([machines(1), machines(0), machines(1200), counted(2, 'entry', 'entries')]).toEqual([
      '1 machine',
      '0 machines',
      '1,200 machines',
      '2 entries',
    ]);
  });
  it('lists have an and, and long ones are cut', () => {
    expect([formatList([]), formatNames(['a']), formatNames(['a', 'b']), formatNames(['a', 'b', 'c', 'd', 'e', 'f'])]).toEqual([
      '',
      'a',
      'a and b',
      'a, b, c and 3 more',
    ]);
    expect(joinParts(['a', undefined, '', 'b'])).toBe('a · b');
  });
});
