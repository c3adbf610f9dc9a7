import { BootbenchError } from '../../../contract/errors.ts';
import type { Host, Interface, Lease } from '../../../contract/inventory.ts';
import type { HostInterface } from '../boot.ts';
import * as sentences from './client-sentences.ts';

/** What is known about the address that a request comes from, read again for every request. */
export interface SourceAddressFacts {
  /** The boot port is loopback: a demo, or a test. The client is a program on this computer. */
  readonly loopback: boolean;
  /** The address is in the subnet of the boot port, so its machine can be seen in the neighbour table. */
  readonly onLink: boolean;
  /** Bootbench assigns the addresses of this network: full DHCP runs, and no other server answers. */
  readonly ownAddresses: boolean;
  /** What to do with machines whose MAC cannot be seen, because they are behind a router. */
  readonly routed: 'refuse' | 'trust';
  /** The MAC that answers for the address on the boot port (ARP); undefined when the table has none. */
  readonly neighbour: string | undefined;
  /** Replies to the address leave the boot port through a gateway. Read for leases of relays only. */
  readonly viaGateway: boolean;
  /** The lease of the address, of any state and age. */
  readonly lease: Lease | undefined;
  /** Milliseconds since 1970, to judge the lease. */
  readonly now: number;
}

export interface ClientRequest {
  readonly ip: string;
  /** The MAC that the request names. Undefined: only the address identifies the client. */
  readonly claimedMac?: string | undefined;
  /** It came in on another port of this computer than the boot port, so leases and neighbours of the boot port say nothing about it. */
  readonly otherPort?: boolean | undefined;
}

export interface HostLookup {
  findByMac(mac: string): HostInterface | undefined;
  findByIp(ip: string): HostInterface[];
}

export type UnknownClientReason =
  /** The address is in use by two machines, or leased or reserved for another one. */
  | 'address-conflict'
  /** The neighbour table has no MAC for the address. */
  | 'neighbour-unknown'
  /** Another MAC answers for the address. */
  | 'other-machine'
  /** The MAC is right, but Bootbench did not assign the address to it. */
  | 'not-its-address'
  /** It is behind a router, so its MAC cannot be seen. */
  | 'routed'
  /** It came in on a port for BMCs, where addresses and MACs are of another network. */
  | 'other-port'
  /** The address is not a host's. */
  | 'no-host';

export type ClientIdentity =
  | { readonly kind: 'machine'; readonly host: Host; readonly iface: Interface; readonly by: 'loopback' | 'neighbour' | 'relay' | 'trust' }
  | { readonly kind: 'unknown'; readonly reason: UnknownClientReason; readonly message: string; readonly next: string };

type UnknownClient = ClientIdentity & { kind: 'unknown' };

/**
 * Whether a request comes from the machine itself: its MAC, or another one of the same host, answers for the source address, and that
 * address is the host's lease or reservation where Bootbench assigns the addresses. What a request says about itself counts for nothing.
 * Only the machine itself gets a token, a config or a patched ISO, and only what it does is evidence. Pure; docs/security.md has the limits.
 */
export function identifyClient(request: ClientRequest, facts: SourceAddressFacts, hosts: HostLookup): ClientIdentity {
  if (request.otherPort === true) return unknown('other-port', sentences.onBmcPort(request.ip));
  if (facts.loopback) return onLoopback(request, facts, hosts);
  if (isQuarantined(facts)) return conflict(request.ip, sentences.conflictReason.quarantined(facts.lease?.mac ?? ''));
  return facts.onLink ? onBootNetwork(request, facts, hosts) : throughRouter(request, facts, hosts);
}

/** Whether the client is the machine with this MAC, also before it is a host: for what it reports about itself. Pure. */
export function isFrom(mac: string, facts: SourceAddressFacts): boolean {
  if (facts.loopback) return true;
  if (facts.onLink) return facts.neighbour === mac;
  return (isRelayed(facts) && facts.lease?.mac === mac) || facts.routed === 'trust';
}

/** The machine that the client is. E_IDENTITY_UNKNOWN, E_IDENTITY_AMBIGUOUS. */
export function machineOf(client: ClientIdentity): HostInterface {
  if (client.kind === 'machine') return client;
  throw unknownClientError(client);
}

/** Why the client was not identified, as an error; `consequence` is the sentence that says what it gets instead. */
export function unknownClientError({ reason, message, next }: UnknownClient, consequence?: string): BootbenchError {
  const code = reason === 'address-conflict' ? 'E_IDENTITY_AMBIGUOUS' : 'E_IDENTITY_UNKNOWN';
  return new BootbenchError(code, consequence === undefined ? message : `${message} ${consequence}`, { next });
}

function onLoopback(request: ClientRequest, facts: SourceAddressFacts, hosts: HostLookup): ClientIdentity {
  const claimed = claimedHost(request, hosts);
  return claimed ? { kind: 'machine', ...claimed, by: 'loopback' } : byAddressAlone(request, facts, hosts, 'loopback');
}

function onBootNetwork(request: ClientRequest, facts: SourceAddressFacts, hosts: HostLookup): ClientIdentity {
  const { ip } = request;
  const { neighbour } = facts;
  if (neighbour === undefined) return unknown('neighbour-unknown', sentences.neighbourUnknown(ip));
  const answering = hosts.findByMac(neighbour);
  if (!answering && facts.routed === 'trust') return byAddressAlone(request, facts, hosts, 'trust');
  const claimed = claimedHost(request, hosts);
  if (!answering || (claimed && claimed.host.name !== answering.host.name))
    return otherMachine(ip, neighbour, claimed ?? ownersOf(ip, facts, hosts)[0]);
  if (isOfAnotherHost(answering.host, ip, facts, hosts)) return conflict(ip, sentences.conflictReason.ofAnother(neighbour));
  const owned = ownInterface(answering.host, ip, facts);
  if (facts.ownAddresses && !owned) return unknown('not-its-address', sentences.notItsAddress(ip, answering.host.name));
  return { kind: 'machine', host: answering.host, iface: claimed?.iface ?? owned ?? answering.iface, by: 'neighbour' };
}

