import type { Nic } from '../../contract/appliance.ts';

/** 169.254/16, which a system assigns itself when no DHCP server responds (RFC 3927). */
export function isLinkLocal(address: string): boolean {
  return address.startsWith('169.254.');
}

/** The address that boot services use: the first that is not 169.254. */
export function usableAddress(nic: Nic): { address: string; netmask: string } | undefined {
  return nic.addresses.find((each) => !each.linkLocal);
}
