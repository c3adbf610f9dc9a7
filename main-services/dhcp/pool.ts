import { BootbenchError } from '../../contract/errors.ts';
import { broadcastOf, ipv4ToNumber, netmaskToPrefix, numberToIpv4, sameSubnet } from '../../contract/primitives.ts';

/** Addresses for machines without a reservation: both ends included, our own left out. */
export interface Pool {
  readonly first: number;
  readonly last: number;
  readonly without: number;
}

/** A chosen pool may hold this many; looking for a free address stays quick. */
const LARGEST_POOL = 65_536;
const LARGEST_DEFAULT = 1024;

/**
 * The pool as chosen, or the upper half of the subnet (at most its last 1,024 addresses). E_DHCP_POOL when the choice leaves the
 * subnet, contains its network or broadcast address, is reversed or too large, or when the subnet has no room.
 */
export function poolFor(binding: { address: string; netmask: string }, chosen?: readonly [string, string]): Pool {
  const prefix = netmaskToPrefix(binding.netmask) ?? 0;
  if (prefix > 30) throw poolError(`The subnet of ${binding.address}/${prefix} has no room for other machines.`);
  const own = ipv4ToNumber(binding.address);
  const broadcast = ipv4ToNumber(broadcastOf(binding.address, binding.netmask));
  const network = broadcast - (2 ** (32 - prefix) - 1);
  if (!chosen) return defaultPool(network, broadcast, own);
  const [first, last] = chosen;
  const range = `The pool ${first}-${last}`;
  for (const end of chosen) {
    if (!sameSubnet(end, binding.address, binding.netmask)) {
      throw poolError(`${range} leaves the subnet ${numberToIpv4(network)}/${prefix}: ${end} is not in it.`);
    }
    if (ipv4ToNumber(end) === network) throw poolError(`${range} contains the network address ${end}.`);
    if (ipv4ToNumber(end) === broadcast) throw poolError(`${range} contains the broadcast address ${end}.`);
  }
  const pool = { first: ipv4ToNumber(first), last: ipv4ToNumber(last), without: own };
  if (pool.last < pool.first) throw poolError(`${range} ends before it begins.`);
  if (pool.last - pool.first >= LARGEST_POOL) throw poolError(`${range} has more than ${LARGEST_POOL} addresses.`);
  if (pool.first === own && pool.last === own) throw poolError(`${range} holds nothing but our own address.`);
  return pool;
}

function defaultPool(network: number, broadcast: number, own: number): Pool {
  const last = broadcast - 1;
  const middle = network + Math.ceil((broadcast - network) / 2);
  const first = Math.max(network + 1, middle, last - LARGEST_DEFAULT + 1);
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

/** Every address once, beginning `from` places into the pool: it ends whatever the caller does. */
export function* walk(pool: Pool, from: number): Generator<{ ip: string; place: number }> {
  const size = pool.last - pool.first + 1;
  for (let step = 0; step < size; step += 1) {
    const place = (from + step) % size;
    if (pool.first + place !== pool.without) yield { ip: numberToIpv4(pool.first + place), place };
  }
}

function poolError(sentence: string): BootbenchError {
  return new BootbenchError('E_DHCP_POOL', sentence);
}
