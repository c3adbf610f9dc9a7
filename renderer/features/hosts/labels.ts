import type { EventType } from '../../../contract/appliance.ts';
import type { Host } from '../../../contract/inventory.ts';
import { counted } from '../../format/count.ts';
import type { State } from '../../ui/state.tsx';
import type { Filter, HostStatus } from './host-status.ts';

export const STATUS_LABELS: Record<HostStatus, { state: State; label: string }> = {
  reading: { state: 'working', label: 'reading' },
  local: { state: 'off', label: 'its own disk' },
  done: { state: 'ready', label: 'done' },
  armed: { state: 'working', label: 'armed' },
  'needs-you': { state: 'needs', label: 'needs you' },
};

export const FILTER_LABELS: Record<Filter, string> = {
  all: 'all',
  armed: 'armed',
  done: 'done',
  working: 'working',
  'needs-you': 'needs you',
};

/** What happened, in two or three words; the event's own message is on hover and in the timeline. */
export const EVENT_LABELS: Record<EventType, string> = {
  'dhcp.discover': 'address requested',
  'dhcp.offer': 'address offered',
  'dhcp.ack': 'address assigned',
  'dhcp.nak': 'address refused',
  'dhcp.decline': 'address declined',
  'dhcp.release': 'address released',
  'dhcp.inform': 'network settings sent',
  'dhcp.ignored': 'DHCP request ignored',
  'dhcp.conflict': 'address conflict',
  'dhcp.lease-clock': 'lease times corrected',
  'dhcp.other-server': 'another DHCP server found',
  'dhcp.os-lease': 'system has an address',
  'tftp.started': 'boot file requested',
  'tftp.completed': 'boot file loaded',
  'tftp.missed': 'file not found',
  'tftp.aborted': 'boot file transfer aborted',
  'tftp.refused': 'boot file refused',
  'script.served': 'boot script served',
  'script.refused': 'boot script refused',
  'bootfile.served': 'boot file loaded',
  'bootfile.refused': 'boot file refused',
  'iso.opened': 'ISO opened',
  'iso.patched-read': 'patched data read',
  'iso.config-read': 'config read from the ISO',
  'iso.file-read': 'file read from the ISO',
  'iso.stalled': 'stopped reading',
  'iso.completed': 'ISO read',
  'iso.refused': 'ISO refused',
  'iscsi.login': 'iSCSI session started',
  'iscsi.closed': 'iSCSI session ended',
  'iscsi.refused': 'iSCSI login refused',
  'iscsi.read-failed': 'iSCSI read failed',
  'config.served': 'config served',
  'config.refused': 'config refused',
  'boot.complete': 'phoned home',
  'boot.mismatch': 'identity mismatch',
  'boot.secure-boot-suspected': 'rejected by Secure Boot',
  'image.import-started': 'import started',
  'image.imported': 'image imported',
  'image.import-failed': 'import failed',
  'image.lost': 'image file missing',
  'image.back': 'image file found again',
  'host.discovered': 'discovered',
  'host.facts': 'identity reported',
  'host.known-uuid-new-mac': 'known machine, new MAC',
  'assignment.armed': 'image assigned',
  'assignment.config-cleared': 'config cleared',
  'assignment.done': 'boot finished',
  'job.started': 'job started',
  'job.step': 'job step',
  'job.done': 'job done',
  'job.failed': 'job failed',
  'job.cancelled': 'job cancelled',
  'bmc.power': 'power changed',
  'bmc.media': 'virtual media changed',
  'console.opened': 'console connected',
  'console.closed': 'console disconnected',
  'console.matched': 'console output matched',
  'console.answered': 'console trigger answered',
  'console.trigger-stopped': 'console trigger stopped',
  'console.not-stored': 'console output not stored',
  'console.output-lost': 'console output lost',
  'service.up': 'service started',
  'service.down': 'service stopped',
  'nic.changed': 'network port changed',
  'settings.changed': 'settings changed',
  'storage.damaged': 'damaged events set aside',
  'storage.failing': 'disk refuses writes',
  'storage.recovered': 'disk takes writes again',
  'storage.backup-failed': 'automatic backup failed',
  'protection.limited': 'limit reached',
  'protection.ended': 'limit no longer reached',
  'appliance.started': 'Bootbench started',
  'appliance.stopped': 'Bootbench stopped',
};
export const NO_EVENTS = 'no events yet';

