import { expect, it } from 'vitest';
import { OwnSessions } from '../../../main-services/console/sol/own-sessions.ts';
import { TestClock } from '../../fixtures/data-fixture.ts';

it('a lost session is known for 90 s, by its BMC, wherever the clock is set', () => {
  const clock = new TestClock();
  const own = new OwnSessions(clock);
  own.lost('10.0.0.5', 7);
  expect([own.recent('10.0.0.5'), own.recent('10.0.0.6')]).toEqual([7, undefined]);
  clock.advance(89_000);
  expect(own.recent('10.0.0.5')).toBe(7);
  clock.advance(1000);
  expect(own.recent('10.0.0.5')).toBeUndefined();
  own.lost('10.0.0.5', 8);
  for (const step of [365 * 86_400_000, -730 * 86_400_000]) {
    clock.step(step);
    expect(own.recent('10.0.0.5')).toBe(8);
  }
});
