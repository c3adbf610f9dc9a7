import type { ConfirmedIdentity, Host, HostFacts, OtherReport } from '../../contract/inventory.ts';

/** The part of the facts that tells machines apart, as vouched for; undefined where there is none. */
export function confirmedOf({ uuid, serial }: HostFacts, by: ConfirmedIdentity['by']): ConfirmedIdentity | undefined {
  if (uuid === undefined && serial === undefined) return undefined;
  return { ...(uuid !== undefined && { uuid }), ...(serial !== undefined && { serial }), by };
}

/** What is kept of a contradicting report; undefined where the same is kept already. */
export function otherReportOf({ otherReport }: Host, mac: string, facts: HostFacts, at: number): OtherReport | undefined {
  const next = { ...facts, mac };
  const { at: _at, ...before } = otherReport ?? { at: 0 };
  return JSON.stringify(sorted(before)) === JSON.stringify(sorted(next)) ? undefined : { ...next, at };
}

function sorted(object: object): unknown {
  return Object.entries(object).sort(([a], [b]) => a.localeCompare(b));
}
