import { Interface, type Host } from '../contract/inventory.ts';
import { splitList, UsageError } from './command.ts';

type Json = Record<string, unknown>;
type Read = (text: string) => unknown;

const asText: Read = (text) => text;
const asNumber: Read = (text) => (/^\d+$/.test(text) ? Number(text) : text);
const asBoolean: Read = (text) => (text === 'true' ? true : text === 'false' ? false : text);
const asRoutes: Read = (text) =>
  splitList(text).map((route) => {
    const [destination, router] = route.split('=');
    return { destination, router };
  });

/** How fields that are not plain text are parsed. */
const READERS: Readonly<Record<string, Read>> = {
  allowPXE: asBoolean,
  leaseTime: asNumber,
  vlan: asNumber,
  nameServers: splitList,
  domainSearch: splitList,
  ntpServers: splitList,
  logServers: splitList,
  classlessRoutes: asRoutes,
};

const ISCSI_READERS: Readonly<Record<string, Read>> = { device: asText, keepSan: asBoolean, initiatorName: asText };
const ISCSI_FIELDS = Object.keys(ISCSI_READERS).map((name) => `iscsi.${name}`);

const FIELDS = Object.keys(Interface.shape).filter((field) => field !== 'mac');

/**
 * The patch that `key=value…` asks for. Interface fields go to the interface of `mac`, or to the only one; an empty value
 * removes. UsageError for a key that there is not.
 */
export function hostPatchOf(host: Host, mac: string | undefined, assignments: readonly string[]): Json {
  const patch: Json = {};
  const fields: Json = {};
  for (const assignment of assignments) {
    const [key, value] = splitAssignment(assignment);
    const field = FIELDS.find((name) => plain(name) === plain(key));
    if (field !== undefined) fields[field] = value === '' ? undefined : (READERS[field] ?? asText)(value);
    else setHostField(patch, key, value);
  }
  if (Object.keys(fields).length > 0) patch.interfaces = withFields(host, mac, fields);
  return patch;
}

function setHostField(patch: Json, key: string, value: string): void {
  const variable = /^vars\.(\w+)$/.exec(key)?.[1];
  if (variable !== undefined) patch.vars = { ...(patch.vars as Json | undefined), [variable]: value === '' ? null : value };
  else if (plain(key).startsWith('iscsi.')) patch.iscsi = { ...(patch.iscsi as Json | undefined), ...iscsiFieldOf(key, value) };
  else if (plain(key) === 'localboot') patch.localBoot = localBootOf(value);
  else if (plain(key) === 'bmcurlscheme') patch.bmc = { urlScheme: value === '' ? null : value };
  else if (key === 'arch' || key === 'console') patch[key] = value === '' ? null : value;
  else
    throw new UsageError(
      `unknown field "${key}"; the fields are ${FIELDS.join(', ')}, localBoot, arch, console, bmcUrlScheme, ${ISCSI_FIELDS.join(', ')}, vars.NAME`,
    );
}

/** `iscsi.device=disk`; an empty value means the default again. */
function iscsiFieldOf(key: string, value: string): Json {
  const field = Object.keys(ISCSI_READERS).find((name) => plain(`iscsi.${name}`) === plain(key));
  if (field === undefined) throw new UsageError(`unknown field "${key}"; the fields are ${ISCSI_FIELDS.join(', ')}`);
  return { [field]: value === '' ? null : ISCSI_READERS[field]?.(value) };
}

/** `exit`, `sanboot` or `efi:FILE`. A merge keeps members, so `file` is named as null where it does not belong. */
export function localBootOf(text: string): Json {
  if (text === 'exit' || text === 'sanboot') return { kind: text, file: null };
  if (text.startsWith('efi:') && text.length > 4) return { kind: 'efi', file: text.slice(4) };
  throw new UsageError(`localBoot=${text}: write exit, sanboot or efi:FILE`);
}

function withFields(host: Host, mac: string | undefined, fields: Json): unknown[] {
  const chosen = mac ?? (host.interfaces.length === 1 ? host.interfaces[0]?.mac : undefined);
  const known = host.interfaces.map((iface) => iface.mac);
  if (chosen === undefined) throw new UsageError(`${host.name} has several interfaces; name one with --mac: ${known.join(', ')}`);
  if (!known.includes(chosen)) throw new UsageError(`${host.name} has no interface ${chosen}; it has ${known.join(', ')}`);
  return host.interfaces.map((iface) => (iface.mac === chosen ? JSON.parse(JSON.stringify({ ...iface, ...fields })) : iface) as unknown);
}

function splitAssignment(text: string): [key: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`"${text}": write key=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** `name-servers`, `nameServers` and `NAMESERVERS` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll('-', '');
}
