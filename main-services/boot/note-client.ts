import type { Host, HostFacts } from '../../contract/inventory.ts';
import type { Activity } from '../activity/activity.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Identity } from './boot.ts';
import { knownUuidWithNewMac, otherFactsReported } from './sentences.ts';

export interface NoteDeps {
  readonly inventory: Pick<Inventory, 'findByUuid' | 'discover' | 'recordFacts'>;
  readonly activity: Pick<Activity, 'record'>;
}

/** What a client reported; without what is not believed. */
export interface ClientReport {
  readonly facts: HostFacts;
  /** DHCP option 60. */
  readonly vendorClass?: string | undefined;
  readonly ip?: string | undefined;
  /** To find the host that an unknown MAC may be a new interface of; stored only as one of `facts`. */
  readonly uuid?: string | undefined;
}

/** Records what a client reports: facts of a host, a discovered machine, or that a known MAC is on another machine. */
export function noteClient(deps: NoteDeps, mac: string, identity: Identity, report: ClientReport): void {
  switch (identity.kind) {
    case 'unknown':
      noteUnknown(deps, mac, report);
      return;
    case 'host':
      noteHost(deps, identity.host, mac, report.facts);
      return;
    case 'mismatch':
      deps.activity.record({ type: 'boot.mismatch', host: identity.host.name, mac, message: identity.message });
      return;
    case 'ambiguous':
  }
}

function noteUnknown({ inventory, activity }: NoteDeps, mac: string, { facts, vendorClass, ip, uuid }: ClientReport): void {
  const { isNew } = inventory.discover({ mac, facts, vendorClass, address: ip });
  const known = isNew && uuid !== undefined ? inventory.findByUuid(uuid) : undefined;
  if (!known) return;
  activity.record({ type: 'host.known-uuid-new-mac', host: known.name, mac, message: knownUuidWithNewMac(known.name, mac) });
}

/** A machine that reports different facts than before may be another one; while neither is confirmed, that is only an event. */
function noteHost({ inventory, activity }: NoteDeps, { name, facts: known }: Host, mac: string, facts: HostFacts): void {
  const changed = (['uuid', 'serial'] as const).flatMap((fact) => {
    const [reported, before] = [facts[fact], known[fact]];
    return reported === undefined || before === undefined || reported === before ? [] : [{ fact, reported, before }];
  });
  if (changed.length > 0) activity.record({ type: 'boot.mismatch', host: name, mac, message: otherFactsReported(name, mac, changed) });
  inventory.recordFacts(name, facts);
}
