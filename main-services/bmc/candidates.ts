import type { BmcCandidate, FactoryVendor } from '../../contract/bmc.ts';
import type { Discovered, Host, Lease } from '../../contract/inventory.ts';
import { parseBmcAddress } from './endpoint.ts';

export interface BmcCandidateSources {
  readonly leases: readonly Lease[];
  readonly hosts: readonly Host[];
  /** Those that asked to boot. */
  readonly discovered: readonly Discovered[];
  /** Makers by MAC. */
  readonly makers: Readonly<Record<string, string>>;
}

interface Sign {
  readonly vendor: string;
  readonly factory?: FactoryVendor;
  /** The name that it asks for an address with, as it leaves the factory. */
  readonly hostname?: RegExp;
  /** DHCP option 60. */
  readonly vendorClass?: RegExp;
  readonly maker: RegExp;
}

/** By which a vendor’s BMC is told. Names: iDRAC, iLO and XCC manuals; MegaRAC and OpenBMC as they ship. */
const SIGNS: readonly Sign[] = [
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
const NO_BMC = /^(pxeclient|httpclient|msft|android-dhcp)/i;

/** Leases that look like a BMC’s and belong to no host yet, in the order of their addresses. Pure. */
export function bmcCandidates({ leases, hosts, discovered, makers }: BmcCandidateSources): BmcCandidate[] {
  const machines = new Set([...hosts.flatMap(({ interfaces }) => interfaces.map(({ mac }) => mac)), ...discovered.map(({ mac }) => mac)]);
  const taken = new Set(hosts.flatMap(({ bmc }) => (bmc ? addressOf(bmc.address) : [])));
  return leases
    .filter(({ ip, mac, state, vendorClass }) => {
      const isFree = state === 'bound' && !machines.has(mac) && !taken.has(ip);
      return isFree && !NO_BMC.test(vendorClass ?? '');
    })
    .flatMap((lease) => candidate(lease, makers[lease.mac]) ?? []);
}

/** What it says of itself counts more than who made its port. */
function candidate({ ip, mac, hostname = '', vendorClass = '' }: Lease, maker: string | undefined): BmcCandidate | undefined {
  const told = (why: string, { vendor, factory }: Sign): BmcCandidate => ({ ip, mac, vendor, reason: why, ...(factory && { factory }) });
  const named = SIGNS.find((sign) => sign.hostname?.test(hostname));
  if (named) return told(`It calls itself ${hostname}.`, named);
  const classed = SIGNS.find((sign) => sign.vendorClass?.test(vendorClass));
  if (classed) return told(`Its DHCP vendor class is ${vendorClass}.`, classed);
  const made = SIGNS.find((sign) => maker !== undefined && sign.maker.test(maker));
  return made && told(`Its network port is made by ${maker ?? made.vendor}, and never asked to boot.`, made);
}

function addressOf(address: string): string[] {
  try {
    return [parseBmcAddress(address).host];
  } catch {
    return [];
  }
}
