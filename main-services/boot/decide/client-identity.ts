import { BootbenchError } from '../../../contract/errors.ts';
import type { Host, Interface, Lease } from '../../../contract/inventory.ts';

/** What is known about the address that a request comes from. Gathered anew for every request. */
export interface SourceAddressFacts {
  /** The boot port is loopback: a demo, or a test. Whoever asks is a program of this computer. */
  readonly loopback: boolean;
  /** The address is in the subnet of the boot port, so its machine can be seen in the neighbour table. */
  readonly onLink: boolean;
  /** The addresses of this network are ours: full DHCP runs, and no other server answers. */
  readonly ownAddresses: boolean;
  /** What to do with machines whose MAC cannot be seen, because a router is between them and us. */
  readonly routed: 'refuse' | 'trust';
  /** The MAC that answers for the address on the boot port (ARP); undefined when the table has none. */
  readonly neighbour: string | undefined;
  /** Replies to the address leave the boot port through a gateway. Looked at for leases of relays only. */
  readonly viaGateway: boolean;
  /** The lease of the address, of any state and age. */
  readonly lease: Lease | undefined;
  /** Milliseconds since 1970, to judge the lease. */
  readonly now: number;
}

export interface ClientRequest {
  readonly ip: string;
  /** The MAC that the request names. Undefined: only the address says who it is. */
  readonly claimedMac?: string | undefined;
  /** It came in on another port of this computer than the boot port, so what is known of the wire is of another machine. */
  readonly otherPort?: boolean | undefined;
}

export type Found = { readonly host: Host; readonly iface: Interface };

export interface HostLookup {
  findByMac(mac: string): Found | undefined;
  findByIp(ip: string): Found[];
}

export type UnknownClientReason =
  /** The address is in use by two machines, or leased or reserved for another one. */
  | 'address-conflict'
  /** The neighbour table has no MAC for the address. */
  | 'neighbour-unknown'
  /** Another MAC answers for the address. */
  | 'other-machine'
  /** The MAC is right, but the address is not one that we gave it. */
  | 'not-its-address'
  /** It asks through a router, so its MAC cannot be seen. */
  | 'routed'
  /** It asks on a port for BMCs, where addresses and MACs are of another network. */
  | 'other-port'
  /** The address is no host's. */
  | 'no-host';

export type ClientIdentity =
  | { readonly kind: 'machine'; readonly host: Host; readonly iface: Interface; readonly by: 'loopback' | 'neighbour' | 'relay' | 'trust' }
  | { readonly kind: 'stranger'; readonly reason: UnknownClientReason; readonly message: string; readonly next: string };

/**
 * Whether a request comes from the machine itself: its MAC, or another one of the same host, answers for the source address, and that
 * address is the host's lease or reservation where we give out the addresses. What a request says about itself counts for nothing.
 * Only the machine itself gets a token, a config or a patched ISO, and only what it does is evidence. Pure; docs/security.md has the limits.
 */
export function identifyClient(question: ClientRequest, wire: SourceAddressFacts, hosts: HostLookup): ClientIdentity {
  if (question.otherPort === true) return onAnotherPort(question.ip);
  if (wire.loopback) return onLoopback(question, wire, hosts);
  if (rests(wire)) return conflict(question.ip, `it rests after a conflict about it with ${wire.lease?.mac ?? ''}`);
  return wire.onLink ? onOurWire(question, wire, hosts) : throughRouter(question, wire, hosts);
}

/** Whether the machine with this MAC itself asks, also while it is no host: for what it reports about itself. Pure. */
export function isFrom(mac: string, wire: SourceAddressFacts): boolean {
  if (wire.loopback) return true;
  if (wire.onLink) return wire.neighbour === mac;
  return (isRelayed(wire) && wire.lease?.mac === mac) || wire.routed === 'trust';
}

/** The machine that asks. E_IDENTITY_UNKNOWN, E_IDENTITY_AMBIGUOUS. */
export function machineOf(who: ClientIdentity): Found {
  if (who.kind === 'machine') return who;
  throw unknownClientError(who);
}

