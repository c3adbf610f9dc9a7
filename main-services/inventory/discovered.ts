import { BootbenchError } from '../../contract/errors.ts';
import type { Discovered } from '../../contract/inventory.ts';
import type { Clock } from '../../contract/runtime.ts';
import { objects } from '../../db/objects.ts';
import type { Db } from '../../db/open.ts';
import type { Activity } from '../activity/activity.ts';
import type { Inventory } from './inventory.ts';
import { neverAsked, unknownMachine } from './sentences.ts';

/** Unknown machines that are stored; the least recently seen are removed first. */
const MAX_DISCOVERED = 2000;
/** How often a machine that keeps asking is written, at most. */
const REWRITE_AFTER_MS = 10_000;

export function discoveredInventory(
  db: Db,
  activity: Activity,
  clock: Clock,
  hosts: Pick<Inventory, 'addHost' | 'recordFacts' | 'confirmIdentity'>,
): Pick<Inventory, 'listDiscovered' | 'discover' | 'adopt'> {
  const rows = objects(db, 'discovered');

  const removeOldest = (): void => {
    const all = rows.list();
    if (all.length <= MAX_DISCOVERED) return;
    all.sort((a, b) => a.lastSeen - b.lastSeen);
    for (const { mac } of all.slice(0, all.length - MAX_DISCOVERED)) rows.remove(mac);
  };

  return {
    listDiscovered: () => rows.list(),
    discover({ mac, facts, vendorClass, address }) {
      const now = clock.now();
      const known = rows.get(mac);
      const seen: Discovered = {
        mac,
        facts: { ...known?.facts, ...facts },
        vendorClass: vendorClass ?? known?.vendorClass,
        address: address ?? known?.address,
        firstSeen: known?.firstSeen ?? now,
        lastSeen: now,
      };
      if (known && now - known.lastSeen < REWRITE_AFTER_MS && sameBut(known, seen)) return { isNew: false };
      db.write(() => {
        rows.put(mac, seen);
        if (!known) removeOldest();
      });
      if (!known)
        activity.record({
          type: 'host.discovered',
          mac,
          message: unknownMachine(mac),
          data: { vendorClass: vendorClass ?? null },
        });
      return { isNew: known === undefined };
    },
    adopt(mac, name) {
      const seen = rows.get(mac);
      if (!seen) throw new BootbenchError('E_NOT_FOUND', neverAsked(mac));
      return db.write(() => {
        hosts.addHost({ name, interfaces: [{ mac, allowPXE: true }], localBoot: { kind: 'exit' }, vars: {} });
        hosts.recordFacts(name, seen.facts);
        // The person saw what it reported, and named it.
        return hosts.confirmIdentity(name);
      });
    },
  };
}

function sameBut(a: Discovered, b: Discovered): boolean {
  return JSON.stringify({ ...a, lastSeen: 0 }) === JSON.stringify({ ...b, lastSeen: 0 });
}
