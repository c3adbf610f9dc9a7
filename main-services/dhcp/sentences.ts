import type { ProbeMethod } from './conflict-probe.ts';

/**
 * Every sentence of DHCP that a person can read. Reasons are clauses about the client, such as `it has no …`, that follow "No reply to the
 * DISCOVER of X: "; everything else is a whole sentence.
 */

// Names

export interface ClientText {
  /** Empty: it has no usable MAC address. */
  readonly mac: string;
  readonly host: string | undefined;
  /** The address that its packet came from. */
  readonly source: string;
  readonly firmware: 'pxe' | 'http' | 'ipxe' | undefined;
  readonly arch: number | undefined;
}

const FIRMWARE = { pxe: 'PXE', http: 'HTTP' };

/** `rack1 (52:54:00:00:00:01)`. */
export function clientName({ mac, host, source }: ClientText): string {
  if (mac === '') return `a machine without a MAC address (from ${source})`;
  return host === undefined ? mac : `${host} (${mac})`;
}

/** `rack1 (52:54:00:00:00:01), PXE firmware of architecture 7`. */
export function clientAndFirmware(client: ClientText): string {
  const { firmware, arch } = client;
  const parts = [clientName(client)];
  if (firmware === 'ipxe') parts.push('running iPXE');
  else if (firmware !== undefined) parts.push(`${FIRMWARE[firmware]} firmware of architecture ${arch ?? 'unknown'}`);
  return parts.join(', ');
}

export interface OtherServerText {
  readonly address: string;
  readonly serverId: string;
  readonly vendor?: string | undefined;
  readonly offeredBoot?: string | undefined;
  readonly proxy: boolean;
}

/** `192.168.1.1 ("router"), which offers addresses and the boot file x`. */
export function describeServer(server: OtherServerText): string {
  const vendor = server.vendor === undefined ? '' : ` ("${server.vendor}")`;
  const identifier = server.serverId === server.address ? '' : ` with server ID ${server.serverId}`;
  const role = server.proxy ? 'a proxy that names boot files' : 'which offers addresses';
  const boot = server.offeredBoot === undefined ? '' : ` and the boot file ${server.offeredBoot}`;
  return `${server.address}${vendor}${identifier}, ${role}${boot}`;
}

// Reasons why a packet is refused before anything is looked up

export const INFINIBAND = 'InfiniBand clients send no MAC address (RFC 4390); only Ethernet is supported';
export const NO_MESSAGE_TYPE = 'it has no message type (option 53); plain BOOTP is not supported';
export const RELAYED_BY_BOOTBENCH = 'it was relayed by Bootbench itself';
export const notARequest = (op: number): string => `it is a reply (op ${op}), not a request`;
export const notEthernet = (type: number, bytes: number): string => `its hardware address is not Ethernet (type ${type}, ${bytes} bytes)`;
export const invalidMac = (mac: string): string => `${mac} is not a valid MAC address of a machine`;
export const invalidRelay = (address: string): string => `its relay address ${address} is not a unicast address`;
export const forOtherServer = (server: string, own: string): string => `it is addressed to the server ${server}, not to Bootbench (${own})`;

// Reasons of a reply, or of none

export const DECLINE_WITHOUT_ADDRESS = 'its DECLINE names no address';
export const REQUEST_WITHOUT_ADDRESS = 'its REQUEST names no address, and none was offered to it';
export const NO_BOOT_FILE = 'no boot file fits it';
export const ADDRESS_FROM_OTHER_SERVER = 'the network’s own DHCP server assigns the address';
export const FILE_FROM_PXE_PORT = 'UEFI requests the boot file from port 4011';
export const BOOT_SERVER_REQUEST = 'it requests its boot file from port 4011';
export const sentByServers = (type: string | undefined): string => `a ${messageText(type)} is sent by servers, not by clients`;
export const noBootFile = (reason: string): string => `no boot file: ${reason}`;
export const sharedServerId = (id: string): string =>
  `its relay uses the server identifier ${id} for all servers (RFC 5107), and Bootbench made it no offer`;
export const notInSubnet = (ip: string, address: string): string => `${ip} is not in the subnet of ${address}`;
export const noRecord = (ip: string): string => `it requests ${ip}, but Bootbench has no record of that lease (RFC 2131 §4.3.2: no reply)`;
export const informed = (ip: string): string => `it has ${ip} and requests the network settings`;
export const notAssigned = (ip: string): string => `it declines ${ip}, which Bootbench never assigned to it`;
export const declined = (ip: string): string => `it found ${ip} in use; the address is quarantined for 10 minutes`;
export const notItsLease = (ip: string): string => `it releases ${ip}, which is not its lease`;
export const released = (ip: string): string => `it releases ${ip}`;
export const onPort67 = (type: string | undefined): string => `a ${messageText(type)} to port 67 is for the network’s own DHCP server`;
export const onPort4011 = (type: string | undefined): string => `a ${messageText(type)} to port 4011 gets no reply, only a REQUEST does`;
export const onlyReservations = (link: string): string => `${link}, and only reservations are assigned there`;
export const selectedLink = (subnet: string, by: 'option 118' | 'option 82, link selection'): string =>
  `its relay requests an address in the subnet of ${subnet} (${by})`;
