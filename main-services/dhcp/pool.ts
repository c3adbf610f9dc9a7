import { BootbenchError } from '../../contract/errors.ts';
import { broadcastOf, ipv4ToNumber, netmaskToPrefix, numberToIpv4, sameSubnet } from '../../contract/primitives.ts';
import { noRoom, poolProblem } from './sentences.ts';

/** Addresses for machines without a reservation: both ends included, Bootbench's own address excluded. */
export interface Pool {
  readonly first: number;
  readonly last: number;
  readonly without: number;
}

/** What the table of leases takes in memory, and a backup on disk, stays small up to here. */
const MAX_POOL_ADDRESSES = 65_536;
const MAX_DEFAULT_ADDRESSES = 1024;

/**
 * The pool as chosen, or the upper half of the subnet (at most its last 1,024 addresses). E_DHCP_POOL when the choice leaves the
 * subnet, contains its network or broadcast address, is reversed or too large, or when the subnet has no room.
 */
export function poolFor(binding: { address: string; netmask: string }, chosen?: readonly [string, string]): Pool {
  const prefix = netmaskToPrefix(binding.netmask) ?? 0;
  if (prefix > 30) throw poolError(noRoom(`${binding.address}/${prefix}`));
  const own = ipv4ToNumber(binding.address);
  const broadcast = ipv4ToNumber(broadcastOf(binding.address, binding.netmask));
  const network = broadcast - (2 ** (32 - prefix) - 1);
  if (!chosen) return defaultPool(network, broadcast, own);
  const range = chosen.join('-');
  for (const end of chosen) {
    if (!sameSubnet(end, binding.address, binding.netmask)) {
      throw poolError(poolProblem.outsideSubnet(range, end, `${numberToIpv4(network)}/${prefix}`));
    }
    if (ipv4ToNumber(end) === network) throw poolError(poolProblem.networkAddress(range, end));
    if (ipv4ToNumber(end) === broadcast) throw poolError(poolProblem.broadcastAddress(range, end));
  }
  const [first, last] = chosen;
  const pool = { first: ipv4ToNumber(first), last: ipv4ToNumber(last), without: own };
  if (pool.last < pool.first) throw poolError(poolProblem.reversed(range));
  if (pool.last - pool.first >= MAX_POOL_ADDRESSES) throw poolError(poolProblem.tooLarge(range, MAX_POOL_ADDRESSES));
  if (pool.first === own && pool.last === own) throw poolError(poolProblem.ownAddressOnly(range));
  return pool;
}

function defaultPool(network: number, broadcast: number, own: number): Pool {
  const last = broadcast - 1;
  const middle = network + Math.ceil((broadcast - network) / 2);
  const first = Math.max(network + 1, middle, last - MAX_DEFAULT_ADDRESSES + 1);
  if (first === last && own === last) return { first: network + 1, last, without: own };
  return { first, last, without: own };
}

export function inPool(pool: Pool, ip: string): boolean {
  const value = ipv4ToNumber(ip);
  return value >= pool.first && value <= pool.last && value !== pool.without;
}

export function poolText(pool: Pool): string {
  return `${numberToIpv4(pool.first)}-${numberToIpv4(pool.last)}`;
}

/** How many addresses it has, with Bootbench's own. */
export function sizeOf(pool: Pool): number {
  return Math.max(0, pool.last - pool.first + 1);
}

function poolError(message: string): BootbenchError {
  return new BootbenchError('E_DHCP_POOL', message);
}
