import { compareMachines } from '../../../contract/machine-identity.ts';
import type { RedfishContext } from './machine.ts';
import type { Doc } from './http/json.ts';
import { factsOfSystem } from './systems.ts';
import { otherMachineNow } from './sentences.ts';

/**
 * The System’s document as it is now. E_BMC_WRONG_MACHINE when its serial number or UUID is another machine’s than when it was found: the
 * address, or the slot of a chassis, may have gone to another machine since.
 */
export async function readSystem({ client, machine, signal }: Pick<RedfishContext, 'client' | 'machine' | 'signal'>): Promise<Doc> {
  const { root, system } = machine;
  const doc = await client.get(system.path, signal);
  const [before, now] = [factsOfSystem(root, system), factsOfSystem(root, { path: system.path, doc })];
  const { kind, message } = compareMachines(before, now, { host: 'the machine that was found first', reporter: 'The BMC' });
  if (kind !== 'other') return doc;
  throw otherMachineNow(system.path, message);
}
