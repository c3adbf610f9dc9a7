import type { BmcIdentity } from '../../contract/bmc.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { Host, HostFacts } from '../../contract/inventory.ts';
import { isPlaceholderId, sameUuid } from '../boot/uuid.ts';

export type Comparison =
  | { kind: 'same'; sentence: string }
  /** Nothing that both sides tell; it cannot be checked. */
  | { kind: 'unknown'; sentence: string }
  | { kind: 'other'; sentence: string };

type Known = Pick<Host, 'name' | 'facts' | 'interfaces'>;

/**
 * Whether a BMC belongs to the machine that the host stands for. A UUID decides where both have one; then a MAC that both have, then the
 * serial number; a BMC that lists network ports of which none is the host’s belongs to another machine. Pure.
 */
export function compareMachine({ name, facts, interfaces }: Known, { uuid, serial, macs }: BmcIdentity): Comparison {
  const ownUuid = real(facts.uuid);
  const bmcUuid = real(uuid);
  if (ownUuid !== undefined && bmcUuid !== undefined) {
    return sameUuid(ownUuid, bmcUuid)
      ? { kind: 'same', sentence: `The BMC’s machine has the UUID of ${name}, ${ownUuid}.` }
      : { kind: 'other', sentence: `The BMC’s machine has the UUID ${bmcUuid}, but ${name} has ${ownUuid}.` };
  }
  const own = interfaces.map(({ mac }) => mac);
  const shared = macs.find((mac) => own.includes(mac));
  if (shared !== undefined) return { kind: 'same', sentence: `The BMC’s machine has the MAC ${shared} of ${name}.` };
  const ownSerial = real(facts.serial);
  const bmcSerial = real(serial);
  if (ownSerial !== undefined && bmcSerial !== undefined) {
    return ownSerial.toLowerCase() === bmcSerial.toLowerCase()
      ? { kind: 'same', sentence: `The BMC’s machine has the serial number of ${name}, ${ownSerial}.` }
      : { kind: 'other', sentence: `The BMC’s machine has the serial number ${bmcSerial}, but ${name} has ${ownSerial}.` };
  }
  if (macs.length > 0) {
    const sentence = `The BMC’s machine has the MACs ${macs.join(', ')}, but ${name} has ${own.join(', ')}.`;
    return { kind: 'other', sentence };
  }
  return { kind: 'unknown', sentence: `The BMC tells no UUID, serial number or MAC to compare with ${name}’s.` };
}

/** E_BMC_WRONG_MACHINE, or the sentence that says why it is the right one. */
export function mustBeSameMachine(host: Known, identity: BmcIdentity): string {
  const { kind, sentence } = compareMachine(host, identity);
  if (kind === 'other') throw new BootbenchError('E_BMC_WRONG_MACHINE', sentence);
  return sentence;
}

/** What the BMC knows of the machine and the host’s record does not. */
export function newFacts({ facts }: Known, identity: BmcIdentity): HostFacts | undefined {
  const found: HostFacts = {};
  const { uuid, serial } = identity;
  if (real(facts.uuid) === undefined && real(uuid) !== undefined) found.uuid = uuid?.toLowerCase();
  if (real(facts.serial) === undefined && real(serial) !== undefined) found.serial = serial;
  if (facts.manufacturer === undefined && identity.vendor !== '') found.manufacturer = identity.vendor;
  if (facts.product === undefined && identity.model !== undefined) found.product = identity.model;
  return Object.keys(found).length > 0 ? found : undefined;
}

function real(id: string | undefined): string | undefined {
  return id === undefined || isPlaceholderId(id) ? undefined : id;
}
