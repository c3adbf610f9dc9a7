import shipped from '../../resources/oui.txt?raw';

/** Vendor names of network ports, by the first three bytes of their MAC address. */
export interface Vendors {
  /** By MAC as it was given (lower-case colons); those of unknown vendor are left out. */
  of(macs: readonly string[]): Promise<Record<string, string>>;
}

/** What hypervisors use although the bit says "administered locally". QEMU: its documentation of `-device …,mac=`. */
const VIRTUAL: Readonly<Record<string, string>> = { '525400': 'QEMU' };

const HEX_DIGITS = 6;

/** The table is parsed when it is first asked for: 450 KB that a headless bench may never need. */
export function vendors(load: () => Promise<string> = () => Promise.resolve(shipped)): Vendors {
  let table: Promise<ReadonlyMap<string, string>> | undefined;
  return {
    async of(macs) {
      table ??= load().then(parseVendors);
      const known = await table;
      return Object.fromEntries(
        macs.flatMap((mac) => {
          const name = vendorOf(mac, known);
          return name === undefined ? [] : [[mac, name]];
        }),
      );
    },
  };
}

/** Undefined for locally administered addresses: with the second-lowest bit of the first byte set, the prefix has no owner (IEEE 802-2014 §8.2). */
export function vendorOf(mac: string, table: ReadonlyMap<string, string>): string | undefined {
  const prefix = mac.replaceAll(':', '').slice(0, HEX_DIGITS).toLowerCase();
  const virtual = VIRTUAL[prefix];
  if (virtual !== undefined) return virtual;
  const local = (Number.parseInt(prefix.slice(0, 2), 16) & 2) !== 0;
  return local ? undefined : table.get(prefix);
}

/** Lines of `name TAB prefixes without anything between`, as scripts/oui.mjs writes them. */
export function parseVendors(text: string): ReadonlyMap<string, string> {
  const table = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [name = '', prefixes] = line.split('\t');
    if (prefixes === undefined || name.startsWith('#')) continue;
    for (let at = 0; at + HEX_DIGITS <= prefixes.length; at += HEX_DIGITS) table.set(prefixes.slice(at, at + HEX_DIGITS), name);
  }
  return table;
}
