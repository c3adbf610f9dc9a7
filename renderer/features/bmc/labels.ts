import {
  FACTORY_ACCOUNTS,
  type BmcIdentity,
  type BmcSelfTest,
  type BmcStatus,
  type BootDevice,
  type FactoryVendor,
  type Health,
  type MediaSlot,
  type PowerAction,
  type PowerState,
} from '../../../contract/bmc.ts';
import type { State } from '../../ui/state.tsx';
import { formatBytes } from '../../format/bytes.ts';

export const POWER: Record<PowerState, { state: State; word: string }> = {
  on: { state: 'ready', word: 'on' },
  off: { state: 'off', word: 'off' },
  'turning-on': { state: 'working', word: 'turning on' },
  'turning-off': { state: 'working', word: 'turning off' },
  unknown: { state: 'needs', word: 'unknown' },
};

export interface PowerActionLabels {
  readonly action: PowerAction;
  readonly label: string;
  /** Shown until the BMC answers. */
  readonly pending: string;
  /** On the button that confirms, before the names; only where work on the machine is lost. */
  readonly confirm?: string;
  readonly note: string;
}

/** Gentlest first. */
export const POWER_ACTIONS: readonly PowerActionLabels[] = [
  { action: 'on', label: 'On', pending: pendingRequest('Power on'), note: 'Presses the power button' },
  {
    action: 'graceful-off',
    label: 'Shut down…',
    pending: pendingRequest('Shutdown'),
    confirm: 'Shut down',
    note: 'Requests a shutdown from the operating system',
  },
  { action: 'off', label: 'Off…', pending: pendingRequest('Power off'), confirm: 'Switch off', note: 'Immediate; unsaved data is lost' },
  {
    action: 'cycle',
    label: 'Cycle…',
    pending: pendingRequest('Power cycle'),
    confirm: 'Power-cycle',
    note: 'Off, then on; unsaved data is lost',
  },
  {
    action: 'reset',
    label: 'Reset…',
    pending: pendingRequest('Reset'),
    confirm: 'Reset',
    note: 'Resets without cutting power; unsaved data is lost',
  },
];

/** Progress of everything else that is requested from a BMC. */
export const PENDING = {
  insert: pendingRequest('Insert'),
  eject: pendingRequest('Eject'),
  ledOn: pendingRequest('Identify LED on'),
  ledOff: pendingRequest('Identify LED off'),
  certificate: 'Connecting with the new certificate; waiting for the BMC',
  takeFacts: 'Saving the BMC’s UUID and serial number',
  test: 'Testing the connection; waiting for the BMC',
  selfTest: 'Testing how the BMC reads ISOs; this takes minutes',
  other: pendingRequest('Action'),
} as const;

function pendingRequest(what: string): string {
  return `${what} requested; waiting for the BMC`;
}

function protocolName({ protocol }: Pick<BmcIdentity, 'protocol'>): string {
  return protocol === 'redfish' ? 'Redfish' : 'IPMI 2.0';
}

/** `root / calvin, tried once`. */
export function factoryAccount(vendor: FactoryVendor): string {
  const { username, password } = FACTORY_ACCOUNTS[vendor];
  return `${username} / ${password}, tried once`;
}

/** `Dell Inc. PowerEdge R750 via Redfish`. */
export function bmcTitle(identity: BmcIdentity): string {
  return `${[identity.vendor, identity.model].filter((part) => part !== undefined && part !== '').join(' ')} via ${protocolName(identity)}`;
}

const DEVICES: Record<BootDevice, string> = {
  cdrom: 'CD',
  pxe: 'the network',
  disk: 'disk',
  'uefi-http': 'a URL (UEFI HTTP boot)',
};

/** `Once from CD (UEFI)`. */
export function nextBoot(boot: BmcStatus['boot']): string {
  if (boot?.device === undefined) return 'In the machine’s own boot order';
  const mode = boot.efi === undefined ? '' : boot.efi ? ' (UEFI)' : ' (BIOS)';
  return `${boot.once ? 'Once' : 'Every time'} from ${DEVICES[boot.device]}${mode}`;
}

export function slotTypes({ mediaTypes }: Pick<MediaSlot, 'mediaTypes'>): string {
  return mediaTypes.length === 0 ? 'media type not reported' : mediaTypes.join(', ');
}

export const HEALTH: Record<Health['state'], { state: State; word: string }> = {
  ok: { state: 'ready', word: 'healthy' },
  warning: { state: 'needs', word: 'warning' },
  critical: { state: 'failed', word: 'critical' },
  unknown: { state: 'off', word: 'not reported' },
};

