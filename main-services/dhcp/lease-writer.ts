import type { Lease } from '../../contract/inventory.ts';
import type { Db } from '../../db/open.ts';
import type { LeaseRows } from '../../db/leases.ts';
import type { Log } from '../../contract/runtime.ts';
import type { LeaseChange } from './lease-table.ts';

export interface LeaseWriter {
  /** Queues the changes, and calls `then` once they are on disk, `otherwise` when they could not be written. */
  commit(changes: readonly LeaseChange[], then?: () => void, otherwise?: () => void): void;
  /** The lease of an address that is on disk. */
  stored(ip: string): Lease | undefined;
  /** Writes the queued changes now. */
  flush(): void;
}

/**
 * Commits leases once per turn of the event loop: a burst of machines costs one sync of the disk for each turn, not for each
 * machine, and no machine gets a lease that a power cut could undo.
 */
export function createLeaseWriter({ db, rows, log }: { db: Db; rows: LeaseRows; log: Log }): LeaseWriter {
  let changes: LeaseChange[] = [];
  let afterwards: { then: (() => void) | undefined; otherwise: (() => void) | undefined }[] = [];
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
      log.error({ error, leases: batch.length }, 'Leases could not be written; only machines whose lease is stored get a reply');
      return false;
    }
  }

  /** One machine’s reply that fails must not cost the others theirs. */
  function call(callback: (() => void) | undefined): void {
    try {
      callback?.();
    } catch (error) {
      log.error({ error }, 'A machine could not be answered after its lease was written or refused');
    }
  }

  function flush(): void {
    scheduled = false;
    const [batch, callbacks] = [changes, afterwards];
    [changes, afterwards] = [[], []];
    const isWritten = batch.length === 0 || write(batch);
    for (const { then, otherwise } of callbacks) call(isWritten ? then : otherwise);
  }

  return {
    stored: (ip) => rows.byIp(ip),
    commit(added, then, otherwise) {
      changes.push(...added);
      if (then ?? otherwise) afterwards.push({ then, otherwise });
      if (scheduled) return;
      scheduled = true;
      setImmediate(flush);
    },
    flush,
  };
}
