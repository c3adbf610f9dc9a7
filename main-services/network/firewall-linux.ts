import type { PreflightCheck } from '../../contract/appliance.ts';
import type { CommandResult } from './run-command.ts';
import * as sentences from './sentences.ts';

/** The ports that must be open, and on which NIC. */
export interface FirewallNeed {
  readonly nic: string;
  readonly udp: readonly number[];
  readonly tcp: readonly number[];
}

const ID = 'firewall';

export function open(message: string): PreflightCheck {
  return { id: ID, state: 'ok', message };
}

export function closed(message: string, fix: string, command: string): PreflightCheck {
  return { id: ID, state: 'failed', message, fix: { message: fix, command } };
}

/** For rules that are read but not evaluated. */
export function doubtful(message: string, fix: string, command: string): PreflightCheck {
  return { id: ID, state: 'warning', message, fix: { message: fix, command } };
}

export function unknown(message: string, fix: string, command: string): PreflightCheck {
  return { id: ID, state: 'unknown', message, fix: { message: fix, command } };
}

/** `udp 67, udp 69 and tcp 7080`. */
export function portList(need: FirewallNeed): string {
  const words = neededPorts(need).map(({ protocol, port }) => `${protocol} ${port}`);
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

interface NeededPort {
  readonly protocol: 'udp' | 'tcp';
  readonly port: number;
}

export function neededPorts(need: FirewallNeed): NeededPort[] {
  return [...need.udp.map((port) => ({ protocol: 'udp' as const, port })), ...need.tcp.map((port) => ({ protocol: 'tcp' as const, port }))];
}

/** The services of firewalld that stand for boot ports (/usr/lib/firewalld/services). */
const FIREWALLD_SERVICES: Record<string, string> = { dhcp: 'udp 67', proxydhcp: 'udp 4011', tftp: 'udp 69' };

/** The outputs of `firewall-cmd --state`, of the zone of the NIC (or the default zone), and of `--zone=Z --list-all`. */
export function firewalldCheck(need: FirewallNeed, facts: { state: string; zone?: string; list?: string }): PreflightCheck {
  const zone = facts.zone ?? 'public';
  const ports = neededPorts(need).map(({ protocol, port }) => `--add-port=${port}/${protocol}`);
  const command = `sudo firewall-cmd --zone=${zone} ${ports.join(' ')}`;
  if (facts.list === undefined || facts.zone === undefined) {
    return unknown(sentences.firewalld.unreadable(portList(need)), sentences.firewalld.fix, command);
  }
  if (/^\s+target: ACCEPT/m.test(facts.list)) return open(sentences.firewalld.allOpen(need.nic, zone));
  const missing = neededPorts(need).filter((each) => !firewalldOpens(facts.list ?? '', each));
  if (missing.length === 0) return open(sentences.firewalld.open(need.nic, zone));
  const names = missing.map(({ protocol, port }) => `${protocol} ${port}`).join(', ');
  return closed(sentences.firewalld.closed(need.nic, zone, names), sentences.firewalld.fix, command);
}

function firewalldOpens(list: string, { protocol, port }: { protocol: string; port: number }): boolean {
  const services = (/^\s+services: (.*)$/m.exec(list)?.[1] ?? '').split(' ');
  if (services.some((service) => FIREWALLD_SERVICES[service] === `${protocol} ${port}`)) return true;
  return (/^\s+ports: (.*)$/m.exec(list)?.[1] ?? '').split(' ').some((entry) => covers(entry, protocol, port));
}

/** Whether `67/udp`, `60-70/udp` or (with `:`) `60:70/udp` covers the port. */
function covers(entry: string, protocol: string, port: number): boolean {
  const [, first, last, named] = /^(\d+)(?:[-:](\d+))?(?:\/(udp|tcp))?$/.exec(entry) ?? [];
  if (first === undefined || (named !== undefined && named !== protocol)) return false;
  return port >= Number(first) && port <= Number(last ?? first);
}

/** The output of `ufw status`; without administrator rights it is an error. */
export function ufwCheck(need: FirewallNeed, status: string): PreflightCheck {
  const rules = neededPorts(need).map(({ protocol, port }) => `sudo ufw allow in on ${need.nic} to any port ${port} proto ${protocol}`);
  const command = rules.join(' && ');
  if (!/^Status: active/m.test(status)) {
    return unknown(sentences.ufw.unreadable(portList(need)), sentences.ufw.inspect, command);
  }
  const missing = neededPorts(need).filter((each) => !ufwOpens(status, need.nic, each));
  if (missing.length === 0) return open(sentences.ufw.open(need.nic));
  const names = missing.map(({ protocol, port }) => `${protocol} ${port}`).join(', ');
  return closed(sentences.ufw.closed(need.nic, names), sentences.ufw.fix, command);
}

/** `67/udp on lab0   ALLOW   Anywhere`, `Anywhere on lab0   ALLOW   Anywhere`, `7080   ALLOW IN   Anywhere`; rules from one source do not count. */
function ufwOpens(status: string, nic: string, { protocol, port }: { protocol: string; port: number }): boolean {
  return status.split('\n').some((line) => {
    const [, to = '', on, from] = /^(\S+)(?: on (\S+))?\s+ALLOW(?: IN)?\s+(.+?)\s*$/.exec(line) ?? [];
    if (from !== 'Anywhere' || (on !== undefined && on !== nic)) return false;
    return to === 'Anywhere' ? on !== undefined : covers(to, protocol, port);
  });
}

interface NftItem {
  readonly chain?: { family: string; table: string; name: string; hook?: string; policy?: string };
  readonly rule?: NftRule;
}

interface NftRule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly expr: readonly Record<string, unknown>[];
}

