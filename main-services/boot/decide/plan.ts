import { LOCAL_BOOT, type Assignment, type Host } from '../../../contract/inventory.ts';

/** What a host boots now, before any bytes are looked at. */
export type Plan =
  | { kind: 'image'; image: string; config: string | undefined; reasons: string[] }
  | { kind: 'local'; config: string | undefined; reasons: string[] };

/** The assignment as it stands: once and done means the machine's own disk (DESIGN decision 11). Pure. */
export function planHost(host: Host): Plan {
  const { assignment } = host;
  if (!assignment) return { kind: 'local', config: undefined, reasons: [`${host.name} has no assignment, so it boots its own disk.`] };
  if (isDone(assignment)) {
    return {
      kind: 'local',
      config: assignment.after?.config ?? assignment.config,
      reasons: [`${host.name} was to boot ${assignment.image} once, and that is done, so it boots its own disk until it is armed again.`],
    };
  }
  if (assignment.image === LOCAL_BOOT)
    return { kind: 'local', config: assignment.config, reasons: [`${host.name} is assigned to ${LOCAL_BOOT}.`] };
  const times = assignment.mode === 'once' ? 'once' : 'every time';
  return {
    kind: 'image',
    image: assignment.image,
    config: assignment.config,
    reasons: [`${host.name} is assigned to boot ${assignment.image} ${times}.`],
  };
}

export function isDone(assignment: Assignment): boolean {
  return assignment.mode === 'once' && assignment.state === 'done';
}
