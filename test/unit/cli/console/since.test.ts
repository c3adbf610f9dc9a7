import { expect, it } from 'vitest';
import { UsageError } from '../../../../cli/command.ts';
import { sinceTime } from '../../../../cli/console/since.ts';

const NOW = Date.parse('2026-11-29T12:00:00Z');

it.each([
  ['45s', '2026-11-29T11:59:15Z'],
  ['10m', '2026-11-29T11:50:00Z'],
  ['2h', '2026-11-29T10:00:00Z'],
  ['1d', '2026-11-28T12:00:00Z'],
  ['2026-11-29T06:38:11Z', '2026-11-29T06:38:11Z'],
  ['2026-11-29T06:38:11+02:00', '2026-11-29T04:38:11Z'],
])('%s', (text, at) => {
  expect(sinceTime(text, NOW)).toBe(Date.parse(at));
});

it.each(['', '10', '10 m', 'yesterday', '-5m', '2026-13-40', '10w'])('rejects %j', (text) => {
  expect(() => sinceTime(text, NOW)).toThrow(UsageError);
});
