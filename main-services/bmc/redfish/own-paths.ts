import { link, sameAs } from './http/json.ts';
import type { Machine } from './machine.ts';
import { foreignLink } from './sentences.ts';

/**
 * Whether a path is below the System or Manager of another machine of the service, wherever the link to it was found: firmware links to a
 * neighbour’s slots and actions by mistake (gofish#502 sent resets to the target of another action). Pure.
 */
export function isForeign(
  { root, system, managers, choice }: Pick<Machine, 'root' | 'system' | 'managers' | 'choice'>,
  path: string,
): boolean {
  if (choice.others === 0) return false;
  const place = `${sameAs(path)}/`;
  const isBelow = (owner: string | undefined): boolean => owner !== undefined && place.startsWith(`${sameAs(owner)}/`);
  if ([system, ...managers].some((own) => isBelow(own.path))) return false;
  return isBelow(link(root.Systems)) || isBelow(link(root.Managers));
}

/** E_BMC_WRONG_MACHINE for a path that isForeign. */
export function mustBeOwn(machine: Machine, path: string): void {
  if (!isForeign(machine, path)) return;
  throw foreignLink(machine.system.path, path);
}
