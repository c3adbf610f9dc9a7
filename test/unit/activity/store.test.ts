import { afterEach, describe, expect, it } from 'vitest';
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

describe('while the disk refuses writes', () => {
  const full = (isFull: boolean): void => void bench.db.activity.pragma(`query_only = ${isFull ? 'ON' : 'OFF'}`);

  it('events wait in memory, are found, and are stored when there is room', () => {
    bench = openData();
    const stored = record(bench);
    bench.activity.store();
    full(true);
    const waiting = [record(bench), record(bench)];
    bench.clock.advance(60_000);
    const seqs = () => bench.activity.history({ limit: 10 }).map(({ seq }) => seq);
    expect(seqs()).toEqual([...waiting.toReversed(), stored]);
    expect(bench.activity.history({ since: stored, limit: 1 }).map(({ seq }) => seq)).toEqual([waiting[1]]);
    expect(bench.activity.history({ types: ['nic.changed'], limit: 9 })).toEqual([]);
    expect(bench.db.health.failures).toMatchObject([{ database: 'history' }]);
    full(false);
    bench.clock.advance(5000);
    expect(bench.db.health.failures).toEqual([]);
    bench = bench.reopen();
    expect(seqs()).toEqual([...waiting.toReversed(), stored]);
  });

  it('the oldest of too many are lost, and their number is an event', () => {
    bench = openData();
    full(true);
    for (let index = 0; index < 10_005; index++) record(bench);
    full(false);
    bench.clock.advance(5000);
    const [newest] = bench.activity.history({ limit: 1 });
    expect(newest).toMatchObject({ type: 'storage.recovered', data: { lost: 5 } });
    expect(bench.activity.history({ limit: 20_000 })).toHaveLength(10_001);
  });

  it('few large events take no more memory than many small ones', () => {
    bench = openData();
    full(true);
    for (let index = 0; index < 100; index++) bench.activity.record({ type: 'service.up', message: 'x'.repeat(1024 * 1024) });
    expect(bench.activity.history({ limit: 100 }).length).toBeLessThan(10);
    full(false);
  });
});

it('foreign text that a room forgot to clean forges no line and does not act on a terminal, in messages and data', () => {
  bench = openData();
  const foreign = 'a\r\n\u001b[2Jb\u202ec\u009b';
  bench.activity.record({ type: 'tftp.refused', message: foreign, data: { file: foreign, reasons: [foreign], bytes: 1 } });
  const clean = 'a\\x0d\\x0a\\x1b[2Jb\\u202ec\\x9b';
  expect(bench.activity.history({ limit: 1 })).toMatchObject([{ message: clean, data: { file: clean, reasons: [clean], bytes: 1 } }]);
});
