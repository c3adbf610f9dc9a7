import { BootbenchError } from '../../../contract/errors.ts';
import { compareMachines } from '../../../contract/machine-identity.ts';
import type { QuirkContext } from './vendors/quirks.ts';
import type { Machine } from './discovery.ts';
import { link, sameAs, type Doc } from './http/json.ts';
import { factsOfSystem } from './systems.ts';

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
  throw new BootbenchError(
    'E_BMC_WRONG_MACHINE',
    `The BMC links from ${machine.system.path} to ${path}, which belongs to another machine.`,
    {
      next: 'Update the BMC’s firmware. Nothing was changed on that machine.',
      details: { document: path },
    },
  );
}

/**
 * The System’s document as it is now. E_BMC_WRONG_MACHINE when its serial number or UUID is another machine’s than when it was found: the
 * address, or the slot of a chassis, may have gone to another machine since.
 */
export async function readSystem({ client, machine, signal }: Pick<QuirkContext, 'client' | 'machine' | 'signal'>): Promise<Doc> {
  const { root, system } = machine;
  const doc = await client.get(system.path, signal);
  const [before, now] = [factsOfSystem(root, system), factsOfSystem(root, { path: system.path, doc })];
  const { kind, message: sentence } = compareMachines(before, now, { host: 'the machine that was found first', reporter: 'The BMC' });
  if (kind !== 'other') return doc;
  throw new BootbenchError('E_BMC_WRONG_MACHINE', `Another machine is at ${system.path} now: ${sentence}`, {
    next: 'Check the BMC’s address, then test the connection.',
    details: { document: system.path },
  });
}