/** Why the asker is not the machine, as an error; `consequence` is the sentence that says what it gets instead. */
export function unknownClientError({ reason, message: sentence, next }: ClientIdentity & { kind: 'stranger' }, consequence?: string): BootbenchError {
  const code = reason === 'address-conflict' ? 'E_IDENTITY_AMBIGUOUS' : 'E_IDENTITY_UNKNOWN';
  return new BootbenchError(code, consequence === undefined ? sentence : `${sentence} ${consequence}`, { next });
}

function onAnotherPort(ip: string): ClientIdentity {
  const sentence = `${ip} asks on a network port for BMCs, where an address proves nothing.`;
  return {
    kind: 'stranger',
    reason: 'other-port',
    message: sentence,
    next: 'Give the BMC the URL with the token: bootbench media HOST url.',
  };
}

function onLoopback(question: ClientRequest, wire: SourceAddressFacts, hosts: HostLookup): ClientIdentity {
  const named = question.claimedMac === undefined ? undefined : hosts.findByMac(question.claimedMac);
  return named ? { kind: 'machine', ...named, by: 'loopback' } : byAddressAlone(question, wire, hosts, 'loopback');
}

function onOurWire(question: ClientRequest, wire: SourceAddressFacts, hosts: HostLookup): ClientIdentity {
  const { ip, claimedMac: claims } = question;
  const { neighbour } = wire;
  if (neighbour === undefined) {
    const sentence = `The neighbour table of this computer has no MAC for ${ip}.`;
    return {
      kind: 'stranger',
      reason: 'neighbour-unknown',
      message: sentence,
      next: 'Ask again; if it stays, see “Who asks” in docs/security.md.',
    };
  }
  const behind = hosts.findByMac(neighbour);
  if (!behind && wire.routed === 'trust') return byAddressAlone(question, wire, hosts, 'trust');
  const named = claims === undefined ? undefined : hosts.findByMac(claims);
  if (!behind || (named && named.host.name !== behind.host.name)) return otherMachine(ip, neighbour, named ?? ownersOf(ip, wire, hosts)[0]);
  if (isAnothers(behind.host, ip, wire, hosts))
    return conflict(ip, `${neighbour} answers for it, but it is leased or reserved for another machine`);
  const owned = ownInterface(behind.host, ip, wire);
  if (wire.ownAddresses && !owned) return notItsAddress(ip, behind.host);
  return { kind: 'machine', host: behind.host, iface: named?.iface ?? owned ?? behind.iface, by: 'neighbour' };
}

/**
 * No MAC can be seen. A lease that was given through a relay decides: replies to its address leave through the router, so a machine on
 * our own wire cannot use it. Machines beside it, behind the same router, can.
 */
function throughRouter(question: ClientRequest, wire: SourceAddressFacts, hosts: HostLookup): ClientIdentity {
  const { ip } = question;
  if (isRelayed(wire)) return byAddressAlone(question, wire, hosts, 'relay');
  if (wire.routed === 'trust') return byAddressAlone(question, wire, hosts, 'trust');
  if (wire.lease?.relay !== undefined && isLive(wire)) return noRoute(ip, wire.lease.relay);
  const sentence = `${ip} asks through a router, so this computer cannot see its MAC.`;
  const next = 'Let the router relay DHCP to Bootbench, or believe addresses behind routers: --routed-machines trust.';
  return { kind: 'stranger', reason: 'routed', message: sentence, next };
}

/** The lease or reservation of the address decides, or the MAC that is named where addresses are not ours. */
function byAddressAlone(question: ClientRequest, wire: SourceAddressFacts, hosts: HostLookup, by: 'loopback' | 'relay' | 'trust'): ClientIdentity {
  const { ip, claimedMac: claims } = question;
  const owners = ownersOf(ip, wire, hosts);
  const [owner, another] = owners;
  const leasedToUnknown = isLive(wire) && wire.lease !== undefined && !hosts.findByMac(wire.lease.mac);
  if (another || (owner && leasedToUnknown)) {
    const names = owners.map(({ host }) => host.name).join(' or ');
    return conflict(ip, `it could be ${another ? names : `${names} or an unknown machine`}`);
  }
  const named = claims === undefined ? undefined : hosts.findByMac(claims);
  if (owner && named && owner.host.name !== named.host.name)
    return conflict(ip, `it is ${owner.host.name}’s, and the request names ${named.host.name}`);
  if (owner) return { kind: 'machine', host: owner.host, iface: named?.iface ?? owner.iface, by };
  if (named && !wire.ownAddresses && by === 'trust') return { kind: 'machine', ...named, by };
  return noHost(ip);
}

