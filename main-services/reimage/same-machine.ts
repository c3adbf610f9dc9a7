import type { BmcIdentity } from '../../contract/bmc.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { isFillInSerial, isFillInUuid } from '../../contract/fill-in.ts';
import type { Host, HostFacts } from '../../contract/inventory.ts';
import { compareMachines, factsOfHost, sharedAmong, type MachineComparison } from '../../contract/machine-identity.ts';

type Known = Pick<Host, 'name' | 'facts' | 'interfaces'>;

/** Whether a BMC belongs to the machine that the host stands for. `hosts`: the inventory, in which a value on two hosts identifies neither. Pure. */
export function compareMachine(
  host: Known,
  { uuid, serial, otherSerials = [], macs }: BmcIdentity,
  hosts: readonly Known[] = [],
): MachineComparison {
  const machine = { macs, serials: serial === undefined ? otherSerials : [serial, ...otherSerials], uuid };
  return compareMachines(factsOfHost(host), machine, {
    host: host.name,
    reporter: 'The BMC',
    isShared: sharedAmong(hosts.map(factsOfHost)),
  });
}

/**
 * The sentence that says why it is the right machine, or that nothing could be compared. E_BMC_WRONG_MACHINE when a fact differs and
 * none outweighs it, or when the BMC serves further machines and nothing says that it is this one.
 */
export function mustBeSameMachine(host: Known, identity: BmcIdentity, hosts: readonly Known[] = []): string {
  const comparison = compareMachine(host, identity, hosts);
  const { kind, rows, sentence } = comparison;
  const { system } = identity;
  const isOneOfSeveral = system !== undefined && system.others > 0 && !system.isNamed;
  const passes = kind === 'same' || (kind === 'unknown' && !isOneOfSeveral && rows.every(({ verdict }) => verdict !== 'other'));
  if (passes) return sentence;
  throw new BootbenchError('E_BMC_WRONG_MACHINE', sentence, { details: { comparison } });
}

/** What the BMC knows of the machine and the host’s record does not. */
export function newFacts({ facts }: Known, identity: BmcIdentity): HostFacts | undefined {
  const found: HostFacts = {};
  const { uuid, serial } = identity;
  if (lacks(facts.uuid, isFillInUuid) && !lacks(uuid, isFillInUuid)) found.uuid = uuid?.toLowerCase();
  if (lacks(facts.serial, isFillInSerial) && !lacks(serial, isFillInSerial)) found.serial = serial;
  if (facts.manufacturer === undefined && identity.vendor !== '') found.manufacturer = identity.vendor;
  if (facts.product === undefined && identity.model !== undefined) found.product = identity.model;
  return Object.keys(found).length > 0 ? found : undefined;
}

function lacks(value: string | undefined, isFillIn: (value: string) => boolean): boolean {
  return value === undefined || isFillIn(value);
}