/**
 * `nft -j list ruleset`. Rules are not evaluated: a chain at the input hook that only accepts is open; one that drops by policy or by a rule is
 * reported unless rules name every port.
 */
export function nftablesCheck(need: FirewallNeed, answer: CommandResult): PreflightCheck {
  const items = answer.ok ? nftItems(answer.output) : undefined;
  if (!items) {
    const command = nftCommand(need, 'inet', 'filter', 'input');
    return unknown(sentences.nftables.unreadable(portList(need)), sentences.nftables.inspect, command);
  }
  for (const { chain } of items.filter((item) => item.chain?.hook === 'input' && item.chain.family !== 'ip6')) {
    if (!chain) continue;
    const rules = rulesBehind(chain, items);
    if (chain.policy !== 'drop' && !rules.some(refuses)) continue;
    if (neededPorts(need).every((wish) => rules.some((rule) => accepts(rule, need.nic, wish)))) continue;
    const message = sentences.nftables.doubtful(`${chain.family} ${chain.table} ${chain.name}`);
    const fix = sentences.nftables.fix(portList(need), need.nic);
    return doubtful(message, fix, nftCommand(need, chain.family, chain.table, chain.name));
  }
  return open(sentences.nftables.open(portList(need), need.nic));
}

function nftItems(output: string): NftItem[] | undefined {
  try {
    return (JSON.parse(output) as { nftables?: NftItem[] }).nftables ?? [];
  } catch {
    return undefined;
  }
}

/** The rules of the chain; when it jumps elsewhere, of its whole table. */
function rulesBehind(chain: { family: string; table: string; name: string }, items: readonly NftItem[]): NftRule[] {
  const table = items.flatMap(({ rule }) => (rule?.table === chain.table && rule.family === chain.family ? [rule] : []));
  const own = table.filter((rule) => rule.chain === chain.name);
  return own.some((rule) => rule.expr.some((part) => 'jump' in part || 'goto' in part || 'vmap' in part)) ? table : own;
}

interface NftMatch {
  readonly op: string;
  readonly left: { readonly meta?: { key: string }; readonly payload?: { protocol?: string; field?: string } };
  readonly right: unknown;
}

function refuses(rule: NftRule): boolean {
  return rule.expr.some((part) => 'drop' in part || 'reject' in part);
}

