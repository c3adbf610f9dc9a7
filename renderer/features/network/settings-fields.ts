import type { RuntimeSettings } from '../../../contract/appliance.ts';
import { IPv4, ipv4ToNumber } from '../../../contract/primitives.ts';

export type FieldName = 'pool' | 'router' | 'dns' | 'leaseTime' | 'ipxeOverrideArchMapping';

/** What a typed text means: a value (null: back to the default), or what is wrong with it. */
export type Read = { readonly value: RuntimeSettings[FieldName] | null } | { readonly error: string };

export interface SettingField {
  readonly name: FieldName;
  readonly label: string;
  readonly help: string;
  readonly placeholder: string;
  show(settings: RuntimeSettings): string;
  read(text: string): Read;
}

const isAddress = (text: string): boolean => IPv4.safeParse(text).success;
const parts = (text: string, by: RegExp): string[] =>
  text
    .split(by)
    .map((part) => part.trim())
    .filter(Boolean);

/** The settings that are written as text: how each is shown, and what is understood. */
export const SETTING_FIELDS: readonly SettingField[] = [
  {
    name: 'pool',
    label: 'Pool',
    help: 'First and last address, such as 192.168.77.100 - 192.168.77.200. Empty: the subnet’s free upper part.',
    placeholder: 'the subnet’s free upper part',
    show: ({ pool }) => pool?.join(' - ') ?? '',
    read: readPool,
  },
  {
    name: 'router',
    label: 'Router',
    help: 'The gateway that machines use. Empty: none.',
    placeholder: 'none',
    show: ({ router }) => router ?? '',
    read: (text) => (text === '' ? { value: null } : isAddress(text) ? { value: text } : { error: `${text} is not an IPv4 address.` }),
  },
  {
    name: 'dns',
    label: 'DNS servers',
    help: 'Addresses with commas between them. Empty: none.',
    placeholder: 'none',
    show: ({ dns }) => dns.join(', '),
    read: readDns,
  },
  {
    name: 'leaseTime',
    label: 'Lease time',
    help: 'How long a machine may use its address: 90 s, 60 min, 12 h.',
    placeholder: '60 min',
    show: ({ leaseTime }) => durationWords(leaseTime),
    read: readDuration,
  },
];

export function readPool(text: string): Read {
  if (text === '') return { value: null };
  const [first = '', last = '', ...more] = parts(text, /\s*(?:-|–|,|\bto\b|\s)\s*/);
  if (last === '' || more.length > 0) return { error: 'Write the first and the last address with a dash between them.' };
  const wrong = [first, last].find((address) => !isAddress(address));
  if (wrong !== undefined) return { error: `${wrong} is not an IPv4 address.` };
  if (ipv4ToNumber(first) > ipv4ToNumber(last)) return { error: `${first} comes after ${last}.` };
  return { value: [first, last] };
}

function readDns(text: string): Read {
  const servers = parts(text, /[\s,]+/);
  const wrong = servers.find((address) => !isAddress(address));
  return wrong === undefined ? { value: servers } : { error: `${wrong} is not an IPv4 address.` };
}

const UNITS: Record<string, number> = { s: 1, min: 60, h: 3600, d: 86_400 };

export function readDuration(text: string): Read {
  if (text === '') return { value: null };
  const [, number, unit = 's'] = /^(\d{1,9})\s*(s|min|h|d)?$/.exec(text) ?? [];
  if (number === undefined) return { error: 'Write a number and s, min, h or d, such as 60 min.' };
  const seconds = Number(number) * (UNITS[unit] ?? 1);
  return seconds < 60 ? { error: 'A lease lasts a minute at least.' } : { value: seconds };
}

/** Seconds in the largest unit that leaves nothing over. */
export function durationWords(seconds: number): string {
  const unit = ['d', 'h', 'min'].find((name) => seconds % (UNITS[name] ?? 1) === 0) ?? 's';
  return `${seconds / (UNITS[unit] ?? 1)} ${unit}`;
}

/** Checked by the appliance, which knows the files. */
export const OVERRIDE_FIELD: SettingField = {
  name: 'ipxeOverrideArchMapping',
  label: 'Overrides',
  help: 'number=file with commas between them, such as 7=snp-x86_64.efi, 16=ipxe.efi. Empty: the table decides.',
  placeholder: 'none',
  show: ({ ipxeOverrideArchMapping }) => ipxeOverrideArchMapping.replaceAll(/\s*,\s*/g, ', '),
  read: (text) => ({ value: parts(text, /\s*,\s*/).join(',') }),
};
