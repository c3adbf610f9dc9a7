import type { ConfirmedIdentity, Host, HostFacts, OtherReport } from '../../contract/inventory.ts';
import type { Clock } from '../../contract/runtime.ts';
import { withoutUndefined } from '../../util/text.ts';
import type { Activity } from '../activity/activity.ts';
import type { HostRows } from './host-rows.ts';
import type { Inventory } from './inventory.ts';
import { confirmed, reportDiscarded, reported } from './sentences.ts';

export interface HostIdentityDeps {
  readonly rows: HostRows;
  readonly activity: Activity;
  readonly clock: Clock;
}

/** What a host's machine and its BMC report, and which of it a person confirmed. */
export function hostIdentity({
  rows,
  activity,
  clock,
}: HostIdentityDeps): Pick<Inventory, 'recordFacts' | 'recordOtherReport' | 'confirmIdentity' | 'forgetReport'> {
  const record = (host: string, message: string): void => void activity.record({ type: 'host.facts', host, message });

  return {
    recordFacts(name, facts, by = 'machine') {
      const host = rows.get(name);
      const merged = { ...host.facts, ...withoutUndefined(facts) };
      const vouched = by === 'bmc' ? confirmedOf(facts, 'bmc') : undefined;
      const identity = vouched ? { ...host.confirmed, ...vouched } : host.confirmed;
      if (JSON.stringify([merged, identity]) === JSON.stringify([host.facts, host.confirmed])) return;
      rows.save({ ...host, facts: merged, confirmed: identity });
      record(name, reported(name, merged, by));
    },
    recordOtherReport(name, mac, facts) {
      const host = rows.get(name);
      const otherReport = otherReportOf(host, mac, facts, clock.now());
      if (otherReport) rows.save({ ...host, otherReport });
    },
    confirmIdentity(name) {
      const { otherReport, ...host } = rows.get(name);
      const { mac: _mac, at: _at, ...report } = otherReport ?? { mac: undefined, at: undefined };
      const facts = { ...host.facts, ...report };
      const saved = rows.save({ ...host, facts, confirmed: confirmedOf(facts, 'person') });
      record(name, confirmed(name, facts));
      return saved;
    },
    forgetReport(name) {
      const { otherReport, ...host } = rows.get(name);
      const { confirmed: _dropped, ...unconfirmed } = host;
      const saved = rows.save(otherReport ? host : { ...unconfirmed, facts: {} });
      record(name, reportDiscarded(name, otherReport));
      return saved;
    },
  };
}

/** The facts that identify a machine, as vouched for; undefined where none are known. */
export function confirmedOf({ uuid, serial }: HostFacts, by: ConfirmedIdentity['by']): ConfirmedIdentity | undefined {
  if (uuid === undefined && serial === undefined) return undefined;
  return { ...(uuid !== undefined && { uuid }), ...(serial !== undefined && { serial }), by };
}

/** A contradicting report as it is stored; undefined where the same one is stored already. */
function otherReportOf({ otherReport }: Host, mac: string, facts: HostFacts, at: number): OtherReport | undefined {
  const next = { ...facts, mac };
  const { at: _at, ...before } = otherReport ?? { at: 0 };
  return JSON.stringify(sorted(before)) === JSON.stringify(sorted(next)) ? undefined : { ...next, at };
}

function sorted(object: object): unknown {
  return Object.entries(object).sort(([a], [b]) => a.localeCompare(b));
}
