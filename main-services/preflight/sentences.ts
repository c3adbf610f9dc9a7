import { SERVICE_TITLES, type ServiceName } from '../../contract/appliance.ts';

/** Every sentence of the checklist of this computer that a person can read. `port` is `TFTP (udp 69)`. */

// Network port

export const linkOf = (nic: string, speed: number | undefined): string =>
  `${nic} has a link${speed === undefined ? '' : ` of ${speed} Mbit/s`}.`;
export const addressOf = (nic: string, address: string): string => `${nic} has the address ${address}.`;
export const chooseNic = (names: readonly string[]): string => `Connect the adapter, or choose one of ${names.join(', ')}.`;
export const CONNECT_CABLE = 'Connect the cable to a powered switch or machine; the services start automatically.';
export const ENABLE_NIC = 'Enable it:';
export const ENABLE_NIC_BUTTON = 'Enable';
export const ASSIGN_ADDRESS = 'Assign an IPv4 address to the port.';
export const assignAddress = (subnet: string): string => `Assign ${subnet}, which no other network of this computer uses:`;
export const assignAddressButton = (subnet: string): string => `Set ${subnet}`;

// Network

export const DEFAULT_ROUTE = 'has the default route, so it is connected to the rest of your network';
export const WIRELESS = 'is Wi-Fi, which most machines cannot netboot from';
export const CHOOSE_OR_CONFIRM = 'Choose the lab port, use --dhcp proxy, or confirm full DHCP here with --confirm-dhcp.';
export const CHOOSE_LAB_PORT = 'Choose the lab port if this is the wrong one.';
export const RUNS_AS_PROXY = 'DHCP therefore runs in proxy mode here.';
export const CONFIRM_DHCP_BUTTON = 'Use full DHCP here anyway';
export const PROXY_BUTTON = 'Use proxy mode';
export const ownNetwork = (nic: string): string => `${nic} is a wired port of its own.`;
export const sharedNetwork = (nic: string, reasons: readonly string[]): string => `${nic} ${reasons.join(' and ')}.`;

// Ports

export const ALL_PORTS_ALLOWED = 'The operating system allows Bootbench to open every port.';
export const STOP_PROGRAM = 'Stop that program: firmware uses only this port.';
export const ALLOW_LOW_PORTS = 'Allow ordinary programs to open low ports (until the next restart):';
export const ALLOW_LOW_PORTS_BUTTON = 'Allow low ports';
export const CHECK_SECURITY_SOFTWARE = 'Another program may have reserved them: check the system’s security software.';
export const OPEN_PORTS_BUTTON = 'Open the ports';
/** `TFTP (udp 69)`; port 0 stands for any that is free. */
export const portName = (service: ServiceName, protocol: 'udp' | 'tcp', port: number): string =>
  `${SERVICE_TITLES[service]} (${port === 0 ? `any free ${protocol} port` : `${protocol} ${port}`})`;
export const anyPort = (service: ServiceName, protocol: 'udp' | 'tcp'): string =>
  `${SERVICE_TITLES[service]} uses any free ${protocol} port.`;
export const portFree = (port: string): string => `${port} is free.`;
export const portOwn = (port: string): string => `${port} is in use by Bootbench.`;
export const stopProgramOrMove = (option: string): string => `Stop that program, or choose another port with ${option}.`;
export const portsDenied = (ports: string): string =>
  `The operating system does not allow Bootbench to open ${ports}. Other services keep running.`;

// Other DHCP servers

export const DHCP_OFF = 'DHCP is off, so another server does not matter.';
export const SCAN = 'Scan for other servers; it takes four seconds.';
export const SCAN_BUTTON = 'Scan again';
export const USE_PROXY = 'Use proxy mode alongside it (--dhcp proxy), or disconnect it and scan again.';
export const notScanned = (nic: string): string => `${nic} has not been scanned for other DHCP servers in the last minute.`;
export const noOtherServer = (nic: string): string => `No other DHCP server responds on ${nic}.`;
export const otherServersRespond = (nic: string, servers: string): string => `Another DHCP server responds on ${nic}: ${servers}.`;
export const servedAsProxy = (servers: string): string => `${servers} Bootbench works alongside it in proxy mode.`;
export const serverName = (address: string, vendor: string | undefined): string =>
  vendor === undefined ? address : `${address} (${vendor})`;

export interface OtherServerText {
  readonly address: string;
  readonly vendor: string | undefined;
  readonly proxy: boolean;
  readonly offeredBoot: string | undefined;
}

export function otherServer({ address, vendor, proxy, offeredBoot }: OtherServerText): string {
  const role = proxy ? 'is a proxy: it assigns no addresses' : 'assigns addresses';
  const boot = offeredBoot === undefined ? '' : `${proxy ? ', but' : ' and'} names the boot file ${offeredBoot}`;
  return `${serverName(address, vendor)} ${role}${boot}.`;
}

// Boot files

export const BOOT_FILES_NOT_CHECKED = 'The boot files have not been checked yet.';
export const DOWNLOAD_BOOT_FILES = 'Download them from this system’s distribution, or use “From a folder or an address…” under Network.';
export const DOWNLOAD_BOOT_FILES_BUTTON = 'Download boot files';
export const FETCH_BOOT_FILES =
  'Use “From a folder or an address…” under Network, or run this command. It shows each hash before it installs a file.';
export const FETCH_BOOT_FILES_COMMAND = 'bootbench boot-files fetch --from https://boot.ipxe.org';
export const DOWNLOADING_BOOT_FILES = 'Downloading the boot files.';
export const BOOT_FILES_DOWNLOADED = 'The boot files are complete.';
export const BOOT_FILES_NOT_DOWNLOADED = 'Boot files could not be downloaded.';
export const bootFilesPresent = (count: number): string => `All ${count} boot files are present.`;
export const bootFilesMissing = (missing: number, all: number, costs: string): string =>
  `${missing} of ${all} boot files are missing. ${costs}`;
export const OTHER_SOURCE = 'Try again, or use a folder or an address (Network → Boot files).';
export const SOURCE_READ = 'The source has been read.';
export const notAtSource = (names: readonly string[], source: string): string => `${names.join(', ')} not found at ${source}.`;

// ISO endpoints

export const OPENS_AUTOMATICALLY = 'It opens automatically once this is fixed.';
export const isoEndpoint = (where: string): string => `BMCs can also read ISOs at ${where}.`;
export const isoEndpointClosed = (scheme: string, nic: string, reason: string): string =>
  `BMCs cannot read ISOs over ${scheme} on ${nic}: ${reason}`;

// Fixes

export const noSuchFix = (id: string, ids: readonly string[]): string =>
  `The checklist has no fix "${id}"; available: ${ids.length === 0 ? 'none' : ids.join(', ')}.`;
export const fixFailed = (command: string, output: string | undefined): string =>
  `The command failed${output === undefined ? '' : ` (${output})`}: ${command}`;
export const runManually = (command: string): string => `Run in a terminal: ${command}`;
