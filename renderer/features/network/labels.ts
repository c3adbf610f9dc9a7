import type { BootFileFacts, BootFileOffer, Nic, RuntimeSettings } from '../../../contract/appliance.ts';
import type { Lease } from '../../../contract/inventory.ts';
import { netmaskToPrefix } from '../../../contract/primitives.ts';
import type { State } from '../../ui/state.tsx';

export const MODES: readonly { id: RuntimeSettings['dhcp']; title: string; note: string }[] = [
  { id: 'full', title: 'Full', note: 'Bootbench assigns every machine its address and boot file. For a separate network.' },
  {
    id: 'proxy',
    title: 'Proxy',
    note: 'Another server assigns addresses; Bootbench adds the boot file. For a network that already has DHCP.',
  },
  { id: 'auto', title: 'Automatic', note: 'Scans first: proxy if another server answers, otherwise full.' },
  { id: 'off', title: 'Off', note: 'Bootbench does not answer DHCP. Machines boot only if another server points them to Bootbench.' },
];

export const POLICIES: readonly { id: RuntimeSettings['unknown']; title: string; note: string }[] = [
  { id: 'ignore', title: 'Address only', note: 'Gets an address, but never a boot file.' },
  { id: 'exit', title: 'Boot its own disk', note: 'Gets the loader, shows on its screen that it is unknown, and boots its own disk.' },
  { id: 'wait', title: 'Wait to be adopted', note: 'Gets the loader and retries every few seconds until it is adopted.' },
];

export const ROUTED: readonly { id: RuntimeSettings['routedMachines']; title: string; note: string }[] = [
  {
    id: 'refuse',
    title: 'Only machines confirmed by a relay',
    note: 'A machine behind a router gets its script and config if the router relayed its DHCP to Bootbench. Others are refused, with the reason.',
  },
  {
    id: 'trust',
    title: 'Trust their addresses',
    note: 'For networks behind routers without a relay. Anyone who takes a machine’s address there gets its config.',
  },
];

/** Why assigning addresses on this port needs a confirmation; undefined where it does not. */
export function riskOf({ name, defaultRoute, wireless }: Nic): string | undefined {
  if (defaultRoute) return `${name} is connected to the rest of your network. Full DHCP there can disconnect other people’s machines.`;
  if (wireless) return `${name} is Wi-Fi: others use it too, and most machines cannot netboot from it.`;
  return undefined;
}

/** `192.168.77.1/24`; undefined without a usable IPv4 address (169.254 is none: no machine could be told a router). */
export function addressWords({ addresses }: Nic): string | undefined {
  const usable = addresses.find(({ linkLocal }) => !linkLocal);
  return usable && `${usable.address}/${netmaskToPrefix(usable.netmask) ?? usable.netmask}`;
}

