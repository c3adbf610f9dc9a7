import type { ErrorBody } from '../../../contract/errors.ts';
import type { Host, Interface } from '../../../contract/inventory.ts';
import { parseMac } from '../../../contract/primitives.ts';
import { INTERFACE_FIELDS } from './labels.ts';

type Kind = 'text' | 'number' | 'list' | 'routes';
export interface FieldSpec {
  readonly key: Exclude<keyof Interface, 'allowPXE'>;
  readonly label: string;
  readonly kind: Kind;
  readonly help?: string;
}

const KINDS: Partial<Record<FieldSpec['key'], Kind>> = {
  leaseTime: 'number',
  vlan: 'number',
  nameServers: 'list',
  domainSearch: 'list',
  ntpServers: 'list',
  logServers: 'list',
  classlessRoutes: 'routes',
};

/** The fields of an interface, the usual ones first. */
export const FIELDS: readonly FieldSpec[] = (Object.keys(INTERFACE_FIELDS) as FieldSpec['key'][]).map((key) => ({
  key,
  kind: KINDS[key] ?? 'text',
  ...INTERFACE_FIELDS[key],
}));
/** How many are always shown; the others are folded. */
export const USUAL_FIELDS = 3;

export interface InterfaceDraft {
  readonly allowPXE: boolean;
  readonly text: Readonly<Partial<Record<FieldSpec['key'], string>>>;
}

export interface Draft {
  readonly arch: string;
  readonly localBoot: 'exit' | 'sanboot' | 'efi';
  readonly efiFile: string;
  /** One `name=value` per line. */
  readonly vars: string;
  /** A console URL; empty: none. */
  readonly console: string;
  readonly device: 'cd' | 'disk';
  readonly keepSan: boolean;
  /** An iSCSI name; empty: one with the MAC. */
  readonly initiatorName: string;
  readonly interfaces: readonly InterfaceDraft[];
}

export const NEW_INTERFACE: InterfaceDraft = { allowPXE: true, text: {} };

export function draftOf(host: Host): Draft {
  const { arch, localBoot, vars, interfaces, iscsi = {} } = host;
  return {
    console: host.console ?? '',
    arch: arch ?? '',
    device: iscsi.device ?? 'cd',
    keepSan: iscsi.keepSan ?? false,
    initiatorName: iscsi.initiatorName ?? '',
    localBoot: localBoot.kind,
    efiFile: localBoot.kind === 'efi' ? localBoot.file : '',
    vars: Object.entries(vars)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
    interfaces: interfaces.map((iface) => ({
      allowPXE: iface.allowPXE,
      text: Object.fromEntries(FIELDS.map((field) => [field.key, textOf(iface, field)])),
    })),
  };
}

function textOf(iface: Interface, { key }: FieldSpec): string {
  const value = iface[key];
  if (value === undefined) return '';
  if (!Array.isArray(value)) return String(value);
  return value.map((item) => (typeof item === 'string' ? item : `${item.destination} via ${item.router}`)).join(', ');
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Faults = Readonly<Record<string, string>>;

/** What `host.patch` is asked for. The appliance judges it; numbers that are none go as they were written. */
export function patchOf(draft: Draft, before: Host): Record<string, Json> {
  const vars = varsOf(draft.vars);
  const dropped = Object.keys(before.vars).filter((name) => !(name in vars));
  return {
    arch: draft.arch === '' ? null : draft.arch,
    localBoot: { kind: draft.localBoot, file: draft.localBoot === 'efi' ? draft.efiFile.trim() : null },
    console: draft.console.trim() === '' ? null : draft.console.trim(),
    ...iscsiPatchOf(draft, draftOf(before)),
    vars: { ...vars, ...Object.fromEntries(dropped.map((name) => [name, null])) },
    interfaces: draft.interfaces.map(interfaceOf),
  };
}

/** How many of the host's iSCSI fields are not at their defaults. */
export function iscsiFieldsSet({ device, keepSan, initiatorName }: Draft): number {
  return [device !== 'cd', keepSan, initiatorName.trim() !== ''].filter(Boolean).length;
}

/** Nothing where nothing changed: a host that has no iSCSI settings gets none. */
function iscsiPatchOf(draft: Draft, before: Draft): { iscsi?: Json } {
  const iscsiOf = ({ device, keepSan, initiatorName }: Draft) => ({
    device: device === 'cd' ? null : device,
    keepSan: keepSan ? true : null,
    initiatorName: initiatorName.trim() === '' ? null : initiatorName.trim(),
  });
  const iscsi = iscsiOf(draft);
  return JSON.stringify(iscsi) === JSON.stringify(iscsiOf(before)) ? {} : { iscsi };
}

function interfaceOf({ allowPXE, text }: InterfaceDraft): Record<string, Json> {
  const said = FIELDS.flatMap(({ key, kind }) => {
    const value = text[key]?.trim() ?? '';
    return value === '' && key !== 'mac' ? [] : [[key, valueOf(kind, value)] as const];
  });
  return { allowPXE, ...Object.fromEntries(said) };
}

function valueOf(kind: Kind, text: string): Json {
  if (kind === 'number') return /^\d{1,12}$/.test(text) ? Number(text) : text;
  if (kind === 'text') return text;
  const items = text.split(/[,\n]+/).flatMap((item) => item.trim() || []);
  if (kind === 'list') return items.flatMap((item) => item.split(/\s+/));
  return items.map((item) => {
    const [destination = '', router = ''] = item.split(/\s+(?:via\s+)?/);
    return { destination, router };
  });
}

function varsOf(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', ...value] = line.split('=');
      return [name.trim(), value.join('=').trim()];
    }),
  );
}

/**
 * The appliance's refusal, put to the fields it is about. Keys are paths such as `interfaces.0.ip`, `name`, `vars`;
 * `rest` is what belongs to no field.
 */
export function faultsOf(error: ErrorBody, interfaces: readonly { mac: string; ip: string }[]): { at: Faults; rest?: ErrorBody } {
  const { conflict, fields } = error.details ?? {};
  if (conflict) {
    const field = fieldOfConflict(conflict, interfaces);
    return field === undefined ? { at: {}, rest: error } : { at: { [field]: error.message } };
  }
  if (!fields) return { at: {}, rest: error };
  const at: Record<string, string> = {};
  const rest: string[] = [];
  for (const { path, message } of fields) {
    const field = fieldOf(path);
    if (field === undefined) rest.push(path === '' ? message : `${path}: ${message}`);
    else at[field] ??= message;
  }
  return rest.length > 0 ? { at, rest: { ...error, message: rest.join('; ') } } : { at };
}

function fieldOfConflict(
  { kind, value }: NonNullable<NonNullable<ErrorBody['details']>['conflict']>,
  interfaces: readonly { mac: string; ip: string }[],
): string | undefined {
  if (kind === 'name') return 'name';
  const index = interfaces.findLastIndex(({ mac, ip }) => (kind === 'mac' ? parseMac(mac) === value : ip === value));
  return index < 0 ? undefined : `interfaces.${index}.${kind}`;
}

/** `interfaces.0.nameServers.1` is the fault of the field `interfaces.0.nameServers`. */
function fieldOf(path: string): string | undefined {
  const [first, second, third] = path.split('.');
  if (first === 'interfaces' && second !== undefined && third !== undefined) return `interfaces.${second}.${third}`;
  if (first === 'vars' || first === 'name' || first === 'arch' || first === 'console') return first;
  if (first === 'localBoot') return 'localBoot';
  if (path === 'iscsi.initiatorName') return path;
  return undefined;
}
