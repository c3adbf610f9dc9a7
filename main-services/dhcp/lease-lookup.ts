import type { Clock } from '../../contract/runtime.ts';
import type { LeaseRows } from '../../db/leases.ts';

/** Which machine has which address now, by the leases. */
export interface LeaseLookup {
  macOfAddress(ip: string): string | undefined;
  addressOfMac(mac: string): string | undefined;
}

export function leaseLookup(leases: LeaseRows, clock: Clock): LeaseLookup {
  const live = (lease: { state: string; expiresAt: number }): boolean => lease.state === 'bound' && lease.expiresAt > clock.now();
  return {
    macOfAddress(ip) {
      const lease = leases.byIp(ip);
      return lease && live(lease) ? lease.mac : undefined;
    },
    addressOfMac: (mac) => leases.byMac(mac).find(live)?.ip,
  };
}