/** One line of the picker. */
export function nicLabel(nic: Nic): string {
  const parts = [
    nic.name,
    addressWords(nic) ?? 'no address',
    nic.carrier ? speedWords(nic.speed) : 'no link',
    nic.wireless ? 'Wi-Fi' : undefined,
    nic.defaultRoute ? 'has the default route' : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

function speedWords(speed: number | undefined): string | undefined {
  if (speed === undefined) return undefined;
  return speed >= 1000 ? `${speed / 1000} Gbit/s` : `${speed} Mbit/s`;
}

export function nicState(nic: Nic | undefined): { state: State; words: string } {
  if (!nic) return { state: 'needs', words: 'No network port selected.' };
  if (!nic.carrier) return { state: 'needs', words: `${nic.name} has no link: plug the cable into a powered switch or machine.` };
  const address = addressWords(nic);
  if (address === undefined) return { state: 'needs', words: `${nic.name} has no IPv4 address.` };
  return { state: 'ready', words: `${nic.name} has ${address}` };
}

/** What a port is good for, as a second line below it. */
export function nicUse({ wireless, defaultRoute, carrier }: Nic): string {
  if (wireless) return 'Wi-Fi: most machines cannot netboot from it';
  if (defaultRoute) return 'connected to the rest of your network';
  return carrier ? 'wired, a separate network' : 'wired, nothing plugged in';
}

/** The facts of a port, a word and its value each. */
export function nicFacts(nic: Nic): { word: string; value: string; mono?: boolean }[] {
  const speed = speedWords(nic.speed);
  const link = nic.carrier ? (speed ?? 'up') : nic.up ? 'nothing plugged in' : 'disabled in this system';
  return [
    { word: 'Port', value: nic.name },
    { word: 'Address', value: addressWords(nic) ?? 'none', mono: true },
    { word: 'MAC', value: nic.mac, mono: true },
    { word: 'Link', value: link },
    { word: 'Kind', value: nic.wireless ? 'Wi-Fi' : nic.loopback ? 'this computer only' : 'wired' },
    { word: 'Connected to', value: nic.defaultRoute ? 'the rest of your network' : 'a separate network' },
    { word: 'MTU', value: `${nic.mtu} bytes` },
  ];
}

/** A bound lease whose time is over is kept for its machine, but no more than that. */
export function leaseState({ state, expiresAt }: Pick<Lease, 'state' | 'expiresAt'>, now: number): { state: State; word: string } {
  if (state === 'declined') return { state: 'needs', word: 'conflict' };
  if (state === 'released') return { state: 'off', word: 'released' };
  if (expiresAt <= now) return { state: 'off', word: 'expired' };
  return state === 'offered' ? { state: 'working', word: 'offered' } : { state: 'ready', word: 'in use' };
}

export const LEASES = {
  title: 'Leases',
  none: 'No leases yet. Machines that get an address from Bootbench appear here.',
  address: 'Address',
  mac: 'MAC',
  machine: 'Machine',
  state: 'State',
  until: 'Expires',
  release: 'Release',
  releaseNow: 'Release now',
  releasing: 'Releasing…',
  unnamed: 'no name reported',
} as const;

export function releaseLabel(ip: string, isConfirming: boolean): string {
  return isConfirming ? `Release ${ip} now` : `Release ${ip}`;
}

export const OTHER_SERVERS = {
  title: 'Other DHCP servers',
  scan: 'Scan again',
  scanning: 'Scanning for 4 s…',
  none: 'None detected. Press “Scan again” to check now.',
} as const;

export function noOtherServer(nic: string | undefined): string {
  return `No other DHCP server found on ${nic ?? 'this port'}.`;
}

export const PROTECTION = {
  title: 'Protection',
  list: 'Limited clients, active ones first',
  none: 'No client has reached a limit. A machine or an attacker that floods Bootbench appears here, and others are still answered.',
  others: 'more clients',
  refused: 'refused',
  since: 'began',
  last: 'last',
  limitedNow: (count: number): string => `${count} limited now`,
} as const;

export const PACKETS = {
  title: 'Packets',
  filter: 'Filter by machine',
  filterExample: 'MAC, part of one, or a host',
  list: 'Packets, newest first',
  none: 'No recent DHCP or TFTP packets.',
} as const;

export function noPacketsOf(machine: string): string {
  return `No recent packets of ${machine}.`;
}

export const OFFER = {
  searching: 'Searching for a free private subnet…',
  needed: 'Machines on this port need a separate network.',
  removed: 'is free. Bootbench removes the address when it quits.',
  applying: 'Applying…',
} as const;

export function giveAddress(nic: string, address: string): string {
  return `Give ${nic} ${address}`;
}

export const RISK = {
  title: 'Assign addresses here?',
  proxy: 'Proxy mode also boots machines there and leaves addresses to the existing server.',
  keep: 'Keep the current mode',
} as const;

export function assignOn(nic: string | undefined): string {
  return `Assign addresses on ${nic ?? 'this port'}`;
}

// Boot files

export const FROM_SOURCE = 'From a folder or an address…';
export const SOURCE_TITLE = 'Boot files from a folder or an address';
export const SOURCE_LABEL = 'Folder or address';
export const SOURCE_HELP = 'A folder of the computer that Bootbench runs on, or an https address. Proposed: the iPXE project’s own builds.';
export const PROPOSED_SOURCE = 'https://boot.ipxe.org';
export const READ_SOURCE = 'Show files';
export const TRUST = 'Compare each SHA-256 with the one that the source publishes. Bootbench remembers it, and refuses other bytes later.';
export const NOTHING_TO_INSTALL = 'All boot files are present, so this source is not needed.';

export const INSTALL = (count: number): string => (count === 1 ? 'Install 1 file' : `Install ${count} files`);
export const installLabel = (name: string): string => `Install ${name}`;

export const OFFER_STATES: Record<BootFileOffer['state'], { state: State; word: string }> = {
  new: { state: 'working', word: 'first use' },
  confirmed: { state: 'ready', word: 'same as before' },
  changed: { state: 'needs', word: 'changed' },
  refused: { state: 'failed', word: 'refused' },
  missing: { state: 'off', word: 'not there' },
};

/** “iPXE 1.21.1, x86-64, 64-bit offsets: HTTP, iSCSI”. What could not be read is called unknown. */
export function factsOf(facts: BootFileFacts | undefined): string {
  if (!facts || facts.format === 'unknown') return 'Version and features: unknown';
  const { program = 'Program', version = 'of unknown version', machine = 'unknown machine', offsetBits, features, signed } = facts;
  const parts = [
    `${program} ${version}`,
    machine,
    ...(offsetBits ? [`${offsetBits}-bit offsets`] : []),
    ...(signed ? ['signed for Secure Boot'] : []),
  ];
  return program === 'iPXE' ? `${parts.join(', ')}: ${features?.join(', ') ?? 'features unknown'}` : parts.join(', ');
}