/**
 * No MAC can be seen. A lease that was given through a relay decides: replies to its address leave through the router, so a machine on
 * the boot network cannot use it. Other machines behind the same router can.
 */
function throughRouter(request: ClientRequest, facts: SourceAddressFacts, hosts: HostLookup): ClientIdentity {
  const { ip } = request;
  if (isRelayed(facts)) return byAddressAlone(request, facts, hosts, 'relay');
  if (facts.routed === 'trust') return byAddressAlone(request, facts, hosts, 'trust');
  const relay = isLive(facts) ? facts.lease?.relay : undefined;
  return unknown('routed', relay === undefined ? sentences.behindRouter(ip) : sentences.noRouteToRelay(ip, relay));
}

/** The lease or reservation of the address decides, or the claimed MAC where another server assigns the addresses. */
function byAddressAlone(
  request: ClientRequest,
  facts: SourceAddressFacts,
  hosts: HostLookup,
  by: 'loopback' | 'relay' | 'trust',
): ClientIdentity {
  const { ip } = request;
  const owners = ownersOf(ip, facts, hosts);
  const candidates = owners.map(({ host }) => host.name);
  if (candidates.length === 1 && isLeasedToUnknown(facts, hosts)) candidates.push(sentences.UNKNOWN_MACHINE);
  if (candidates.length > 1) return conflict(ip, sentences.conflictReason.severalOwners(candidates));
  const claimed = claimedHost(request, hosts);
  const [owner] = owners;
  if (owner) return ofOwner(ip, owner, claimed, by);
  if (claimed && !facts.ownAddresses && by === 'trust') return { kind: 'machine', ...claimed, by };
  return unknown('no-host', sentences.notAHost(ip, undefined));
}

function ofOwner(ip: string, owner: HostInterface, claimed: HostInterface | undefined, by: 'loopback' | 'relay' | 'trust'): ClientIdentity {
  if (claimed && owner.host.name !== claimed.host.name)
    return conflict(ip, sentences.conflictReason.claimedByAnother(owner.host.name, claimed.host.name));
  return { kind: 'machine', host: owner.host, iface: claimed?.iface ?? owner.iface, by };
}

function claimedHost({ claimedMac }: ClientRequest, hosts: HostLookup): HostInterface | undefined {
  return claimedMac === undefined ? undefined : hosts.findByMac(claimedMac);
}

/** Hosts that the address is leased to or reserved for. */
function ownersOf(ip: string, facts: SourceAddressFacts, hosts: HostLookup): HostInterface[] {
  const leased = isLive(facts) && facts.lease ? hosts.findByMac(facts.lease.mac) : undefined;
  return [...new Map([...hosts.findByIp(ip), ...(leased ? [leased] : [])].map((found) => [found.host.name, found])).values()];
}

function isLeasedToUnknown(facts: SourceAddressFacts, hosts: HostLookup): boolean {
  return isLive(facts) && facts.lease !== undefined && !hosts.findByMac(facts.lease.mac);
}

function isOfAnotherHost(host: Host, ip: string, facts: SourceAddressFacts, hosts: HostLookup): boolean {
  const leasedElsewhere = isLive(facts) && facts.lease !== undefined && !hasMac(host, facts.lease.mac);
  return leasedElsewhere || hosts.findByIp(ip).some((reserved) => reserved.host.name !== host.name);
}

/** The interface whose reservation or last lease the address is. iPXE never renews, so an old lease counts until another machine has it. */
function ownInterface({ interfaces }: Host, ip: string, { lease }: SourceAddressFacts): Interface | undefined {
  return interfaces.find((iface) => iface.ip === ip) ?? interfaces.find(({ mac }) => mac === lease?.mac);
}

function hasMac({ interfaces }: Host, mac: string): boolean {
  return interfaces.some((iface) => iface.mac === mac);
}

/** Without a route through a gateway, a reply would go to any machine on the boot network that answers ARP for the address. */
function isRelayed(facts: SourceAddressFacts): boolean {
  return facts.lease?.relay !== undefined && isLive(facts) && facts.viaGateway;
}

function isLive({ lease, now }: SourceAddressFacts): boolean {
  return lease?.state === 'bound' && lease.expiresAt > now;
}

/**
 * Two machines were found at the address. Not so for the MAC of the declined lease: the probe saw it there, or it sent a DECLINE. A machine
 * that declines an address does not use it (RFC 2131 §3.1), so where that MAC does answer for it, the DECLINE was forged: one packet that
 * anyone can send must not keep a machine from booting.
 */
function isQuarantined({ lease, neighbour, onLink, now }: SourceAddressFacts): boolean {
  const isItsOwn = onLink && neighbour === lease?.mac;
  return lease?.state === 'declined' && lease.expiresAt > now && !isItsOwn;
}

function conflict(ip: string, reason: string): UnknownClient {
  return unknown('address-conflict', sentences.addressConflict(ip, reason));
}

function otherMachine(ip: string, neighbour: string, wanted: HostInterface | undefined): UnknownClient {
  if (!wanted) return unknown('no-host', sentences.notAHost(ip, neighbour));
  return unknown('other-machine', sentences.otherMachineAnswers(ip, neighbour, wanted.host.name));
}

function unknown(reason: UnknownClientReason, said: { readonly message: string; readonly next: string }): UnknownClient {
  return { kind: 'unknown', reason, ...said };
}
