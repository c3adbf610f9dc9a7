import { BootbenchError } from '../../contract/errors.ts';
import type { Clock } from '../../contract/runtime.ts';
import { objects } from '../../db/objects.ts';
import type { Db } from '../../db/open.ts';
import { isOfDisk } from '../../db/storage-health.ts';
import type { Activity } from '../activity/activity.ts';
import type { Limits } from '../protection/limit-board.ts';
import { Discoveries } from './discoveries.ts';
import type { Inventory } from './inventory.ts';
import { DISCOVERED_LIST, neverAsked, unknownMachine } from './sentences.ts';

/** Rows of unknown machines are written so often at most: each time costs a sync of the disk, which everything waits for. */
const WRITE_INTERVAL_MS = 250;
const ROWS_PER_WRITE = 64;
/** While machines that are seen once fill the list, and for a minute after. */
const ROWS_PER_WRITE_IN_FLOOD = 8;
const FLOOD_OVER_AFTER_MS = 60_000;

export interface DiscoveredDeps {
  readonly db: Db;
  readonly activity: Activity;
  readonly clock: Clock;
  readonly limits: Limits | undefined;
  readonly hosts: Pick<Inventory, 'addHost' | 'recordFacts' | 'confirmIdentity'>;
}

type DiscoveredPart = Pick<Inventory, 'listDiscovered' | 'discover' | 'adopt' | 'storeDiscovered'>;

/** Unknown machines: in memory, and soon after that in the database, a bounded number at a time. */
export function discoveredInventory({ db, activity, clock, limits, hosts }: DiscoveredDeps): DiscoveredPart {
  const rows = objects(db, 'discovered');
  const discoveries = new Discoveries(rows.list());
  let writtenAt = Number.NEGATIVE_INFINITY;
  let floodedAt = Number.NEGATIVE_INFINITY;
  let cancelWrite: (() => void) | undefined;

  db.onChanges((changes) => {
    for (const change of changes) {
      if (change.kind === 'host' && change.op !== 'DELETED') for (const { mac } of change.object.interfaces) discoveries.forget(mac);
    }
  });

  /** What the disk refuses stays in memory and is tried again with the next report; `db.health` says that it refuses. */
  const rowsPerWrite = (): number => (clock.monotonic() - floodedAt < FLOOD_OVER_AFTER_MS ? ROWS_PER_WRITE_IN_FLOOD : ROWS_PER_WRITE);

  const write = (limit = rowsPerWrite()): void => {
    cancelWrite?.();
    cancelWrite = undefined;
    writtenAt = clock.monotonic();
    if (!db.main.open) return;
    const batch = discoveries.nextToWrite(limit);
    try {
      db.write(() => {
        for (const { mac, row } of batch) {
          if (row) rows.put(mac, row);
          else rows.remove(mac);
        }
      });
      discoveries.written(batch);
    } catch (error) {
      if (!isOfDisk(error)) throw error;
      return;
    }
    if (discoveries.hasUnwritten) writeLater();
  };

  const writeLater = (): void => {
    cancelWrite ??= clock.after(WRITE_INTERVAL_MS, () => write());
  };

  return {
    listDiscovered: () => discoveries.list(),
    discover({ mac, facts = {}, vendorClass, address }) {
      const now = clock.now();
      const { isNew, isFlood } = discoveries.see({ mac, facts, vendorClass, address }, now);
      if (isFlood) {
        floodedAt = clock.monotonic();
        limits?.limited('unknown-machines', DISCOVERED_LIST);
      }
      if (discoveries.hasUnwritten) {
        if (clock.monotonic() - writtenAt >= WRITE_INTERVAL_MS) write();
        else writeLater();
      }
      if (isNew)
        activity.record({
          type: 'host.discovered',
          mac,
          message: unknownMachine(mac),
          data: { vendorClass: vendorClass ?? null },
        });
      return { isNew };
    },
    adopt(mac, name) {
      const seen = discoveries.get(mac);
      if (!seen) throw new BootbenchError('E_NOT_FOUND', neverAsked(mac));
      return db.write(() => {
        hosts.addHost({ name, interfaces: [{ mac, allowPXE: true }], localBoot: { kind: 'exit' }, vars: {} });
        hosts.recordFacts(name, seen.facts);
        // The person saw what it reported, and named it.
        return hosts.confirmIdentity(name);
      });
    },
    storeDiscovered: () => write(Number.POSITIVE_INFINITY),
  };
}