export const TABLE = 'Hosts';
export const COLUMNS = { name: 'Name', mac: 'MAC', image: 'ISO', config: 'Config', power: 'Power', last: 'Status' } as const;
export const SELECTED_COLUMN = 'Selected';
export const MORE_COLUMN = 'More';
export const NO_HOSTS = 'No hosts yet. Power on a machine and watch it appear below, or add one by its MAC address.';
export const NO_HOSTS_FOUND = 'No hosts match this search and filter.';
export const CLOSE = 'Close';
export const CANCEL = 'Cancel';

export const SEARCH = { name: 'Search hosts', placeholder: 'Name, MAC, address, serial…  /' } as const;
export const SHOW = 'Show';
export const ADD_A_HOST = 'Add a host';

export function foundLabel(count: number): string {
  return `${count} found`;
}

export function imageOf(host: string): string {
  return `ISO of ${host}`;
}

export function configOf(host: string): string {
  return `Config of ${host}`;
}

export function moreFor(host: string): string {
  return `More for ${host}`;
}

export const CHOOSE_IMAGE = 'choose an ISO';
export const NO_CONFIG_LABEL = 'no config';
export const MODE_LABELS = { once: 'once', always: 'every time' } as const;
export const MODE_CHOICES = [
  { id: 'once', label: MODE_LABELS.once, note: 'Afterwards the machine boots its own disk' },
  { id: 'always', label: MODE_LABELS.always, note: 'Each netboot gets it again' },
] as const;

const REIMAGE_HINT = 'Shows the plan first (R)';
const POWER_HINT = 'On, off, cycle or reset through the BMC (P)';

export const ACTIONS = {
  reimage: { label: 'Reimage…', hint: REIMAGE_HINT },
  power: { label: 'Power…', hint: POWER_HINT },
  assign: 'Assign…',
  arm: 'Boot again',
  remove: 'Remove…',
  clear: { label: 'Clear selection', hint: 'Esc' },
} as const;

export function selectedLabel(count: number): string {
  return `${count} selected`;
}

export function armHint(skipped: number): string {
  if (skipped === 0) return 'Arms the assigned image for the next netboot';
  return `${skipped} of them have no image assigned and are skipped`;
}

/** The menu of one host; a note says what an entry does, or why it is disabled. */
export const MENU = {
  reimage: { label: 'Reimage…', note: REIMAGE_HINT },
  power: { label: 'Power…', note: POWER_HINT, noBmc: 'This host has no BMC' },
  arm: { label: 'Boot again', noImage: 'Choose an ISO first' },
  once: { label: 'Boot it once', note: 'Now: every time. Once: afterwards its own disk' },
  always: { label: 'Boot it every time', note: 'Now: once, then its own disk' },
  unassign: { label: 'Unassign', note: 'Clears ISO and config', none: 'Nothing is assigned' },
  explain: { label: 'Explain', note: 'What will this host get?' },
  edit: { label: 'Edit…', note: 'Interfaces, local boot, iSCSI, fields' },
  remove: { label: 'Remove…', note: 'Removes this host from Bootbench' },
} as const;

export function armNote(image: string): string {
  return `Arms ${image} for the next netboot`;
}

/** Shown in the row until the request is answered. */
export const REQUESTED = { unassign: 'clearing the assignment…', remove: 'removing the host…' } as const;

export function assigningLabel(image: string): string {
  return `assigning ${image}…`;
}

export function hostsLabel(names: readonly string[]): string {
  return names.length === 1 ? (names[0] ?? '') : counted(names.length, 'host');
}

export const ASSIGN = { image: 'ISO', config: 'Config', mode: 'How often' } as const;

export function assignTitle(names: readonly string[]): string {
  return `Assign to ${hostsLabel(names)}`;
}

export function assigningProgress(current: number, total: number): string {
  return `Assigning ${current} of ${total}…`;
}

export const REMOVE = {
  cancel: 'Keep',
  busy: 'Removing…',
  text: 'The machine’s disk is not changed. If it requests to boot again, it appears under Unknown machines.',
} as const;

export function removeTitle(names: readonly string[]): string {
  return `Remove ${hostsLabel(names)}?`;
}

