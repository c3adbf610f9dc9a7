import type { Nic } from '../../contract/appliance.ts';
import { netmaskToPrefix } from '../../contract/primitives.ts';
import { subnetOf } from './routes.ts';
import type { KernelRoute } from './routes.ts';

export interface SubnetOffer {
  /** The address that the NIC gets. */
  readonly address: string;
  readonly prefix: number;
}

/**
 * A private /24 for a NIC without an address: the first of 192.168.77.0 to 192.168.254.0, then 10.x.77.0, then 172.16.77.0 to
 * 172.31.77.0, that overlaps no route and no NIC's subnet. Undefined when everything private is in use.
 */
export function offerSubnet(known: readonly KernelRoute[], nics: readonly Nic[]): SubnetOffer | undefined {
  const taken = [...known.filter(isReal).map((route) => subnetOf(route.destination, route.prefix)), ...nics.flatMap(subnetsOf)];
  for (const network of candidates()) {
    const { first, last } = subnetOf(`${network}.0`, 24);
    if (!taken.some((each) => each.first <= last && first <= each.last)) return { address: `${network}.1`, prefix: 24 };
  }
  return undefined;
}

/** VPNs split the default route into 0.0.0.0/1 and 128.0.0.0/1; a route wider than any private network does not count. */
function isReal(route: KernelRoute): boolean {
  return route.prefix >= 8;
}

function subnetsOf(nic: Nic): { first: number; last: number }[] {
  return nic.addresses.map((each) => subnetOf(each.address, netmaskToPrefix(each.netmask) ?? 32));
}

function* candidates(): Generator<string> {
  for (let third = 77; third <= 254; third++) yield `192.168.${third}`;
  for (let second = 77; second <= 254; second++) yield `10.${second}.77`;
  for (let second = 16; second <= 31; second++) yield `172.${second}.77`;
}
