import { afterEach, expect, it } from 'vitest';
import { silentLog } from '../../../contract/runtime.ts';
import { openActivity } from '../../../main-services/activity/store.ts';
import { openData, type DataFixture } from '../../fixtures/data-fixture.ts';

let bench: DataFixture;
afterEach(() => bench.dispose());

const record = ({ activity }: Pick<DataFixture, 'activity'>): number => activity.record({ type: 'service.up', message: 'up' }).seq;
/** The same data in a process that came after this one was killed. */
const killed = (): Pick<DataFixture, 'activity'> => ({ activity: openActivity(bench.db, silentLog, bench.clock) });

it('never gives the number of an event that was lost with a killed process', () => {
  bench = openData();
  record(bench);
  bench.clock.advance(200);
  const lost = Array.from({ length: 2500 }, () => record(bench)).at(-1)!;
  const next = killed();
  const first = record(next);
  expect(first).toBeGreaterThan(lost);
  expect(next.activity.history({ since: lost, limit: 10 }).map(({ seq }) => seq)).toEqual([first]);
});

it('goes on without a gap after a stop in order', () => {
  bench = openData();
  const last = record(bench);
  bench = bench.reopen();
  expect(record(bench)).toBe(last + 1);
});

it('stores at once what is asked for, so that no number that somebody keeps is lost', () => {
  bench = openData();
  const seq = record(bench);
  bench.activity.store();
  expect(
    killed()
      .activity.history({ limit: 10 })
      .map((event) => event.seq),
  ).toEqual([seq]);
});