export function removeButton(names: readonly string[]): string {
  return `Remove ${hostsLabel(names)}`;
}

export const ADD = {
  title: 'Add a host',
  submit: 'Add host',
  busy: 'Adding…',
  name: 'Name',
  mac: 'MAC',
  macHelp: 'In any notation: colons, dashes, Cisco dots or none',
  address: 'Address (optional)',
  addressHelp: 'Reserved for this host',
} as const;

export function knownMac(mac: string, vendor: string | undefined): string {
  return vendor === undefined ? mac : `${mac} · ${vendor}`;
}

export const EDIT = {
  addInterface: 'Add an interface',
  busy: 'Saving…',
  localBoot: 'Local boot method',
  arch: 'Architecture',
  archReported: 'as reported by the machine',
  efiFile: 'EFI file',
  console: 'Console',
  consoleHelp: 'serial:PORT, sol: or ssh: of the BMC, tcp://, telnet:// or rfc2217://HOST:PORT',
  vars: 'Fields for configs',
  varsHelp: 'One name=value per line; configs use them as {{ host.vars.name }}',
  mayNetboot: 'May netboot',
  device: 'Network disk as',
  afterFailure: 'After a failed network boot',
  initiator: 'iSCSI initiator',
  initiatorHelp: 'The iSCSI name that the machine logs in with. Empty: one with its MAC',
} as const;

/** What the machine sees when it boots by iSCSI. */
export const DEVICE_CHOICES = [
  { id: 'cd', label: 'CD', note: 'Blocks of 2048 bytes, as on the medium itself' },
  { id: 'disk', label: 'read-only disk', note: 'Blocks of 512 bytes, for firmware and systems that cannot boot a network CD' },
] as const;

export const KEEP_SAN_CHOICES = [
  { id: 'release', label: 'release the network disk' },
  { id: 'keep', label: 'keep the network disk', note: 'For an installer that is started from another medium' },
] as const;

export const LOCAL_BOOT_CHOICES = [
  { id: 'exit', label: 'exit', note: 'Returns to the firmware, which tries its next boot entry' },
  { id: 'sanboot', label: 'sanboot', note: 'Starts the first disk through the BIOS, for firmware that stops after exit' },
  { id: 'efi', label: 'an EFI file', note: 'Starts a file of the EFI system partition' },
] as const;

export const ARCH_LABELS = { x86_64: 'x86-64', aarch64: 'ARM 64' } as const;

export function editTitle({ name }: Host): string {
  return `Edit ${name}`;
}

export function saveButton({ name }: Host): string {
  return `Save ${name}`;
}

export function interfaceTitle(index: number): string {
  return `Interface ${index + 1}`;
}

export function removeInterface(index: number): string {
  return `Remove interface ${index + 1}`;
}

export function moreFields(used: number): string {
  return used > 0 ? `More fields, ${used} set` : 'More fields';
}

export function iscsiFields(used: number): string {
  return used > 0 ? `iSCSI, ${used} set` : 'iSCSI';
}

/** Labels and help of an interface's fields. */
export const INTERFACE_FIELDS = {
  mac: { label: 'MAC', help: 'In any notation' },
  ip: { label: 'Address', help: 'Reserved; leave empty to use the pool' },
  hostname: { label: 'Hostname' },
  gateway: { label: 'Gateway' },
  netmask: { label: 'Netmask' },
  leaseTime: { label: 'Lease time', help: 'Seconds' },
  nameServers: { label: 'Name servers', help: 'Separated by commas' },
  bootFile: { label: 'Boot file', help: 'A name or URL that replaces the default' },
  extraArgs: { label: 'Extra kernel arguments' },
  sourceISO: { label: 'Source ISO', help: 'An http(s) URL' },
  vlan: { label: 'VLAN' },
  facility: { label: 'Facility' },
  domainName: { label: 'Domain name' },
  domainSearch: { label: 'Domain search', help: 'Separated by commas' },
  ntpServers: { label: 'Time servers', help: 'Separated by commas' },
  logServers: { label: 'Log servers', help: 'Separated by commas' },
  classlessRoutes: { label: 'Routes', help: '10.0.0.0/8 via 192.168.77.1, separated by commas' },
} as const;
