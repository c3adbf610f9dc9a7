import { join, resolve } from 'node:path';
import type { ParseArgsOptionsConfig } from 'node:util';
import { RuntimeSettings, Settings } from '../contract/appliance.ts';
import { dataDirOf, type DataDirSource } from './data-dir.ts';

/** A command line that does not fit: exit code 2, with the usage line. */
export class UsageError extends Error {}

/** Parsed flags by name, as node:util's parseArgs gives them. */
export type Flags = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

type Read = (text: string, place: DataDirSource) => unknown;

const asText: Read = (text) => text;
const asNumber: Read = (text) => (/^\d+$/.test(text) ? Number(text) : text);
const asList: Read = (text) => splitList(text);
const asPath: Read = (text, { cwd }) => resolve(cwd, text);
const asFlag: Read = (text) => !['', '0', 'false', 'no', 'off'].includes(text.toLowerCase());
const asRange: Read = (text) => text.split('-').map((address) => address.trim());
const asAddress: Read = (text) => {
  const match = /^(.*):(\d+)$/.exec(text);
  return { host: (match?.[1] ?? text).replace(/^\[|\]$/g, '') || '127.0.0.1', port: Number(match?.[2] ?? 7780) };
};

/** Each flag of `serve`: how it is read, and the member of Settings it sets. BOOTBENCH_<FLAG> stands in for a flag that is not given. */
const FLAGS: Readonly<Record<string, readonly [member: keyof Settings, read: Read]>> = {
  nic: ['nic', asText],
  dhcp: ['dhcp', asText],
  pool: ['pool', asRange],
  router: ['router', asText],
  dns: ['dns', asList],
  unknown: ['unknown', asText],
  'routed-machines': ['routedMachines', asText],
  'confirm-dhcp': ['confirmDhcp', asFlag],
  'lease-time': ['leaseTime', asNumber],
  'bmc-nic': ['bmcNics', asList],
  'http-port': ['httpPort', asNumber],
  'https-port': ['httpsPort', asNumber],
  'https-cert': ['httpsCert', asPath],
  'https-key': ['httpsKey', asPath],
  'tftp-port': ['tftpPort', asNumber],
  'iscsi-port': ['iscsiPort', asNumber],
  'dhcp-port': ['dhcpPort', asNumber],
  'dhcp-client-port': ['dhcpClientPort', asNumber],
  api: ['api', asAddress],
  'token-file': ['tokenFile', asPath],
  'public-ipv4': ['publicIpv4', asText],
  'iso-upstream-url': ['isoUpstreamUrl', asText],
  'allow-source-iso': ['allowSourceIso', asList],
  'ipxe-override-arch-mapping': ['ipxeOverrideArchMapping', asText],
  'syslog-host': ['syslogHost', asText],
  'tink-grpc-authority': ['tinkGrpcAuthority', asText],
  'tink-tls': ['tinkTls', asFlag],
  'iso-static-ipam': ['isoStaticIpam', asFlag],
  'boot-files-dir': ['bootFilesDir', asPath],
  'ui-dir': ['uiDir', asPath],
};

/** Flags that may be given again and again. */
const REPEATED = ['bmc-nic'];

export const SERVE_OPTIONS: ParseArgsOptionsConfig = Object.fromEntries(
  Object.entries(FLAGS).map(([flag, [, read]]) => [
    flag,
    { type: read === asFlag ? 'boolean' : 'string', multiple: REPEATED.includes(flag) },
  ]),
);

/** The settings that a command line and the environment ask for. UsageError names the flag that is wrong. */
export function settingsOf(flags: Flags, place: DataDirSource & { readonly root: string }): Settings {
  const wanted: Record<string, unknown> = {
    dataDir: dataDirOf(flags['data-dir'], place),
    bootFilesDir: join(place.root, 'resources', 'boot-files'),
    uiDir: join(place.root, 'out', 'renderer'),
  };
  const given: string[] = [];
  for (const [flag, [member, read]] of Object.entries(FLAGS)) {
    const text = textOf(flags[flag]) ?? fromEnvironment(flag, place);
    if (text === undefined) continue;
    wanted[member] = read(text, place);
    given.push(member);
  }
  const parsed = Settings.safeParse({ ...wanted, given });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`--${flagOf(issue?.path[0])}: ${issue?.message ?? 'not understood'}`);
}

/** `lease-time=600` as the member and the value of a settings patch; nothing after `=` puts the default back. UsageError names what is wrong. */
export function settingOf(word: string, place: DataDirSource): [member: keyof RuntimeSettings, value: unknown] {
  const at = word.indexOf('=');
  if (at < 1) throw new UsageError(`"${word}": write key=value`);
  const flag = word.slice(0, at);
  const [member, read] = (Object.hasOwn(FLAGS, flag) ? FLAGS[flag] : undefined) ?? [];
  if (member === undefined || read === undefined || !isRuntime(member))
    throw new UsageError(`${flag} cannot be changed while Bootbench runs; these can: ${RUNTIME_FLAGS.map(({ flag }) => flag).join(', ')}`);
  const text = word.slice(at + 1);
  return [member, text === '' ? null : read(text, place)];
}

/** The flags whose settings can be changed while Bootbench runs, with the member that each sets. */
export const RUNTIME_FLAGS = Object.entries(FLAGS).flatMap(([flag, [member]]) => (isRuntime(member) ? [{ flag, member }] : []));

function isRuntime(member: keyof Settings): member is keyof RuntimeSettings {
  return member in RuntimeSettings.shape;
}

function textOf(value: Flags[string]): string | undefined {
  if (Array.isArray(value)) return value.join(',');
  return value === true ? 'true' : typeof value === 'string' ? value : undefined;
}

function fromEnvironment(flag: string, { env }: DataDirSource): string | undefined {
  const own = env[`BOOTBENCH_${flag.toUpperCase().replaceAll('-', '_')}`];
  if (own !== undefined) return own;
  // Tinkerbell's name for this setting.
  return flag === 'ipxe-override-arch-mapping' ? env.TINKERBELL_IPXE_OVERRIDE_ARCH_MAPPING : undefined;
}

function flagOf(member: unknown): string {
  return Object.entries(FLAGS).find(([, [name]]) => name === member)?.[0] ?? String(member);
}

export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
