import { BootbenchError } from '../../contract/errors.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { Db } from '../../db/open.ts';
import type { Activity } from '../activity/activity.ts';
import { incompatibility, refusal, settleConfig, type AssignmentDeps } from './assignment-rules.ts';
import { confirmedOf } from './host-identity.ts';
import type { HostRows } from './host-rows.ts';
import type { Inventory } from './inventory.ts';
import { armed, noAssignment } from './sentences.ts';

export interface AssignmentsDeps {
  readonly db: Db;
  readonly rows: HostRows;
  readonly rules: AssignmentDeps;
  readonly activity: Activity;
  readonly clock: Clock;
}

/** What each host boots next. */
export function assignments({
  db,
  rows,
  rules,
  activity,
  clock,
}: AssignmentsDeps): Pick<Inventory, 'assign' | 'unassign' | 'setAssignmentState'> {
  return {
    assign(name, input) {
      const host = rows.get(name);
      const { config, notes } = settleConfig(rules, input.image, input.config, host.assignment?.config);
      if (input.after?.config !== undefined) {
        const reason = incompatibility(rules, input.after.image, input.after.config);
        if (reason !== undefined) throw refusal(rules, input.after.image, input.after.config, reason);
      }
      const state = { state: 'armed' as const, armedAt: clock.now(), armedAfter: activity.lastSeq(), evidence: [] };
      // A person who arms a host means the machine that its page shows.
      const identity = host.confirmed ?? confirmedOf(host.facts, 'person');
      const saved = rows.save({ ...host, confirmed: identity, assignment: { ...input, config, ...state } });
      const { image, mode } = input;
      db.afterCommit(() => {
        for (const note of notes)
          activity.record({ type: 'assignment.config-cleared', host: name, message: `${name}: ${note}`, data: { image } });
        activity.record({
          type: 'assignment.armed',
          host: name,
          message: armed(name, input, config),
          data: { image, config: config ?? null, mode, notes },
        });
      });
      return { host: saved, notes };
    },
    unassign(name) {
      const { assignment: _dropped, ...host } = rows.get(name);
      return rows.save(host);
    },
    setAssignmentState(name, state, evidence) {
      const host = rows.get(name);
      if (!host.assignment) throw new BootbenchError('E_NOT_FOUND', noAssignment(name));
      const doneAt = state === 'done' ? clock.now() : undefined;
      return rows.save({ ...host, assignment: { ...host.assignment, state, evidence, doneAt } });
    },
  };
}
