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
import { sizeWords } from '../images/image-labels.ts';

export const POWER: Record<PowerState, { state: State; word: string }> = {
  on: { state: 'ready', word: 'on' },
  off: { state: 'off', word: 'off' },
  'turning-on': { state: 'working', word: 'turning on' },
  'turning-off': { state: 'working', word: 'turning off' },
  unknown: { state: 'needs', word: 'not known' },
};

export interface PowerVerb {
  readonly action: PowerAction;
  readonly label: string;
  /** What was asked, until the BMC answers. */
  readonly asked: string;
  /** On the button that confirms, before the names; only where work on the machine is lost. */
  readonly confirm?: string;
  readonly note: string;
}

/** Gentlest first. */
export const POWER_VERBS: readonly PowerVerb[] = [
  { action: 'on', label: 'On', asked: 'asked for power on, waiting for the BMC', note: 'Presses the power button' },
  {
    action: 'graceful-off',
    label: 'Shut down…',
    asked: 'asked to shut down, waiting for the BMC',
    confirm: 'Shut down',
    note: 'Asks its system to shut down',
  },
  {
    action: 'off',
    label: 'Off…',
    asked: 'asked for power off, waiting for the BMC',
    confirm: 'Switch off',
    note: 'At once; what is not saved is lost',
  },
  {
    action: 'cycle',
    label: 'Cycle…',
    asked: 'asked for off and on, waiting for the BMC',
    confirm: 'Switch off and on',
    note: 'Off and on again; what is not saved is lost',
  },
  {
    action: 'reset',
    label: 'Reset…',
    asked: 'asked for a reset, waiting for the BMC',
    confirm: 'Reset',
    note: 'Starts it anew without switching it off; what is not saved is lost',
  },
];

/** The verbs that this BMC has; all of them while it has not said. */
export function verbsFor(identity: BmcIdentity | undefined): PowerVerb[] {
  if (!identity || identity.powerActions.length === 0) return [...POWER_VERBS];
  return POWER_VERBS.filter(({ action }) => identity.powerActions.includes(action));
}

export function protocolWords({ protocol }: Pick<BmcIdentity, 'protocol'>): string {
  return protocol === 'redfish' ? 'Redfish' : 'IPMI 2.0';
}

/** `root / calvin, tried once`. */
export function factoryWords(vendor: FactoryVendor): string {
  const { username, password } = FACTORY_ACCOUNTS[vendor];
  return `${username} / ${password}, tried once`;
}

/** `Dell Inc. PowerEdge R750 by Redfish`. */
export function bmcTitle(identity: BmcIdentity): string {
  return `${[identity.vendor, identity.model].filter((part) => part !== undefined && part !== '').join(' ')} by ${protocolWords(identity)}`;
}

const DEVICES: Record<BootDevice, string> = {
  cdrom: 'its CD',
  pxe: 'the network',
  disk: 'its disk',
  'uefi-http': 'a URL by UEFI HTTP boot',
};

/** `Its next boot is from its CD, by UEFI, once.` */
export function bootWords(boot: BmcStatus['boot']): string {
  if (boot?.device === undefined) return 'Boots in its own order.';
  const how = boot.efi === undefined ? '' : boot.efi ? ', by UEFI' : ', by BIOS';
  return boot.once ? `Its next boot is from ${DEVICES[boot.device]}${how}, once.` : `Every boot is from ${DEVICES[boot.device]}${how}.`;
}

export function slotTypes({ mediaTypes }: Pick<MediaSlot, 'mediaTypes'>): string {
  return mediaTypes.length === 0 ? 'its BMC does not say of what kind' : mediaTypes.join(', ');
}

export const HEALTH: Record<Health['state'], { state: State; word: string }> = {
  ok: { state: 'ready', word: 'healthy' },
  warning: { state: 'needs', word: 'needs a look' },
  critical: { state: 'failed', word: 'critical' },
  unknown: { state: 'off', word: 'not said' },
};

export function sensorWords({ value, unit }: Health['sensors'][number]): string {
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${unit}`;
}

/** How it fetches ISOs, as its self-test saw. */
export function readsWords({ urlScheme, head, whole, ranges }: BmcSelfTest): string {
  if (urlScheme === undefined) return 'It read nothing from this computer.';
  const sizes =
    ranges && `, ${ranges.largest === ranges.smallest ? '' : `${sizeWords(ranges.smallest)} to `}${sizeWords(ranges.largest)} at once`;
  const ways = [head && 'asks for the size first', whole && 'asks for the whole'].filter((way) => way !== false);
  return `It reads ISOs over ${urlScheme}${sizes ?? ''}${ways.length === 0 ? '' : `; it ${ways.join(' and ')}`}.`;
}

/** Certificates that do not match: what was trusted, and what is shown now where the BMC's answer says it. */
export function changedCertificate(status: BmcStatus): { pinned: string | undefined; shown: string | undefined } | undefined {
  if (status.error?.code !== 'E_BMC_CERTIFICATE') return undefined;
  const pinned = status.pinnedCertificate;
  const named = fingerprintsIn(status.error.message).find((print) => print !== pinned);
  const told = status.identity?.certificate === pinned ? undefined : status.identity?.certificate;
  return { pinned, shown: named ?? told };
}

function fingerprintsIn(sentence: string): string[] {
  return sentence.match(/(?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2}/g)?.map((print) => print.toUpperCase()) ?? [];
}
