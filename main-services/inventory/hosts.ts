import type { ConsoleTrigger } from '../../contract/console.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { Host, HostInput } from '../../contract/inventory.ts';
import { badInput } from '../../contract/port.ts';
import type { Clock } from '../../contract/runtime.ts';
import { objects } from '../../db/objects.ts';
import type { Db } from '../../db/open.ts';
import { mergePatch, type JsonPatch } from '../../util/merge-patch.ts';
import type { Activity } from '../activity/activity.ts';
import type { AssignmentDeps } from './assignment-rules.ts';
import { assignments } from './assignments.ts';
import { conditionalWrite } from './conditional-write.ts';
import { hostIdentity } from './host-identity.ts';
import { HostRows } from './host-rows.ts';
import type { Inventory } from './inventory.ts';
import { unknownHostFields } from './sentences.ts';

type HostPart = Pick<
  Inventory,
  'listHosts' | 'findHost' | 'getHost' | 'addHost' | 'patchHost' | 'removeHost' | 'findByMac' | 'findByIp' | 'findByUuid'
> &
  ReturnType<typeof hostIdentity> &
  ReturnType<typeof assignments>;

export interface HostInventoryDeps {
  readonly db: Db;
  readonly rules: AssignmentDeps;
  readonly activity: Activity;
  readonly clock: Clock;
  /** E_TRIGGER for one that cannot work. */
  readonly checkTriggers: (triggers: readonly ConsoleTrigger[]) => void;
}

/** Members of a host that a patch may name; Bootbench itself writes the others. */
const PATCHABLE = new Set(Object.keys(HostInput.shape).filter((key) => key !== 'name'));

export function hostInventory({ db, rules, activity, clock, checkTriggers }: HostInventoryDeps): HostPart {
  const rows = new HostRows(db, clock);
  return {
    listHosts: () => rows.list(),
    findHost: (name) => rows.find(name),
    getHost: (name) => rows.get(name),
    addHost(input) {
      checkTriggers(input.triggers ?? []);
      const now = clock.now();
      return db.write(() => {
        const host = rows.add({ ...input, facts: {}, createdAt: now, updatedAt: now });
        const discovered = objects(db, 'discovered');
        for (const { mac } of input.interfaces) discovered.remove(mac);
        return host;
      });
    },
    patchHost(name, patch) {
      const host = rows.get(name);
      const parsed = Host.safeParse({ ...(mergePatch(host, onlyPatchable(patch)) as JsonPatch), name });
      if (!parsed.success) throw badInput(`host ${name}`, parsed.error.issues);
      // Those stored by another version must not keep other members from being changed.
      if ('triggers' in patch) checkTriggers(parsed.data.triggers ?? []);
      return rows.save(parsed.data);
    },
    removeHost: (name, options = {}) =>
      conditionalWrite(
        db,
        options,
        () => rows.get(name),
        () => rows.remove(name),
      ),
    findByMac: (mac) => rows.byMac(mac),
    findByIp(ip) {
      const found = rows.byIp(ip);
      return found ? [found] : [];
    },
    findByUuid: (uuid) => rows.byUuid(uuid),
    ...hostIdentity({ rows, activity, clock }),
    ...assignments({ db, rows, rules, activity, clock }),
  };
}

function onlyPatchable(patch: JsonPatch): JsonPatch {
  const unknown = Object.keys(patch).filter((key) => !PATCHABLE.has(key));
  if (unknown.length > 0) throw new BootbenchError('E_BAD_INPUT', unknownHostFields(unknown, PATCHABLE));
  return patch;
}
