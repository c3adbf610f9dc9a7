import { isIPv4, isIPv6 } from 'node:net';
import { ipv4ToNumber } from '../../../contract/primitives.ts';

/**
 * Whether a URL may be read, after its name was resolved: undefined, or the sentence that says why not. `first` are the
 * addresses of the first URL of a chain of redirects. Asked again at every hop; the connection goes to the addresses asked about.
 */
export type Guard = (url: URL, addresses: readonly string[], first: readonly string[]) => string | undefined;

export type SpecialUse = 'loopback' | 'link-local' | 'cloud metadata' | 'unspecified' | 'multicast or reserved';

/** First address, prefix length, use. The metadata addresses are those of AWS, Alibaba, Oracle and Azure. */
const IPV4: readonly (readonly [string, number, SpecialUse])[] = [
  ['169.254.169.254', 32, 'cloud metadata'],
  ['169.254.170.2', 32, 'cloud metadata'],
  ['100.100.100.200', 32, 'cloud metadata'],
  ['192.0.0.192', 32, 'cloud metadata'],
  ['168.63.129.16', 32, 'cloud metadata'],
  ['0.0.0.0', 8, 'unspecified'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link-local'],
  ['224.0.0.0', 3, 'multicast or reserved'],
];

const METADATA_NAMES = new Set(['metadata', 'metadata.google.internal', 'instance-data', 'instance-data.ec2.internal']);

/**
 * For a URL that came with a request: never loopback, link-local, metadata, unspecified or multicast, at any hop; and no
 * redirect from a public server into a private network.
 */
export function queryGuard(): Guard {
  return (url, addresses, first) => {
    const inside = first.some(isPrivate) ? undefined : addresses.find(isPrivate);
    if (inside !== undefined) return `${inside} (${url.host}) is a private address that a public server redirects to.`;
    return refuse(url, addresses, () => true);
  };
}

/**
 * For the operator's own URL, which may be loopback or private. A redirect from it must not lead to a special address unless
 * the URL itself was of that kind.
 */
export function operatorGuard(ownUrl: string): Guard {
  const own = URL.parse(ownUrl)?.href;
  return (url, addresses, first) => {
    if (url.href === own) return undefined;
    const allowed = new Set(first.map(specialUse));
    return refuse(url, addresses, (use) => !allowed.has(use));
  };
}

function refuse(url: URL, addresses: readonly string[], forbids: (use: SpecialUse) => boolean): string | undefined {
  const name = url.hostname.replace(/\.$/, '').toLowerCase();
  if (METADATA_NAMES.has(name) && forbids('cloud metadata')) return `${name} is a cloud metadata service.`;
  for (const address of addresses) {
    const use = specialUse(address);
    if (use && forbids(use))
      return `${address}${name === address ? '' : ` (${name})`} is ${use === 'unspecified' ? 'an' : 'a'} ${use} address.`;
  }
  return undefined;
}

/** What an address is set aside for, IPv4 inside IPv6 included (mapped, compatible, NAT64, 6to4). Nonsense is 'unspecified'. */
export function specialUse(address: string): SpecialUse | undefined {
  if (isIPv4(address)) return specialIpv4(ipv4ToNumber(address));
  const groups = isIPv6(address) ? ipv6Groups(address) : undefined;
  return groups ? specialIpv6(groups) : 'unspecified';
}

/** RFC 1918, RFC 6598 (carriers' shared space) and unique local IPv6 addresses. */
function isPrivate(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  if (!isIPv4(mapped)) return /^f[cd]/i.test(address);
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(mapped);
}

function specialIpv4(address: number): SpecialUse | undefined {
  return IPV4.find(
    ([start, prefix]) => Math.floor(address / 2 ** (32 - prefix)) === Math.floor(ipv4ToNumber(start) / 2 ** (32 - prefix)),
  )?.[2];
}

function specialIpv6(groups: readonly number[]): SpecialUse | undefined {
  const [first = 0, second = 0] = groups;
  const last = groups[7] ?? 0;
  if (isZero(groups, 0, 7) && last <= 1) return last === 0 ? 'unspecified' : 'loopback';
  const ipv4 = ipv4Inside(groups);
  if (ipv4 !== undefined) return specialIpv4(ipv4);
  if (first >= 0xff00) return 'multicast or reserved';
  if ((first & 0xffc0) === 0xfe80) return 'link-local';
  if (first === 0xfd00 && second === 0xec2 && isZero(groups, 2, 7) && last === 0x254) return 'cloud metadata';
  return undefined;
}

/** The IPv4 address in a compatible, mapped, NAT64 or 6to4 address, as a number. */
function ipv4Inside(groups: readonly number[]): number | undefined {
  const group = (index: number): number => groups[index] ?? 0;
  const ipv4At = (index: number): number => group(index) * 65536 + group(index + 1);
  const isMapped = (isZero(groups, 0, 5) && group(5) === 0xffff) || (isZero(groups, 0, 4) && group(4) === 0xffff);
  const isNat64 = group(0) === 0x64 && group(1) === 0xff9b;
  if (isZero(groups, 0, 6) || isMapped || isNat64) return ipv4At(6);
  return group(0) === 0x2002 ? ipv4At(1) : undefined;
}

function isZero(groups: readonly number[], from: number, to: number): boolean {
  return groups.slice(from, to).every((value) => value === 0);
}

/** The eight groups of a valid IPv6 address, `::` and a dotted tail spelled out. */
function ipv6Groups(address: string): number[] {
  const plain = (address.split('%')[0] ?? '').replace(/(\d+\.\d+\.\d+\.\d+)$/, (quad) => {
    const value = ipv4ToNumber(quad);
    return `${Math.floor(value / 65536).toString(16)}:${(value % 65536).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::');
  const parse = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const left = parse(head);
  const right = parse(tail ?? '');
  return [...left, ...Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => 0), ...right];
}
