import type { Db } from '../../db/open.ts';
import type { LeaseRows } from '../../db/leases.ts';
import type { Log } from '../../contract/runtime.ts';
import type { LeaseChange } from './lease-table.ts';

export interface LeaseWriter {
  /** Queues the changes, and calls `then` once they are on disk; not at all when they could not be written. */
  commit(changes: readonly LeaseChange[], then?: () => void): void;
  /** Writes the queued changes now. */
  flush(): void;
}

/**
 * Commits leases once per turn of the event loop: a burst of machines costs one sync of the disk for each turn, not for each
 * machine, and no machine gets a lease that a power cut could undo.
 */
export function createLeaseWriter({ db, rows, log }: { db: Db; rows: LeaseRows; log: Log }): LeaseWriter {
  let changes: LeaseChange[] = [];
  let afterwards: (() => void)[] = [];
  let scheduled = false;

  function write(batch: readonly LeaseChange[]): boolean {
    try {
      db.write(() => {
        for (const change of batch) {
          if (change.kind === 'put') rows.put(change.lease);
          else rows.remove(change.ip);
        }
      });
      return true;
    } catch (error) {
      log.error({ error, leases: batch.length }, 'Leases could not be written; the machines get no reply and will retry');
      return false;
    }
  }

  function flush(): void {
    scheduled = false;
    const [batch, callbacks] = [changes, afterwards];
    [changes, afterwards] = [[], []];
    if (batch.length > 0 && !write(batch)) return;
    for (const callback of callbacks) callback();
  }

  return {
    commit(added, then) {
      changes.push(...added);
      if (then) afterwards.push(then);
      if (scheduled) return;
      scheduled = true;
      setImmediate(flush);
    },
    flush,
  };
}
