import { BlockList, isIP, isIPv6 } from 'node:net';
import { ipv4ToNumber } from '../../../contract/primitives.ts';

/**
 * Whether a URL may be read, after its name was resolved: undefined, or the sentence that says why not. `first` are the
 * addresses of the first URL of a chain of redirects. Asked again at every hop; the connection goes to the addresses asked about.
 */
export type Guard = (url: URL, addresses: readonly string[], first: readonly string[]) => string | undefined;

export type SpecialUse = 'loopback' | 'link-local' | 'cloud metadata' | 'unspecified' | 'multicast or reserved';

/** By use, the narrower first. The metadata addresses are those of AWS, Alibaba, Oracle and Azure. */
const SPECIAL: readonly (readonly [SpecialUse, BlockList])[] = [
  [
    'cloud metadata',
    blockList('169.254.169.254/32', '169.254.170.2/32', '100.100.100.200/32', '192.0.0.192/32', '168.63.129.16/32', 'fd00:ec2::254/128'),
  ],
  ['unspecified', blockList('0.0.0.0/8', '::/128')],
  ['loopback', blockList('127.0.0.0/8', '::1/128')],
  ['link-local', blockList('169.254.0.0/16', 'fe80::/10')],
  ['multicast or reserved', blockList('224.0.0.0/3', 'ff00::/8')],
];
/** RFC 1918, RFC 6598 (carriers' shared space) and unique local IPv6 addresses. */
const PRIVATE = blockList('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7');

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

/** What an address is set aside for, IPv4 inside IPv6 included (mapped, compatible, NAT64, 6to4). Anything else is 'unspecified'. */
export function specialUse(address: string): SpecialUse | undefined {
  const plain = withoutZone(address);
  if (isIP(plain) === 0) return 'unspecified';
  return useOf(plain) ?? (isIPv6(plain) ? useOf(embeddedIpv4(ipv6Groups(plain))) : undefined);
}

function useOf(address: string | undefined): SpecialUse | undefined {
  return address === undefined ? undefined : SPECIAL.find(([, list]) => includes(list, address))?.[0];
}

function isPrivate(address: string): boolean {
  return includes(PRIVATE, withoutZone(address));
}

function blockList(...subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = '', prefix = ''] = subnet.split('/');
    list.addSubnet(network, Number(prefix), family(network));
  }
  return list;
}

/** Sees IPv4 addresses that are mapped into IPv6 as well. */
function includes(list: BlockList, address: string): boolean {
  return isIP(address) !== 0 && list.check(address, family(address));
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}

function withoutZone(address: string): string {
  return address.split('%')[0] ?? '';
}

/** The IPv4 address in an IPv6 one: compatible, mapped or translated, NAT64 (RFC 6052) and 6to4 (RFC 3056). */
function embeddedIpv4(groups: readonly number[]): string | undefined {
  const [first, second, , , fifth, sixth] = groups;
  const zeros = (end: number) => groups.slice(0, end).every((group) => group === 0);
  const atEnd = zeros(6) || (zeros(5) && sixth === 0xffff) || (zeros(4) && fifth === 0xffff) || (first === 0x64 && second === 0xff9b);
  const at = atEnd ? 6 : first === 0x2002 ? 1 : undefined;
  if (at === undefined) return undefined;
  return groups
    .slice(at, at + 2)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.');
}

/** The eight groups of a valid IPv6 address, `::` and a dotted tail spelled out. */
function ipv6Groups(address: string): number[] {
  const plain = address.replace(/(\d+\.\d+\.\d+\.\d+)$/, (quad) => {
    const value = ipv4ToNumber(quad);
    return `${Math.floor(value / 65536).toString(16)}:${(value % 65536).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::');
  const parse = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const left = parse(head);
  const right = parse(tail ?? '');
  return [...left, ...Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => 0), ...right];
}
