import type { Host, HostFacts } from '../../../contract/inventory.ts';
import { compareMachines, factsOfHost, sharedAmong } from '../../../contract/machine-identity.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { Identity } from '../boot.ts';
import { mismatchedMachine } from './sentences.ts';

export interface Identifier {
  byMac(mac: string, facts?: Pick<HostFacts, 'uuid' | 'serial'>): Identity;
  byAddress(ip: string): Identity;
}

/** Which host a MAC or address is. `macOfAddress`: the MAC that has a live lease on an address. */
export function identifier(
  inventory: Pick<Inventory, 'findByMac' | 'findByIp' | 'listHosts'>,
  macOfAddress: (ip: string) => string | undefined,
): Identifier {
  const byMac: Identifier['byMac'] = (mac, facts = {}) => {
    const found = inventory.findByMac(mac);
    if (!found) return { kind: 'unknown' };
    const message = mismatch(found.host, mac, facts, () => inventory.listHosts());
    return message === undefined ? { kind: 'host', ...found } : { kind: 'mismatch', ...found, message };
  };

  return {
    byMac,
    byAddress(ip) {
      const holder = macOfAddress(ip);
      const leased = holder === undefined ? undefined : inventory.findByMac(holder);
      const reserved = inventory.findByIp(ip);
      const candidates = new Map([...reserved, ...(leased ? [leased] : [])].map((found) => [found.host.name, found]));
      // An address that is leased to an unknown machine is not the reservation's host.
      if (candidates.size > 1 || (holder !== undefined && !leased && reserved.length > 0))
        return { kind: 'ambiguous', hosts: [...candidates.keys()] };
      const [only] = candidates.values();
      return only ? { kind: 'host', ...only } : { kind: 'unknown' };
    },
  };
}

/**
 * Explains that a known MAC is on another machine, as a shared USB network adapter can be. Only what a person or the BMC confirmed is
 * compared: what machines report by themselves never locks a host. A value that two hosts have identifies neither; the hosts are searched
 * only when something differs, because this runs for each DHCP packet.
 */
function mismatch(
  host: Host,
  mac: string,
  { uuid, serial }: Pick<HostFacts, 'uuid' | 'serial'>,
  hosts: () => readonly Host[],
): string | undefined {
  const machine = { macs: [mac], serials: serial === undefined ? [] : [serial], uuid };
  const options = { host: host.name, reporter: 'This machine' };
  const confirmed = factsOfHost({ interfaces: host.interfaces, facts: host.confirmed ?? {} });
  if (compareMachines(confirmed, machine, options).kind === 'same') return undefined;
  const isShared = sharedAmong(hosts().map(factsOfHost));
  const { kind, message } = compareMachines(confirmed, machine, { ...options, isShared });
  return kind === 'same' ? undefined : mismatchedMachine(mac, host.name, message);
}