export function sensorValue({ value, unit }: Health['sensors'][number]): string {
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${unit}`;
}

/** How the BMC fetches ISOs, from its self-test. */
export function selfTestSummary({ urlScheme, head, whole, ranges }: BmcSelfTest): string {
  if (urlScheme === undefined) return 'Read nothing from this computer';
  const smallest = ranges && ranges.largest !== ranges.smallest ? `${formatBytes(ranges.smallest)} to ` : '';
  const sizes = ranges && ` in ranges of ${smallest}${formatBytes(ranges.largest)}`;
  const first = [head && 'size requested first', whole && 'complete ISO requested'].filter((part) => part !== false);
  return [`Reads ISOs over ${urlScheme}${sizes ?? ''}`, ...first].join('; ');
}

export const ACCESS = {
  address: 'BMC address',
  addressHelp: 'Host name or IP address. Prefix with redfish://, redfish+http:// or ipmi:// to skip detection',
  user: 'User',
  password: 'Password',
  passwordStored: 'A password is stored; type a new one to replace it',
  passwordNew: 'Not shown again after saving',
  save: 'Save and test',
  saving: 'Saved; testing the BMC…',
  close: 'Close',
  tryFactory: 'Try a factory account',
  forget: 'Forget this BMC',
  saved: 'Password saved, encrypted on this computer.',
  savedForSession: 'The password is stored for this session only.',
  savedForSessionReason: 'This computer has no secure storage: enter it again after a restart.',
} as const;

export const PANEL = {
  title: 'BMC',
  none: 'No BMC. With one, Bootbench switches the machine on and off, inserts ISOs as virtual CDs and boots from them.',
  add: 'Add a BMC…',
  editAccess: 'Address and password…',
  connecting: 'Connecting to the BMC…',
  checked: 'checked',
  close: 'Close',
  noPassword: 'No password is stored for this BMC.',
  noPasswordNext: 'Enter it below.',
  factoryPassword: 'The BMC still uses its factory password.',
  factoryPasswordReason: 'Anyone on this network can look it up. Change it on the BMC.',
  power: 'Power…',
  powerHint: 'Shut down, off, cycle, reset (P)',
  ledOn: 'Turn on identify LED',
  ledOff: 'Turn off identify LED',
  ledHint: 'An LED on its front and back, to find it in a rack',
  test: 'Test connection',
  testHint: 'Reads the BMC’s identity and capabilities again',
  takeFacts: 'This is the machine: use the BMC’s facts',
  takeFactsHint: 'The BMC’s UUID and serial number replace those of this host',
  certificateChanged: 'The BMC’s certificate has changed.',
  certificateTrusted: 'Trusted',
  certificatePresented: 'Presented now',
  certificateNone: 'none',
  acceptCertificate: 'Accept new certificate',
} as const;

export function powerOf(who: string): string {
  return `Power options for ${who}`;
}

export const FACTS = {
  model: 'Model',
  modelUnknown: 'not reported yet',
  system: 'System',
  serial: 'Serial',
  uuid: 'UUID',
  firmware: 'BMC firmware',
  bios: 'BIOS',
  macs: 'MACs',
  certificate: 'Certificate',
  nextBoot: 'Next boot',
} as const;

export const MEDIA = {
  unsupported: 'This BMC has no virtual CD drive: its machine boots from the network.',
  insert: 'Insert ISO',
  insertFirst: 'Assign an ISO first',
  eject: 'Eject',
  empty: 'empty',
  inserted: 'inserted',
  usedByConsole: 'used by a remote console of the BMC; left alone',
  test: 'Test how it reads ISOs',
  testHint: 'Inserts a small test ISO; takes minutes',
  tested: 'Tested',
  showUrl: 'Show ISO URL',
  showUrlHint: 'To mount it on the BMC’s own page',
  creatingUrl: 'Creating…',
  urlNext: 'Mount this URL as a CD on the BMC’s own page. Bootbench shows what the machine reads.',
} as const;

export function mediaOf(host: string): string {
  return `Media of ${host}`;
}

export function isoFor(image: string, host: string): string {
  return `${image}, as ${host} gets it`;
}

export const POWER_SHEET = {
  close: 'Close',
  back: 'Back',
  noBmc: 'no BMC',
  connecting: 'connecting…',
  pending: 'requested',
  unknown: 'unknown',
  unreachable: 'no reply',
} as const;

export const CANDIDATES = {
  title: 'Unassigned BMCs',
  adopt: 'Adopt as BMC of…',
} as const;

export const ADOPT = {
  host: 'Host',
  chooseHost: 'choose a host',
  newHost: 'A new host',
  name: 'Name',
  nameHelp: 'Its network ports are read from the BMC',
  logIn: 'Log in with',
  typed: 'User and password',
  cancel: 'Cancel',
  adopt: 'Adopt',
  adopting: 'Connecting…',
  noPortsNext: 'Add the host by its MAC address first, then adopt this BMC for it.',
} as const;

export function adoptTitle(ip: string): string {
  return `Adopt ${ip} as a BMC`;
}

export function looksLike(vendor: string): string {
  return `Looks like a BMC by ${vendor}.`;
}

export function factoryOf(vendor: FactoryVendor): string {
  return `Factory account of ${vendor}`;
}

export function hasBmcAlready(address: string): string {
  return `has BMC ${address}`;
}

export function noPorts(ip: string): string {
  return `The BMC at ${ip} lists no network ports of its machine.`;
}
