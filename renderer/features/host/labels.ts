import type { ExplainStep } from '../../../contract/appliance.ts';
import type { Arch, ConfirmedIdentity, Host, OtherReport } from '../../../contract/inventory.ts';
import type { ArgumentOrigin, BootWay, ReceiptFile } from '../../../contract/views.ts';
import { formatBytes } from '../../format/bytes.ts';
import { counted } from '../../format/count.ts';
import { formatList } from '../../format/list.ts';

export const CLOSE = 'Close';

export const PAGE = {
  notFound: 'It was removed or renamed, or never existed.',
  allHosts: 'Show all hosts',
  reimage: { label: 'Reimage…', hint: 'Shows the plan first (R)' },
  power: { label: 'Power…', hint: 'On, off, cycle or reset through the BMC (P)' },
  console: { label: 'Console', hint: 'What the machine prints on its serial port (C)' },
  edit: 'Edit…',
  remove: 'Remove…',
  transfers: 'Current transfers',
  noTransfers: 'no transfer in progress',
} as const;

export function hostNotFound(name: string): string {
  return `Host ${name} not found`;
}

/** Each picker: its label, its accessible name (the host is put in place of %) and its placeholder. */
export const ASSIGNMENT = {
  title: 'Boots',
  image: { label: 'ISO', name: 'ISO of %', placeholder: 'choose an ISO' },
  config: { label: 'Config', name: 'Config of %', placeholder: 'no config' },
  mode: { label: 'How often', name: 'How often % boots it', placeholder: 'once' },
  after: {
    label: 'Afterwards',
    name: 'What % boots afterwards',
    placeholder: 'its own disk',
    local: 'its own disk',
    note: 'The config is served to the installed system',
  },
  method: { label: 'Boot method', name: 'Boot method of %', placeholder: 'best method of the image' },
  delivery: { label: 'Config delivery', name: 'Config delivery to %', placeholder: 'automatic' },
  arm: { label: 'Boot again', hint: 'Arms it for the next netboot' },
  unassign: 'Unassign',
} as const;

export function pickerName(name: string, host: string): string {
  return name.replace('%', host);
}

export function localWithConfig(config: string): string {
  return `its own disk, with ${config}`;
}

export const ARGUMENTS = {
  label: 'Kernel arguments',
  help: 'Appended last; the last of a kind wins',
  noImage: 'Choose an ISO first',
  save: 'Save arguments',
  none: 'None besides those of the ISO.',
} as const;

export const ARGUMENT_ORIGINS: Record<ArgumentOrigin, string> = {
  profile: 'system',
  config: 'config',
  console: 'console',
  image: 'image',
  interface: 'interface',
  host: 'this host',
};

const WAYS: Record<BootWay, string> = { medium: 'from a medium', netboot: 'over the network' };

export function argumentsName(way: BootWay): string {
  return `Complete kernel arguments ${WAYS[way]}`;
}

export function argumentsTitle(way: BootWay, method: string, isDraft: boolean): string {
  return `${isDraft ? 'Its kernel would get' : 'Its kernel gets'} ${WAYS[way]} (${method})`;
}

export const EXPLAIN = {
  title: 'What will this host get?',
  mac: 'MAC address',
  macPlaceholder: 'a MAC',
  loading: 'Checking what it would get now…',
  script: 'Its script',
  kernelArguments: 'Its kernel arguments',
  why: 'Why?',
} as const;

export const EXPLAIN_STAGES: Record<ExplainStep['stage'], string> = {
  identity: 'Host',
  dhcp: 'DHCP',
  'boot-file': 'Boot file',
  script: 'Script',
  image: 'ISO',
  arguments: 'Kernel arguments',
  config: 'Config',
};

export const IDENTITY = {
  title: 'Identity',
  machine: 'Machine',
  serial: 'Serial',
  uuid: 'UUID',
  arch: 'Architecture',
  secureBoot: 'Secure Boot',
  netboot: 'Netboot',
  netbootLimited: 'not allowed on every interface',
  noAddress: 'no address yet',
  unknown: 'not reported yet',
  confirm: 'It is the same machine',
  forget: 'Forget what it reported',
} as const;

export function macTitle({ interfaces }: Pick<Host, 'interfaces'>, index: number): string {
  return interfaces.length === 1 ? 'MAC' : `MAC ${index + 1}`;
}

export function addressLabel(reserved: string | undefined, leased: string | undefined): string {
  if (reserved !== undefined) return `${reserved}, reserved`;
  return leased === undefined ? IDENTITY.noAddress : `${leased}, leased`;
}

/** DHCP option 93 (RFC 4578 and its registry). */
const FIRMWARE: Record<number, string> = {
  0: 'x86 BIOS',
  6: 'x86 UEFI, 32 bits',
  7: 'x86-64 UEFI',
  9: 'x86-64 UEFI',
  10: 'ARM UEFI, 32 bits',
  11: 'ARM 64 UEFI',
  15: 'x86 UEFI by HTTP',
  16: 'x86-64 UEFI by HTTP',
  18: 'ARM UEFI by HTTP',
  19: 'ARM 64 UEFI by HTTP',
  20: 'x86 BIOS by HTTP',
};
const ARCHES: Record<Arch, string> = { x86_64: 'x86-64', aarch64: 'ARM 64' };