/** A rule that accepts this port on this NIC from any source: every condition of it must be known and met. */
function accepts(rule: NftRule, nic: string, wish: NeededPort): boolean {
  if (!rule.expr.some((part) => 'accept' in part)) return false;
  const conditions = rule.expr.flatMap((part) => ('match' in part ? [part.match as NftMatch] : []));
  const names = (condition: NftMatch): boolean => condition.left.payload?.field === 'dport' || isNic(condition);
  return conditions.some(names) && conditions.every((condition) => meets(condition, nic, wish));
}

function isNic({ left }: NftMatch): boolean {
  return left.meta?.key === 'iifname' || left.meta?.key === 'iif';
}

function meets(condition: NftMatch, nic: string, { protocol, port }: NeededPort): boolean {
  const { op, left, right } = condition;
  if (op !== '==' && op !== 'in') return false;
  if (isNic(condition)) return right === nic;
  if (left.meta?.key === 'l4proto') return right === protocol;
  if (left.payload?.field !== 'dport' || ![protocol, 'th'].includes(left.payload.protocol ?? '')) return false;
  return numbersIn(right).some(([first, last]) => port >= first && port <= last);
}

/** `67`, `{"range":[60,70]}` and `{"set":[…]}` of them. */
function numbersIn(right: unknown): [number, number][] {
  if (typeof right === 'number') return [[right, right]];
  if (typeof right !== 'object' || right === null) return [];
  if ('set' in right && Array.isArray(right.set)) return right.set.flatMap(numbersIn);
  if ('range' in right && Array.isArray(right.range)) return [[Number(right.range[0]), Number(right.range[1])]];
  return [];
}

/** `insert` puts the rules before those that reject. */
function nftCommand(need: FirewallNeed, family: string, table: string, chain: string): string {
  return (['udp', 'tcp'] as const)
    .filter((protocol) => need[protocol].length > 0)
    .map(
      (protocol) =>
        `sudo nft insert rule ${family} ${table} ${chain} iifname ${need.nic} ${protocol} dport '{ ${need[protocol].join(', ')} }' accept`,
    )
    .join(' && ');
}

/** `iptables-save -t filter`, for systems without nft. */
export function iptablesCheck(need: FirewallNeed, answer: CommandResult): PreflightCheck {
  if (answer.notFound === true) return open(sentences.NO_FIREWALL);
  const additions = neededPorts(need).map(
    ({ protocol, port }) => `sudo iptables -I INPUT -i ${need.nic} -p ${protocol} --dport ${port} -j ACCEPT`,
  );
  const command = additions.join(' && ');
  if (!answer.ok) {
    return unknown(sentences.iptables.unreadable(portList(need)), sentences.iptables.inspect, command);
  }
  const rules = answer.output.split('\n').filter((line) => !/^-A (FORWARD|OUTPUT|DOCKER)/.test(line));
  const refusing = rules.some((line) => /^:INPUT (DROP|REJECT)|^-A .*-j (DROP|REJECT)/.test(line));
  const named = neededPorts(need).every((wish) => rules.some((line) => iptablesAccepts(line, need.nic, wish)));
  if (!refusing || named) return open(sentences.iptables.open);
  return doubtful(sentences.iptables.doubtful, sentences.iptables.fix, command);
}

/** A line of iptables-save that accepts this port on this NIC from any source; a line with any other condition does not count. */
function iptablesAccepts(line: string, nic: string, { protocol, port }: NeededPort): boolean {
  if (!/^-A INPUT .*-j ACCEPT$/.test(line)) return false;
  const rest = line
    .slice('-A INPUT '.length, -'-j ACCEPT'.length)
    .replace(`-i ${nic} `, '')
    .replace(`-p ${protocol} `, '')
    .replace(`-m ${protocol} `, '');
  if (rest === '') return line.includes(`-i ${nic} `);
  const [, first, last] = /^--dport (\d+)(?::(\d+))? $/.exec(rest) ?? [];
  return first !== undefined && port >= Number(first) && port <= Number(last ?? first);
}
