import type { Lease } from '../../contract/inventory.ts';
import type { Db } from '../../db/open.ts';
import type { LeaseRows } from '../../db/leases.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import type { LeaseChange } from './lease-table.ts';

export interface CommitOptions {
  readonly ofStranger?: boolean;
  readonly then?: () => void;
  readonly otherwise?: () => void;
}

/** Strangers' leases are written so often at most: each time costs a sync of the disk, which everything waits for. */
const STRANGERS_INTERVAL_MS = 50;
/** And the syncs for them alone take a tenth of the time at most. */
const SYNC_SHARE = 10;
const MAX_STRANGERS_INTERVAL_MS = 500;

export interface LeaseWriter {
  /**
   * Queues the changes, and calls `then` once they are on disk, `otherwise` when they could not be written. Those of strangers may wait
   * for the next time.
   */
  commit(changes: readonly LeaseChange[], options?: CommitOptions): void;
  /** The lease of an address that is on disk. */
  stored(ip: string): Lease | undefined;
  /** Writes the queued changes now. */
  flush(): void;
}

/**
 * Commits leases once per turn of the event loop: a burst of machines costs one sync of the disk for each turn, not for each
 * machine, and no machine gets a lease that a power cut could undo. Strangers alone cause a sync 20 times a second at most, less often on a slow disk.
 */
export function createLeaseWriter({ db, rows, log, clock }: { db: Db; rows: LeaseRows; log: Log; clock: Clock }): LeaseWriter {
  let changes: LeaseChange[] = [];
  let afterwards: Pick<CommitOptions, 'then' | 'otherwise'>[] = [];
  let isScheduled = false;
  let cancelLater: (() => void) | undefined;
  let writtenAt = Number.NEGATIVE_INFINITY;
  let tookMs = 0;

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
    isScheduled = false;
    cancelLater?.();
    cancelLater = undefined;
    const began = clock.monotonic();
    const [batch, callbacks] = [changes, afterwards];
    [changes, afterwards] = [[], []];
    const isWritten = batch.length === 0 || write(batch);
    if (batch.length > 0) [writtenAt, tookMs] = [began, clock.monotonic() - began];
    for (const { then, otherwise } of callbacks) call(isWritten ? then : otherwise);
  }

  function flushSoon(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(flush);
  }

  /** In the same transaction as a known machine's, when one comes first. */
  function flushLater(): void {
    const interval = Math.min(Math.max(STRANGERS_INTERVAL_MS, SYNC_SHARE * tookMs), MAX_STRANGERS_INTERVAL_MS);
    const wait = interval - (clock.monotonic() - writtenAt);
    if (wait <= 0) flushSoon();
    else cancelLater ??= clock.after(wait, flush);
  }

  return {
    stored: (ip) => rows.byIp(ip),
    commit(added, { ofStranger = false, then, otherwise } = {}) {
      changes.push(...added);
      if (then ?? otherwise) afterwards.push({ then, otherwise });
      if (ofStranger) flushLater();
      else flushSoon();
    },
    flush,
  };
}