export const relayedFrom = (giaddr: string): string => `it came through the relay ${giaddr} from another subnet`;
export const recalledOptions = (type: string, codes: readonly number[]): string =>
  `its ${type} omits the options ${codes.join(', ')}; those of its DISCOVER apply`;
export const unusedAddress = (ip: string): string => `it names the address ${ip} but does not use it yet, so the reply is broadcast`;
export const relayServerId = (id: string): string => `its relay requires the server identifier ${id} (RFC 5107)`;

// Reasons why a client gets no boot file

export const NO_VENDOR_CLASS = 'it sends no vendor class (option 60)';
export const NO_ARCHITECTURE = 'it sends no architecture (option 93)';
export const NO_INTERFACE_TYPE = 'it sends no network interface type (option 94)';
export const IS_IPXE = 'it is iPXE (user class or option 175)';
export const noBootRequest = (type: string | undefined): string => `a ${messageText(type)} does not request a boot file`;
export const otherVendorClass = (name: string): string => `its vendor class "${name}" is neither PXEClient nor HTTPClient`;
export const netbootClass = (name: string): string => `its vendor class is ${name}`;
export const machineIdLength = (bytes: number): string => `its machine identifier (option 97) has ${bytes} bytes, not 17`;
export const machineIdType = (type: number): string => `its machine identifier (option 97) is of type ${type}, not 0`;

// Reasons of an address

export const ownAddress = (ip: string): string => `${ip} is Bootbench’s own address`;
export const quarantined = (ip: string): string => `${ip} is quarantined after a conflict`;
export const leasedTo = (ip: string, mac: string): string => `${ip} is leased to ${mac}`;
export const offeredTo = (ip: string, mac: string): string => `${ip} was recently offered to ${mac}`;
export const reservedFor = (ip: string, mac: string): string => `${ip} is reserved for ${mac}`;
export const itsReservation = (ip: string): string => `${ip} is reserved for it`;
export const reservationUnavailable = (obstacle: string, reason: string): string =>
  `its reservation is not available (${obstacle}); ${reason}`;
export const alreadyOffered = (ip: string): string => `${ip} was already offered to it`;
export const hadBefore = (ip: string): string => `it had ${ip} before`;
export const requestedAndFree = (ip: string): string => `it requests ${ip}, which is free`;
export const isFree = (ip: string): string => `${ip} is free`;
export const unusedLongest = (ip: string): string => `${ip} has been unused for the longest time`;
export const offerNotRequested = (ip: string, mac: string): string =>
  `${ip} was offered to the unknown machine ${mac}, which has not requested it`;
export const poolFull = (pool: string): string => `every address of the pool ${pool} is leased, reserved or quarantined`;
export const otherReservation = (reserved: string, ip: string): string => `its reserved address is ${reserved}, not ${ip}`;
export const otherMachineSameMac = (ip: string): string => `${ip} is reserved for the host with this MAC, and this is another machine`;
export const notInPool = (ip: string, pool: string): string => `${ip} is neither reserved for it nor in the pool ${pool}`;
export const wasOffered = (ip: string): string => `${ip} was offered to it`;
export const itsLease = (ip: string): string => `${ip} is its lease`;
export const otherLease = (leased: string, ip: string): string => `its lease is ${leased}, not ${ip}`;
export const lastLeasedTo = (ip: string, mac: string): string => `${ip} was last leased to ${mac}, and was not offered to this machine`;
export const freeWithoutRecord = (ip: string): string => `${ip} is free, although there was no record of it`;

// Events

export const requestsAddress = (client: string): string => `${client} is requesting an address.`;
export const noReply = (type: string, client: string, reason: string): string => `No reply to the ${type} of ${client}: ${reason}.`;
export const malformedMessage = (source: string, reason: string): string => `Invalid DHCP message from ${source}: ${reason}.`;
export const addressDeclined = (client: string, ip: string): string =>
  `${client} declined ${ip}: another machine uses it. The address is quarantined for 10 minutes.`;
export const addressReleased = (client: string, ip: string): string => `${client} released ${ip}.`;
export const releasedManually = (client: string, ip: string): string => `The lease of ${ip} (${client}) was released manually.`;
export const osLease = (client: string, ip: string): string => `The operating system of ${client} has the address ${ip}.`;
export const requestRefused = (client: string, reasons: string): string =>
  `${client} may not use the address that it requests: ${reasons}.`;
export const settingsSent = (client: string): string => `Sent network settings to ${client}.`;
export const bootServerAnnounced = (client: string): string => `Announced the boot server to ${client}.`;
export const bootFileNamed = (client: string, file: string): string => `Sent the boot file name ${file} to ${client}.`;

