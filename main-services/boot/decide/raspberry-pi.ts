import vendors from '../../../resources/oui.txt?raw';

/** `RPi4` little-endian, the first word of option 97 as the boot loader of the Raspberry Pi 4 and 5 fills it in (its setting DHCP_OPTION97). */
const BOOT_LOADER_UUID = '34695052-';

let prefixes: ReadonlySet<string> | undefined;

/**
 * Whether this is a Raspberry Pi, which boots ARM64 but reports architecture 0: its MAC has a prefix that resources/oui.txt gives to one of
 * the Raspberry Pi companies, or its UUID is the boot loader's own (a USB network adapter, or MAC_ADDRESS in its settings).
 */
export function isRaspberryPi({ mac, uuid }: { readonly mac: string; readonly uuid?: string | undefined }): boolean {
  prefixes ??= prefixesIn(vendors);
  return prefixes.has(mac.slice(0, 8).replaceAll(':', '')) || uuid?.startsWith(BOOT_LOADER_UUID) === true;
}

/** Lines of `name TAB prefixes without anything between`. */
function prefixesIn(table: string): ReadonlySet<string> {
  const lines = table.matchAll(/^Raspberry Pi\b[^\t]*\t([0-9a-f]+)$/gm);
  return new Set([...lines].flatMap(([, all = '']) => all.match(/.{6}/g) ?? []));
}
