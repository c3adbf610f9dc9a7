import { LOCAL_BOOT, type Assignment, type Host } from '../../../contract/inventory.ts';
import { assignedToBoot, assignedToLocalBoot, bootedOnce, noAssignment } from './sentences.ts';

/** What a host boots now, before any bytes are read. */
export type Plan =
  | { kind: 'image'; image: string; config: string | undefined; reasons: string[] }
  | { kind: 'local'; config: string | undefined; reasons: string[] };

/** The assignment in its current state: once and done means the machine's own disk. Pure. */
export function planHost(host: Host): Plan {
  const { assignment } = host;
  if (!assignment) return { kind: 'local', config: undefined, reasons: [noAssignment(host.name)] };
  if (isDone(assignment)) {
    return {
      kind: 'local',
      config: assignment.after?.config ?? assignment.config,
      reasons: [bootedOnce(host.name, assignment.image)],
    };
  }
  if (assignment.image === LOCAL_BOOT)
    return { kind: 'local', config: assignment.config, reasons: [assignedToLocalBoot(host.name, LOCAL_BOOT)] };
  return {
    kind: 'image',
    image: assignment.image,
    config: assignment.config,
    reasons: [assignedToBoot(host.name, assignment.image, assignment.mode)],
  };
}

export function isDone(assignment: Assignment): boolean {
  return assignment.mode === 'once' && assignment.state === 'done';
}