/** Hosts whose live lease or reservation the address is. */
function ownersOf(ip: string, wire: SourceAddressFacts, hosts: HostLookup): Found[] {
  const leased = isLive(wire) && wire.lease ? hosts.findByMac(wire.lease.mac) : undefined;
  return [...new Map([...hosts.findByIp(ip), ...(leased ? [leased] : [])].map((found) => [found.host.name, found])).values()];
}

function isAnothers(host: Host, ip: string, wire: SourceAddressFacts, hosts: HostLookup): boolean {
  const leasedElsewhere = isLive(wire) && wire.lease !== undefined && !hasMac(host, wire.lease.mac);
  return leasedElsewhere || hosts.findByIp(ip).some((reserved) => reserved.host.name !== host.name);
}

/** The interface whose reservation or last lease the address is. iPXE never renews, so an old lease counts until another machine has it. */
function ownInterface({ interfaces }: Host, ip: string, { lease }: SourceAddressFacts): Interface | undefined {
  return interfaces.find((iface) => iface.ip === ip) ?? interfaces.find(({ mac }) => mac === lease?.mac);
}

function hasMac({ interfaces }: Host, mac: string): boolean {
  return interfaces.some((iface) => iface.mac === mac);
}

/** Without a route through a gateway, a reply would go to whoever answers ARP for the address on our own wire. */
function isRelayed(wire: SourceAddressFacts): boolean {
  return wire.lease?.relay !== undefined && isLive(wire) && wire.viaGateway;
}

function isLive({ lease, now }: SourceAddressFacts): boolean {
  return lease?.state === 'bound' && lease.expiresAt > now;
}

/**
 * Two machines were found at the address. Not so for the MAC of the resting lease: our probe saw it there, or it sent a DECLINE. One that
 * declines an address does not use it (RFC 2131 §3.1), so where that MAC does answer for it, the DECLINE was forged: one packet that anyone
 * can send must not keep a machine from its boot.
 */
function rests({ lease, neighbour, onLink, now }: SourceAddressFacts): boolean {
  const isItsOwn = onLink && neighbour === lease?.mac;
  return lease?.state === 'declined' && lease.expiresAt > now && !isItsOwn;
}

function conflict(ip: string, why: string): ClientIdentity {
  const next = 'Give each machine an address of its own; an address that two machines use identifies none of them.';
  return { kind: 'stranger', reason: 'address-conflict', message: `The address ${ip} proves nothing: ${why}.`, next };
}

function otherMachine(ip: string, neighbour: string, wanted: Found | undefined): ClientIdentity {
  if (!wanted) return noHost(ip, neighbour);
  const { name } = wanted.host;
  const sentence = `${ip} is the machine with MAC ${neighbour}, which is not an interface of ${name}.`;
  return {
    kind: 'stranger',
    reason: 'other-machine',
    message: sentence,
    next: `If it is ${name}, add ${neighbour} as an interface of ${name}.`,
  };
}

function noRoute(ip: string, relay: string): ClientIdentity {
  const sentence = `${ip} got its address through the relay ${relay}, but the boot port has no route to it through a router.`;
  const next = `Add a route to the network of ${ip} on the boot port, through the router that relays for it.`;
  return { kind: 'stranger', reason: 'routed', message: sentence, next };
}

function notItsAddress(ip: string, { name }: Host): ClientIdentity {
  const sentence = `${ip} is not an address that Bootbench gave to ${name}.`;
  const next = `Let ${name} get its address by DHCP, or set ip=${ip} for its interface.`;
  return { kind: 'stranger', reason: 'not-its-address', message: sentence, next };
}

function noHost(ip: string, neighbour?: string): ClientIdentity {
  const who = neighbour === undefined ? ip : `${ip} (MAC ${neighbour})`;
  return {
    kind: 'stranger',
    reason: 'no-host',
    message: `${who} is not a host.`,
    next: 'Add the machine as a host, or use the URL with the token.',
  };
}