/** `destination`: as `sentTo` returns it. */
export function addressOffered(client: string, ip: string, file: string | undefined, destination: string): string {
  return `Offered ${ip} to ${client}, ${withFile(file)}${destination}.`;
}

export function addressAssigned(client: string, ip: string, file: string | undefined, destination: string): string {
  return `Assigned ${ip} to ${client}, ${withFile(file)}${destination}.`;
}

export const sentTo = {
  usual: '',
  broadcast: '; sent by broadcast',
  client: (address: string): string => `; sent to ${address}`,
  relay: (address: string): string => `; sent to the relay ${address}`,
};

export function addressInUse(client: string, ip: string, by: ProbeMethod, mac: string | undefined): string {
  const machine = mac === undefined ? 'another machine' : `another machine (${mac})`;
  const how = by === 'icmp' ? 'it answers ping' : 'it answers ARP';
  return `${ip} was not offered to ${client}: ${machine} uses it (${how}). Quarantined for 10 minutes.`;
}

export const otherServerFound = (server: string, consequence: string): string =>
  `Another DHCP server responds on this network: ${server}. ${consequence}`;

export function wrongClock(addresses: readonly string[], shown: number): string {
  const leases = addresses.length === 1 ? 'a lease was' : `${addresses.length} leases were`;
  const list = addresses.slice(0, shown).join(', ');
  return `The clock of this computer was ahead when ${leases} made: ${list}. They now count from the current time; check the clock, or release them.`;
}

export function clockSet(ms: number, leases: number): string {
  const minutes = Math.abs(ms) / 60_000;
  const [count, unit] = minutes < 120 ? [minutes, 'minutes'] : minutes < 48 * 60 ? [minutes / 60, 'hours'] : [minutes / 1440, 'days'];
  const shown = count < 10 ? count.toFixed(1) : String(Math.round(count));
  const what = leases === 1 ? '1 lease' : `${leases} leases`;
  return `The clock of this computer was set ${ms < 0 ? 'back' : 'forward'} by ${shown} ${unit}. The times of ${what} were moved with it; none ends earlier or later.`;
}

// Mode and status

export const DHCP_OFF = 'DHCP is off.';
export const FULL_NOT_STARTED = 'Full DHCP was not started.';
export const SCAN_RUNNING = 'the scan for other DHCP servers on this network has not finished';
export const STOPPED_DURING_SCAN = 'DHCP was stopped during the scan for other servers.';
export const NAMES_BOOT_FILES_ONLY = 'Bootbench only names boot files alongside it.';
export const UNKNOWN_MACHINES_WAIT =
  'Unknown machines get no address from Bootbench while it responds; proxy mode (--dhcp proxy) works alongside it.';
export const otherServerResponds = (server: string): string => `another DHCP server responds on this network: ${server}`;
export const fullRefused = (server: string, nic: string): string =>
  `${server}, responds on ${nic}, so full DHCP is off. Proxy mode (--dhcp proxy) works alongside it.`;

export function fullNeedsConfirmation(nic: string, has: 'default route' | 'wireless'): string {
  const what = has === 'default route' ? 'has the default route' : 'is a Wi-Fi port';
  return `${nic} ${what}, so full DHCP on it could take over your network.`;
}

/** `others`: addresses of the other servers. */
export function proxyStatus(where: string, others: readonly string[]): string {
  return `Proxy DHCP on ${where}${others.length > 0 ? ` alongside ${others.join(', ')}` : ''}.`;
}

export function fullStatus(where: string, pool: string, closed: string | undefined): string {
  return `DHCP on ${where}, pool ${pool}${closed === undefined ? '' : `; unknown machines get no address: ${closed}`}.`;
}

export const leaseNotFound = (ip: string): string => `Lease ${ip} not found.`;
export const LIST_LEASES = 'List the leases with "bootbench leases".';

// Pool

export const noRoom = (subnet: string): string => `The subnet of ${subnet} has no room for other machines.`;

/** `range`: first and last address, as `a-b`. */
export const poolProblem = {
  outsideSubnet: (range: string, ip: string, subnet: string): string =>
    `The pool ${range} leaves the subnet ${subnet}: ${ip} is not in it.`,
  networkAddress: (range: string, ip: string): string => `The pool ${range} contains the network address ${ip}.`,
  broadcastAddress: (range: string, ip: string): string => `The pool ${range} contains the broadcast address ${ip}.`,
  reversed: (range: string): string => `The pool ${range} ends before it starts.`,
  tooLarge: (range: string, max: number): string => `The pool ${range} has more than ${max} addresses.`,
  ownAddressOnly: (range: string): string => `The pool ${range} contains only Bootbench’s own address.`,
};

function withFile(file: string | undefined): string {
  return file === undefined ? 'without a boot file' : `with the boot file ${file}`;
}

function messageText(type: string | undefined): string {
  return type ?? 'message without a type';
}

export const unstored = (seconds: number): string => `its lease cannot be stored now, so it lasts ${seconds} s`;
