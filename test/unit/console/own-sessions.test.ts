import { expect, it } from 'vitest';
import { OwnSessions } from '../../../main-services/console/sol/own-sessions.ts';
import { TestClock } from '../../fixtures/data-fixture.ts';

it('a lost session is known for 90 s, by its BMC; not after the clock was set back', () => {
  const clock = new TestClock();
  const own = new OwnSessions(clock);
  own.lost('10.0.0.5', 7);
  expect([own.recent('10.0.0.5'), own.recent('10.0.0.6')]).toEqual([7, undefined]);
  clock.advance(89_000);
  expect(own.recent('10.0.0.5')).toBe(7);
  clock.advance(1000);
  expect(own.recent('10.0.0.5')).toBeUndefined();
  own.lost('10.0.0.5', 8);
  clock.setBack(1000);
  expect(own.recent('10.0.0.5')).toBeUndefined();
});
