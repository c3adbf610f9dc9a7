import type { Change } from '../../contract/changes.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { Handlers } from '../../contract/port.ts';
import type { Db } from '../../db/open.ts';
import { createSignal } from './signal.ts';
import type { Rooms } from './rooms.ts';

export function inventoryHandlers(rooms: Rooms): Pick<Handlers, 'inventory.snapshot' | 'inventory.watch'> {
  return {
    'inventory.snapshot': () => rooms.inventory.snapshot(),
    'inventory.watch': ({ since }, { signal }) => changesFrom(rooms.db, since, signal),
  };
}

/**
 * Changes after `since`, without end. The changes table itself is the queue, so a slow reader costs no memory: when its number is no longer
 * stored (or is not from this database), it gets E_SLOW_READER and has to take a snapshot.
 */
async function* changesFrom(db: Db, since: number, signal: AbortSignal): AsyncGenerator<Change[]> {
  const bell = createSignal(signal);
  const unsubscribe = db.onChanges(bell.notify);
  let seen = since;
  try {
    while (!signal.aborted) {
      const changes = db.changesSince(seen);
      if (!changes)
        throw new BootbenchError('E_SLOW_READER', `Changes since ${seen} are no longer stored.`, { next: 'Take a new snapshot.' });
      const last = changes.at(-1);
      if (!last) {
        await bell.next();
        continue;
      }
      seen = last.seq;
      yield changes;
    }
  } finally {
    unsubscribe();
  }
}
