import type { Host, HostFacts } from '../../contract/inventory.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Identity } from './boot.ts';
import { isPlaceholderId, sameUuid } from './uuid.ts';

export interface Identifier {
  byMac(mac: string, facts?: Pick<HostFacts, 'uuid' | 'serial'>): Identity;
  byAddress(ip: string): Identity;
}

/** Who asks. `macOfAddress` tells which machine holds a live lease on an address. */
export function identifier(
  inventory: Pick<Inventory, 'findByMac' | 'findByIp'>,
  macOfAddress: (ip: string) => string | undefined,
): Identifier {
  const byMac: Identifier['byMac'] = (mac, facts = {}) => {
    const found = inventory.findByMac(mac);
    if (!found) return { kind: 'unknown' };
    const sentence = mismatch(found.host, mac, facts);
    return sentence === undefined ? { kind: 'host', ...found } : { kind: 'mismatch', ...found, sentence };
  };

  return {
    byMac,
    byAddress(ip) {
      const holder = macOfAddress(ip);
      const leased = holder === undefined ? undefined : inventory.findByMac(holder);
      const reserved = inventory.findByIp(ip);
      const candidates = new Map([...reserved, ...(leased ? [leased] : [])].map((found) => [found.host.name, found]));
      // An address that is leased to a machine we don't know is not the reservation's host.
      if (candidates.size > 1 || (holder !== undefined && !leased && reserved.length > 0))
        return { kind: 'ambiguous', hosts: [...candidates.keys()] };
      const [only] = candidates.values();
      return only ? { kind: 'host', ...only } : { kind: 'unknown' };
    },
  };
}

/** A sentence when a known MAC speaks for another machine, as a shared USB network adapter does. */
function mismatch(host: Host, mac: string, facts: Pick<HostFacts, 'uuid' | 'serial'>): string | undefined {
  const { uuid, serial } = host.facts;
  if (differs(uuid, facts.uuid, sameUuid)) {
    return `MAC ${mac} belongs to ${host.name}, but this machine says UUID ${facts.uuid ?? ''}; ${host.name} has ${uuid ?? ''}.`;
  }
  if (differs(serial, facts.serial, (a, b) => a === b)) {
    return `MAC ${mac} belongs to ${host.name}, but this machine says serial ${facts.serial ?? ''}; ${host.name} has ${serial ?? ''}.`;
  }
  return undefined;
}

function differs(known: string | undefined, said: string | undefined, same: (a: string, b: string) => boolean): boolean {
  if (known === undefined || said === undefined || isPlaceholderId(known) || isPlaceholderId(said)) return false;
  return !same(known, said);
}
