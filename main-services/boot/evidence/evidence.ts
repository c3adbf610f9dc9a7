import type { BenchEvent, EventType } from '../../../contract/appliance.ts';
import type { Assignment, Host } from '../../../contract/inventory.ts';
import type { Activity } from '../../activity/activity.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { evidenceOf } from '../../iso/profiles/evidence.ts';
import { profileOf } from '../../iso/profiles/profiles.ts';
import { assignmentDone } from './sentences.ts';

/** What completes a boot, as the image's profile says: one event of each group, in order, after the assignment was armed. */
export type EvidenceGroups = readonly (readonly EventType[])[];

/** The groups of an assignment; those of an unknown profile where the image is gone. */
export function evidenceGroups(inventory: Pick<Inventory, 'listImages' | 'listConfigs'>, assignment: Assignment): EvidenceGroups {
  const image = inventory.listImages().find(({ name }) => name === assignment.image);
  const config = inventory.listConfigs().find(({ name }) => name === assignment.config);
  return evidenceOf(profileOf(image?.index.profile?.id), config?.format);
}

type Armed = Pick<Assignment, 'armedAt' | 'armedAfter'>;

/**
 * Whether an event came after the arming: by its number. Times are compared only for assignments of versions that stored no number, because
 * a clock that was set back would leave a `once` machine installing again and again.
 */
function cameAfter({ armedAt, armedAfter }: Armed, { seq, at }: Pick<BenchEvent, 'seq' | 'at'>): boolean {
  return armedAfter === undefined ? at >= armedAt : seq > armedAfter;
}

/** The sequence numbers that complete the evidence, or undefined while something is missing. Pure. */
export function assess(
  assignment: Armed,
  groups: EvidenceGroups,
  seen: readonly Pick<BenchEvent, 'seq' | 'type' | 'at'>[],
): number[] | undefined {
  let after = 0;
  const numbers: number[] = [];
  for (const group of groups) {
    const hit = seen.find((event) => cameAfter(assignment, event) && event.seq > after && group.includes(event.type));
    if (!hit) return undefined;
    numbers.push(hit.seq);
    after = hit.seq;
  }
  return numbers;
}

const RELEVANT = new Set<EventType>(['iso.opened', 'iso.file-read', 'iso.config-read', 'boot.complete', 'config.served', 'dhcp.os-lease']);

/** Events of one type that are remembered for an assignment: a machine in a boot loop must not crowd out the one that counts. */
const MAX_EVENTS_OF_TYPE = 200;

/** Flips `once` assignments to done when their evidence is complete. Returns the unsubscriber. */
export function watchEvidence(activity: Activity, inventory: Inventory): () => void {
  /** Relevant events by host, oldest first; forgotten when the assignment is done or armed again. */
  const seen = new Map<string, { armed: Armed; events: BenchEvent[] }>();

  const eventsOf = (host: Host, assignment: Assignment): BenchEvent[] => {
    const known = seen.get(host.name);
    if (known && sameArming(known.armed, assignment)) return known.events;
    const stored = [{ host: host.name }, ...host.interfaces.map(({ mac }) => ({ mac }))].flatMap((query) =>
      activity.history({ ...query, since: assignment.armedAfter, types: [...RELEVANT], limit: 1000 }),
    );
    const relevant = stored.filter((event) => RELEVANT.has(event.type) && cameAfter(assignment, event));
    const events = [...new Map(relevant.map((event) => [event.seq, event])).values()].sort((a, b) => a.seq - b.seq);
    seen.set(host.name, { armed: assignment, events });
    return events;
  };

  return activity.subscribe((event) => {
    if (!RELEVANT.has(event.type)) return;
    const host = hostOf(inventory, event);
    const assignment = host?.assignment;
    if (assignment?.mode !== 'once' || assignment.state === 'done' || !host) return;
    const events = eventsOf(host, assignment);
    const alike = events.filter(({ type }) => type === event.type).length;
    if (events.at(-1)?.seq !== event.seq && alike < MAX_EVENTS_OF_TYPE) events.push(event);
    const complete = assess(assignment, evidenceGroups(inventory, assignment), events);
    if (!complete) return;
    seen.delete(host.name);
    inventory.setAssignmentState(host.name, 'done', complete);
    activity.record({
      type: 'assignment.done',
      host: host.name,
      message: assignmentDone(host.name, assignment.image),
      data: { image: assignment.image, evidence: complete.map(String) },
    });
  });
}

function sameArming(a: Armed, b: Armed): boolean {
  return a.armedAt === b.armedAt && a.armedAfter === b.armedAfter;
}

function hostOf(inventory: Inventory, event: BenchEvent): Host | undefined {
  if (event.host !== undefined) return inventory.findHost(event.host);
  return event.mac === undefined ? undefined : inventory.findByMac(event.mac)?.host;
}
