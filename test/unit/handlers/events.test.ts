import { afterEach, expect, it } from 'vitest';
import { silentLog } from '../../../contract/runtime.ts';
import { openActivity } from '../../../main-services/activity/store.ts';
import { eventHandlers } from '../../../main-services/handlers/events.ts';
import type { Rooms } from '../../../main-services/handlers/rooms.ts';
import { openData, type DataFixture } from '../../fixtures/data-fixture.ts';

let bench: DataFixture;
afterEach(() => bench.dispose());

it('what a client has seen is still there when the program is killed right after', async () => {
  bench = openData();
  const watch = eventHandlers({ activity: bench.activity } as unknown as Rooms)['events.watch'];
  const end = new AbortController();
  const stream = watch({ since: bench.activity.lastSeq() }, { signal: end.signal })[Symbol.asyncIterator]();
  const first = stream.next();
  const { seq } = bench.activity.record({ type: 'service.up', message: 'up' });
  const seen = (await first).value as { seq: number }[];
  expect(seen.map((event) => event.seq)).toEqual([seq]);
  // A process that came after this one was killed: nothing was written in the meantime.
  const next = openActivity(bench.db, silentLog, bench.clock);
  expect(next.history({ limit: 1 }).map((event) => event.seq)).toEqual([seq]);
  end.abort();
  await stream.return?.(undefined);
});
