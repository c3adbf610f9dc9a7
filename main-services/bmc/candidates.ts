import type { BmcCandidate, FactoryVendor } from '../../contract/bmc.ts';
import type { Discovered, Host, Lease } from '../../contract/inventory.ts';
import { parseBmcAddress } from './endpoint.ts';
import { CANDIDATE_REASONS } from './sentences.ts';

export interface BmcCandidateSources {
  readonly leases: readonly Lease[];
  readonly hosts: readonly Host[];
  /** Unknown machines that requested to boot. */
  readonly discovered: readonly Discovered[];
  /** Makers by MAC. */
  readonly makers: Readonly<Record<string, string>>;
}

interface VendorPattern {
  readonly vendor: string;
  readonly factory?: FactoryVendor;
  /** DHCP host name, as it leaves the factory. */
  readonly hostname?: RegExp;
  /** DHCP option 60. */
  readonly vendorClass?: RegExp;
  readonly maker: RegExp;
}

/** How a vendor’s BMC is recognized. Host names: iDRAC, iLO and XCC manuals; MegaRAC and OpenBMC as they ship. */
const VENDORS: readonly VendorPattern[] = [
  { vendor: 'Dell', factory: 'Dell', hostname: /^i?drac\b/i, vendorClass: /^i?drac/i, maker: /^dell\b/i },
  { vendor: 'HPE', hostname: /^ilo/i, vendorClass: /^cpqrib/i, maker: /^hewlett packard/i },
  { vendor: 'Supermicro', factory: 'Supermicro', maker: /^super ?micro/i },
  { vendor: 'Lenovo', factory: 'Lenovo', hostname: /^(xcc|imm2?)-/i, maker: /^lenovo/i },
  { vendor: 'OpenBMC', factory: 'OpenBMC', hostname: /^(openbmc|obmc)/i, maker: /(?!)/ },
  { vendor: 'AMI', factory: 'AMI', hostname: /^(ami[0-9a-f]{12}|megarac)/i, maker: /^(american megatrends|asrock)/i },
  { vendor: 'Fujitsu', hostname: /^irmc/i, maker: /^fujitsu/i },
  { vendor: 'Cisco', hostname: /^cimc|^c\d{3}-/i, maker: /(?!)/ },
  { vendor: 'Quanta', maker: /^quanta computer/i },
  { vendor: 'Gigabyte', maker: /^giga-?byte tech/i },
  { vendor: 'Inspur', maker: /^inspur/i },
  { vendor: 'ASUS', maker: /^asustek/i },
];

/** What firmware that boots, and systems that run on the machine itself, call themselves. */
const NOT_A_BMC = /^(pxeclient|httpclient|msft|android-dhcp)/i;

/** Leases that look like a BMC’s and belong to no host yet, in the order of their addresses. Pure. */
export function bmcCandidates({ leases, hosts, discovered, makers }: BmcCandidateSources): BmcCandidate[] {
  const machines = new Set([...hosts.flatMap(({ interfaces }) => interfaces.map(({ mac }) => mac)), ...discovered.map(({ mac }) => mac)]);
  const taken = new Set(hosts.flatMap(({ bmc }) => (bmc ? addressOf(bmc.address) : [])));
  return leases
    .filter(({ ip, mac, state, vendorClass }) => {
      const isFree = state === 'bound' && !machines.has(mac) && !taken.has(ip);
      return isFree && !NOT_A_BMC.test(vendorClass ?? '');
    })
    .flatMap((lease) => candidate(lease, makers[lease.mac]) ?? []);
}

/** What it reports counts more than who made its port. */
function candidate({ ip, mac, hostname = '', vendorClass = '' }: Lease, maker: string | undefined): BmcCandidate | undefined {
  const found = (reason: string, { vendor, factory }: VendorPattern): BmcCandidate => ({
    ip,
    mac,
    vendor,
    reason,
    ...(factory && { factory }),
  });
  const named = VENDORS.find((pattern) => pattern.hostname?.test(hostname));
  if (named) return found(CANDIDATE_REASONS.hostname(hostname), named);
  const classed = VENDORS.find((pattern) => pattern.vendorClass?.test(vendorClass));
  if (classed) return found(CANDIDATE_REASONS.vendorClass(vendorClass), classed);
  const made = VENDORS.find((pattern) => maker !== undefined && pattern.maker.test(maker));
  return made && found(CANDIDATE_REASONS.maker(maker ?? made.vendor), made);
}

function addressOf(address: string): string[] {
  try {
    return [parseBmcAddress(address).host];
  } catch {
    return [];
  }
}