/** What the machine last reported, or what was configured for it. */
export function archLabel(reported: number | undefined, configured: Arch | undefined): string | undefined {
  if (reported !== undefined) return `${FIRMWARE[reported] ?? 'unknown firmware'} (${reported})`;
  return configured && `${ARCHES[configured]}, configured`;
}

/** What a machine with the host's MAC reported that contradicts the confirmed identity. */
export function contradictionLabel(host: string, { mac, uuid, serial }: OtherReport): string {
  const reported = [uuid && `UUID ${uuid}`, serial && `serial number ${serial}`].filter((part) => part !== undefined && part !== '');
  return `A machine with MAC ${mac} reported ${formatList(reported as string[])}. It waits, because ${host} is confirmed to be another machine.`;
}

export function confirmedLabel(confirmed: ConfirmedIdentity | undefined): string {
  if (!confirmed) return 'Reported by the machine, not confirmed. Another machine with this MAC would also boot.';
  return confirmed.by === 'bmc' ? 'Confirmed by the BMC.' : 'Confirmed. Another machine with this MAC waits.';
}

export const READS = {
  title: 'ISO reads',
  loading: 'Loading what it has read…',
  none: 'It has read nothing since Bootbench started.',
  stalledNext: 'Check its screen: its system may not find the medium, or may be waiting for input.',
  ofImage: 'of the ISO',
  files: 'Files it has read',
  fewer: 'Show fewer files',
  own: ' (own)',
  stalled: 'loaded its kernel and has read nothing since',
} as const;

export const READ_MARKS = { read: 'read', now: 'being read', part: 'partly read', none: 'not read yet' } as const;

export function moreFilesLabel(count: number): string {
  return `Show ${count} more files`;
}

export function readingLabel(file: string): string {
  return `reading ${file}`;
}

export function stripLabel(share: string, image: string): string {
  return `${share} of ${image} read, from its first byte to its last`;
}

export function ownFileTitle(path: string): string {
  return `${path}, made for this host`;
}

export const RECEIPT = {
  title: 'Patched data of its ISO',
  loading: 'Loading its patch receipt…',
  noUrl: 'Its ISO is created when the machine requests it, or now for mounting it at its BMC.',
  noImage: 'It boots its own disk and gets no ISO.',
  createUrl: 'Create ISO URL',
  creatingUrl: 'Creating…',
  notRead: 'The machine has not read its patched data yet.',
  configNotRead: 'It has not read its config from the ISO yet.',
  details: 'Files, address and checksum',
  files: 'Files that differ',
  url: 'URL',
  created: 'Created',
  etag: 'ETag',
  sha256: 'SHA-256',
  computeSha256: 'Compute the SHA-256 of this view',
  before: 'before',
  after: 'after',
} as const;

export function computeHint(size: number): string {
  return `Reads all ${formatBytes(size)} once`;
}

export function computingLabel(size: number): string {
  return `Reading ${formatBytes(size)}…`;
}

export function linesDiffer(count: number): string {
  return count === 1 ? '1 line differs' : `${counted(count, 'line')} differ`;
}

export function differingLines(path: string): string {
  return `Lines of ${path} that differ`;
}

export function filesDiffer(files: readonly ReceiptFile[]): string {
  if (files.length === 0) return 'nothing: it is served unchanged';
  return files.length === 1 ? '1 file differs' : `${counted(files.length, 'file')} differ`;
}

export const PATCHES: Record<ReceiptFile['what'], { label: string; reason: string }> = {
  'in place': { label: 'changed in place', reason: 'The new text fits where the old one was.' },
  relocated: { label: 'moved to the end', reason: 'The new text is longer, so it is stored after everything on the ISO.' },
  injected: { label: 'added', reason: 'The ISO itself has no such file.' },
  'root relocated': { label: 'root folder moved', reason: 'The root folder had no room for the added files.' },
  'boot image relocated': { label: 'boot image moved', reason: 'The boot image had no room for its new boot configuration.' },
};

export const PATCH_PLACES: Record<ReceiptFile['where'], string> = {
  iso: 'in the ISO',
  fat: 'in the UEFI boot image',
  udf: 'in the UDF tree',
  area: 'in a reserved area',
};

export const TIMELINE = {
  toConsole: 'Show the console at this time',
  title: 'Timeline',
  show: 'Show',
  loading: 'Loading events…',
  none: 'No events yet. Power it on with network boot first in its boot order.',
  loadOlder: 'Load older',
  loadingOlder: 'Loading older events…',
  noOlder: 'No older events are stored.',
} as const;

export function noEventsOfKind(hasOlder: boolean): string {
  return hasOlder ? 'No such events so far back.' : 'No such events.';
}
