import { expect, it } from 'vitest';
import type { NewEvent } from '../../../../contract/appliance.ts';
import { BootbenchError } from '../../../../contract/errors.ts';
import { StoringWatch } from '../../../../main-services/console/session/storing-watch.ts';
import { TestClock } from '../../../fixtures/data-fixture.ts';

const full = new BootbenchError('E_DISK_FULL', 'Output is shown, and not stored. The disk is full.');

it('has the reason as status, and records each failure and what it cost once a minute at most', () => {
  const events: NewEvent[] = [];
  const clock = new TestClock();
  let changes = 0;
  const activity = { record: (event: NewEvent) => ({ ...event, seq: events.push(event), at: 0, data: {} }) };
  const watch = new StoringWatch({ host: 'r1', activity, clock, changed: () => changes++ });
  expect(watch.notStored).toBeUndefined();
  watch.changed({ failed: full });
  expect(watch.notStored).toEqual({ code: 'E_DISK_FULL', message: full.message, next: full.next });
  expect(events).toMatchObject([{ type: 'console.not-stored', host: 'r1', data: { code: 'E_DISK_FULL' } }]);
  watch.changed({ lost: 10 });
  expect(watch.notStored).toBeUndefined();
  expect(events.at(-1)).toMatchObject({ type: 'console.output-lost', data: { lost: 10 } });

  for (let time = 0; time < 20; time++) {
    clock.advance(2000);
    watch.changed({ failed: full });
    expect(watch.notStored?.code).toBe('E_DISK_FULL');
    watch.changed({ lost: 1 });
  }
  expect(events).toHaveLength(2);
  clock.advance(60_000);
  watch.changed({ failed: full });
  watch.changed({ lost: 5 });
  // Those of the failures between are counted too.
  expect(events.slice(2)).toMatchObject([{ type: 'console.not-stored' }, { type: 'console.output-lost', data: { lost: 25 } }]);
  expect(changes).toBe(44);
});
