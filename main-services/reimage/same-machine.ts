import type { BmcIdentity, BmcStatus } from '../../contract/bmc.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { isFillInSerial, isFillInUuid, sameSerial, sameUuid, uuidText } from '../../contract/fill-in.ts';
import type { Host, HostFacts } from '../../contract/inventory.ts';
import { compareMachines, factsOfHost, sharedAmong, type MachineComparison } from '../../contract/machine-identity.ts';
import { parseBmcAddress } from '../bmc/endpoint.ts';
import type { Inventory } from '../inventory/inventory.ts';
import * as sentences from './sentences.ts';

type Known = Pick<Host, 'name' | 'facts' | 'interfaces'> & Partial<Pick<Host, 'bmc'>>;

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
 * none outweighs it, or when nothing says that it is this machine and it may be another: the BMC serves several, another host has its
 * facts, or another host has the same BMC.
 */
export function mustBeSameMachine(host: Known, identity: BmcIdentity, hosts: readonly Known[] = []): string {
  const comparison = compareMachine(host, identity, hosts);
  const { kind, rows, message: compared } = comparison;
  const { system } = identity;
  const isOneOfSeveral = system !== undefined && system.others > 0 && !system.isNamed;
  if (kind === 'same') return compared;
  const rival = rivalOf(host, identity, hosts);
  if (kind === 'unknown' && !isOneOfSeveral && !rival && rows.every(({ verdict }) => verdict !== 'other')) return compared;
  const { message, next } = sentences.wrongMachine(host.name, compared, rival);
  throw new BootbenchError('E_BMC_WRONG_MACHINE', message, { next, details: { comparison } });
}

/** Why the machine may be another host’s, as a sentence; undefined where no other host claims it. */
function rivalOf(host: Known, identity: BmcIdentity, hosts: readonly Known[]): string | undefined {
  const others = hosts.filter(({ name }) => name !== host.name);
  const owner = others.map((other) => compareMachine(other, identity, hosts)).find(({ kind }) => kind === 'same');
  if (owner) return owner.message;
  const twin = others.find(({ bmc }) => bmc && host.bmc && isSameEndpoint(bmc.address, host.bmc.address));
  return twin && sentences.sameBmc(twin.name);
}

/** Whether two addresses mean one machine of one BMC, whatever the scheme. */
function isSameEndpoint(a: string, b: string): boolean {
  try {
    const [one, other] = [parseBmcAddress(a), parseBmcAddress(b)];
    return one.host === other.host && one.port === other.port && one.system?.toLowerCase() === other.system?.toLowerCase();
  } catch {
    return false;
  }
}

/**
 * The facts of the BMC’s machine that replace the host’s, once a person has said that it is the same. E_EXISTS: another host has them.
 * E_BMC_UNSUPPORTED: there are none that identify a machine.
 */
export function factsToTake(host: Known, identity: BmcIdentity, hosts: readonly Known[]): HostFacts {
  const uuid = lacks(identity.uuid, isFillInUuid) ? undefined : identity.uuid;
  const serial = lacks(identity.serial, isFillInSerial) ? undefined : identity.serial;
  if (uuid === undefined && serial === undefined) {
    throw sentences.noIdentifyingFacts(host.name);
  }
  const isOwnMac = (own: Known): boolean => own.interfaces.some(({ mac }) => identity.macs.includes(mac));
  const owner = hosts.find((other) => {
    const { name, facts } = other;
    const hasUuid = uuid !== undefined && facts.uuid !== undefined && sameUuid(facts.uuid, uuid);
    const hasSerial = serial !== undefined && facts.serial !== undefined && sameSerial(facts.serial, serial);
    return name !== host.name && (hasUuid || hasSerial || (isOwnMac(other) && !isOwnMac(host)));
  });
  if (owner) {
    throw sentences.factsOfOther(host.name, owner.name);
  }
  return {
    ...newFacts(host, identity),
    ...(uuid !== undefined && { uuid: uuidText(uuid) ?? uuid }),
    ...(serial !== undefined && { serial }),
  };
}

/** The status with the facts of both sides. A BMC that is surely the host's own fills in what the host's record lacks. */
export function learnFrom(inventory: Pick<Inventory, 'getHost' | 'listHosts' | 'recordFacts'>, name: string, status: BmcStatus): BmcStatus {
  const host = inventory.getHost(name);
  const { identity } = status;
  if (!identity) return status;
  const comparison = compareMachine(host, identity, inventory.listHosts());
  const facts = comparison.kind === 'same' ? newFacts(host, identity) : undefined;
  if (facts) inventory.recordFacts(name, facts, 'bmc');
  return { ...status, comparison };
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
