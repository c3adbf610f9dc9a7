import { expect, it } from 'vitest';
import { SolReports } from '../../../main-services/console/sol/reports.ts';
import { TestClock } from '../../fixtures/data-fixture.ts';

it('says a state immediately, and of an alternating one at most one change a second, the last one too', () => {
  const clock = new TestClock();
  const said: string[] = [];
  const reports = new SolReports({ clock, say: (what) => said.push(what) });
  for (let change = 0; change < 1001; change++) {
    reports.report(change % 2 === 0 ? 'unavailable' : 'available');
    clock.advance(10);
  }
  expect(said[0]).toBe('unavailable');
  expect(said.length).toBeLessThanOrEqual(12);
  clock.advance(2000);
  expect(said.at(-1)).toBe('unavailable');
  reports.report('available');
  expect(said.at(-1)).toBe('available');
  reports.close();
});

it('repeats another report after ten seconds', () => {
  const clock = new TestClock();
  const said: string[] = [];
  const reports = new SolReports({ clock, say: (what) => said.push(what) });
  for (let second = 0; second < 21; second++) {
    reports.report('overrun');
    clock.advance(1000);
  }
  expect(said).toEqual(['overrun', 'overrun', 'overrun']);
});
