import { BootbenchError } from '../../contract/errors.ts';
import type { WriteOptions } from '../../contract/inventory.ts';
import type { Db } from '../../db/open.ts';
import { changedMeanwhile } from './sentences.ts';

/**
 * Runs `work` in one transaction. E_CONFLICT when `ifSeq` is no longer the object's number, read by `current` in the same transaction.
 * With `dryRun` all is checked and undone, and the result is what would have been stored.
 */
export function conditionalWrite<T>(
  db: Db,
  { ifSeq, dryRun = false }: WriteOptions,
  current: () => { name: string; seq?: number | undefined },
  work: () => T,
): T {
  return db[dryRun ? 'rehearse' : 'write'](() => {
    if (ifSeq !== undefined) {
      const { name, seq = 0 } = current();
      if (seq !== ifSeq) throw new BootbenchError('E_CONFLICT', changedMeanwhile(name, ifSeq, seq));
    }
    return work();
  });
}
