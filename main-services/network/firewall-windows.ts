import type { PreflightCheck } from '../../contract/appliance.ts';
import type { FirewallNeed } from './firewall-linux.ts';
import { closed, neededPorts, open, portList, unknown } from './firewall-linux.ts';
import type { CommandResult } from './run-command.ts';
import { windowsFirewall } from './sentences.ts';

/** Where Windows stores its firewall's profiles and rules: those of this computer, and those of the domain. An ordinary user may read both. */
const LOCAL_KEY = 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy';
const POLICY_KEY = 'HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall';

/** Values as they are stored, in no language. PowerShell and netsh would translate them, and PowerShell starts in seconds. */
export const WINDOWS_FIREWALL = {
  local: ['reg', 'query', LOCAL_KEY, '/s'],
  policy: ['reg', 'query', POLICY_KEY, '/s'],
} as const;

/** Name of the rule that lets a protocol in; those of the installer have the same (resources/packaging/nsis/firewall.nsh). */
export function windowsRuleName(protocol: 'udp' | 'tcp'): string {
  return `Bootbench boot services (${protocol.toUpperCase()})`;
}

/** What the two commands of `WINDOWS_FIREWALL` answered, and the program that receives: its absolute path. */
export interface WindowsFirewallFacts {
  readonly local: CommandResult;
  /** Fails where the computer is in no domain. */
  readonly policy: CommandResult;
  readonly program: string;
  /** Of this process, for paths such as `%ProgramFiles%\Bootbench\Bootbench.exe`. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Windows treats a network without a router as public or private, as its user once chose, so a rule must hold in every profile that is on. */
export function windowsCheck(need: FirewallNeed, facts: WindowsFirewallFacts): PreflightCheck {
  const command = addRules(need, facts.program);
  const keys = facts.local.ok ? registryKeys(facts.local.output, LOCAL_KEY) : undefined;
  if (!keys?.has('FirewallRules')) return unknown(windowsFirewall.unreadable(portList(need)), windowsFirewall.fix, command);
  const profiles = profilesThatBlock(keys, facts.policy.ok ? registryKeys(facts.policy.output, POLICY_KEY) : new Map<string, Values>());
  if (profiles.length === 0) return open(windowsFirewall.off);
  const wishes = profiles.flatMap((profile) => neededPorts(need).map((wish) => ({ ...wish, profile })));
  const concerns = (rule: Rule, wish: Wish): boolean => concernsPort(rule, wish) && isOurs(rule, facts);
  const blocking = wishes.flatMap((wish) => wish.profile.rules.filter((rule) => rule.action === 'Block' && concerns(rule, wish)))[0];
  if (blocking) return closed(windowsFirewall.blocked(blocking.name), windowsFirewall.deleteFirst, command);
  const exceptionless = profiles.filter(({ noExceptions }) => noExceptions).map(({ name }) => name);
  if (exceptionless.length > 0) return closed(windowsFirewall.blocksAll(exceptionless), windowsFirewall.allowExceptions, command);
  const missing = wishes.filter((wish) => !wish.profile.rules.some((rule) => allows(rule) && concerns(rule, wish)));
  if (missing.length === 0) return open(windowsFirewall.open);
  const names = profiles.map(({ name }) => name).filter((name) => missing.some(({ profile }) => profile.name === name));
  return closed(windowsFirewall.closed(names, portsOf(need, missing)), windowsFirewall.fix, command);
}

function portsOf({ nic }: FirewallNeed, missing: readonly Wish[]): string {
  const of = (protocol: string): number[] => [...new Set(missing.filter((each) => each.protocol === protocol).map(({ port }) => port))];
  return portList({ nic, udp: of('udp'), tcp: of('tcp') });
}

/** For the command prompt. */
function addRules(need: FirewallNeed, program: string): string {
  return (['udp', 'tcp'] as const)
    .filter((protocol) => need[protocol].length > 0)
    .map((protocol) => {
      const what = `protocol=${protocol.toUpperCase()} localport=${need[protocol].join(',')}`;
      const rule = `name="${windowsRuleName(protocol)}" dir=in action=allow enable=yes profile=any program="${program}" ${what}`;
      return `netsh advfirewall firewall add rule ${rule}`;
    })
    .join(' & ');
}

type Values = Map<string, string>;

/** The values of each key below `root` by its relative path, as `reg query /s` prints them. Numbers are hexadecimal: `0x1`. */
function registryKeys(output: string, root: string): Map<string, Values> {
  const keys = new Map<string, Values>();
  const prefix = root.replace('HKLM', 'HKEY_LOCAL_MACHINE').toLowerCase();
  let values: Values = new Map<string, string>();
  for (const line of output.split(/\r?\n/)) {
    if (line.toLowerCase().startsWith(prefix)) {
      values = new Map<string, string>();
      keys.set(line.slice(prefix.length + 1), values);
    }
    const [, name, value] = /^ {4}(.+?) {4}REG_[A-Z_]+ {4}(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) values.set(name, value);
  }
  return keys;
}

interface Profile {
  /** As Windows' settings show it. */
  readonly name: 'Domain' | 'Private' | 'Public';
  /** "Block all incoming connections, including those in the list of allowed apps." */
  readonly noExceptions: boolean;
  readonly rules: readonly Rule[];
}

/** Names of their keys; "Standard" is what became "Private". */
const PROFILES = { Domain: 'DomainProfile', Private: 'StandardProfile', Public: 'PublicProfile' } as const;

/** The profiles that are on and do not let everything in, each with its rules. The domain's values come first. */
function profilesThatBlock(local: Map<string, Values>, policy: Map<string, Values>): Profile[] {
  const [ownRules, domainRules] = [rulesOf(local), rulesOf(policy)];
  return (['Domain', 'Private', 'Public'] as const).flatMap((name) => {
    const key = PROFILES[name];
    // A domain of the time of Windows XP has no key of its own for public networks.
    const value = (of: string): string | undefined => policy.get(key)?.get(of) ?? local.get(key)?.get(of);
    if (value('EnableFirewall') === '0x0' || value('DefaultInboundAction') === '0x0') return [];
    const isMerged = policy.get(key)?.get('AllowLocalPolicyMerge') !== '0x0';
    const rules = [...domainRules, ...(isMerged ? ownRules : [])].filter(
      ({ profiles }) => profiles.length === 0 || profiles.includes(name),
    );
    return [{ name, noExceptions: value('DoNotAllowExceptions') === '0x1', rules }];
  });
}

/** An active rule for incoming packets. */
interface Rule {
  readonly name: string;
  readonly action: string;
  /** Empty: all. */
  readonly profiles: readonly string[];
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

function rulesOf(keys: Map<string, Values>): Rule[] {
  return [...(keys.get('FirewallRules')?.values() ?? [])]
    .map(ruleOf)
    .filter(({ fields }) => is(fields, 'Dir', 'In') && is(fields, 'Active', 'TRUE'));
}

/** `v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=67|LPort=69|App=C:\…|Name=…|` ([MS-GPFAS] 2.2.2). */
function ruleOf(text: string): Rule {
  const fields = new Map<string, string[]>();
  for (const field of text.split('|').slice(1)) {
    const [, name, value] = /^(\w+)=(.*)$/.exec(field) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name, [...(fields.get(name) ?? []), value]);
  }
  return {
    name: fields.get('Name')?.[0] ?? '',
    action: fields.get('Action')?.[0] ?? '',
    profiles: fields.get('Profile') ?? [],
    fields,
  };
}

function is(fields: ReadonlyMap<string, readonly string[]>, name: string, value: string): boolean {
  return fields.get(name)?.[0]?.toLowerCase() === value.toLowerCase();
}

/** What says nothing about which packets a rule lets in. */
const NO_CONDITION = ['Name', 'Desc', 'EmbedCtxt', 'Edge', 'Defer', 'Action', 'Active', 'Dir', 'Profile'];
/** What `concernsPort` and `isOurs` look at. */
const CONDITIONS = ['Protocol', 'LPort', 'LPort2_10', 'App'];

/** A rule with another condition (remote addresses, interfaces, users, services…) lets only some packets in. */
function allows({ action, fields }: Rule): boolean {
  return action === 'Allow' && [...fields.keys()].every((name) => NO_CONDITION.includes(name) || CONDITIONS.includes(name));
}

interface Wish {
  readonly protocol: 'udp' | 'tcp';
  readonly port: number;
  readonly profile: Profile;
}

const PROTOCOL_NUMBERS = { udp: '17', tcp: '6' } as const;

function concernsPort({ fields }: Rule, { protocol, port }: Wish): boolean {
  const [wanted] = fields.get('Protocol') ?? [];
  if (wanted !== undefined && wanted !== PROTOCOL_NUMBERS[protocol]) return false;
  const ports = [...(fields.get('LPort') ?? []), ...(fields.get('LPort2_10') ?? [])];
  return ports.length === 0 || ports.some((range) => isWithin(range, port));
}

/** `67` or `60-70`; names such as `RPC` are other ports. */
function isWithin(range: string, port: number): boolean {
  const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
  return first !== undefined && port >= Number(first) && port <= Number(last ?? first);
}

/** Without a program a rule with a condition on ports is for all; one without both is not about Bootbench. */
function isOurs({ action, fields }: Rule, { program, variables }: WindowsFirewallFacts): boolean {
  const [app] = fields.get('App') ?? [];
  // A blocking rule of a service, or of some addresses or interfaces, does not block the boot services everywhere.
  const others = [...fields.keys()].filter((name) => !NO_CONDITION.includes(name) && !CONDITIONS.includes(name));
  if (action === 'Block' && others.length > 0) return false;
  if (app === undefined) return true;
  const path = app.replace(/%([^%]+)%/g, (whole, name: string) => variableOf(variables, name) ?? whole);
  return comparable(path) === comparable(program);
}

function variableOf(variables: WindowsFirewallFacts['variables'], name: string): string | undefined {
  return Object.entries(variables).find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1];
}

/** Windows ignores case. `reg` prints letters beyond ASCII in the console's code page, which is not known here. */
function comparable(path: string): string {
  return path
    .toLowerCase()
    .replaceAll('/', '\\')
    .replace(/(?:[^ -~]|\?)+/g, '?');
}
