import { describe, expect, it } from 'vitest';
import { Host, type Lease } from '../../../../contract/inventory.ts';
import {
  isFrom,
  machineOf,
  identifyClient,
  type HostLookup,
  type ClientRequest,
  type SourceAddressFacts,
} from '../../../../main-services/boot/decide/client-identity.ts';

const NODE1 = '52:54:00:00:00:01';
const NODE1_SECOND = '52:54:00:00:00:11';
const NODE2 = '52:54:00:00:00:02';
const STRANGER = '52:54:00:00:00:99';
const ROUTER = '52:54:00:00:00:fe';
const IP = '192.168.77.50';
const FAR = '10.0.5.20';
const NOW = 1_000_000;

const host = (name: string, interfaces: object[]): Host => Host.parse({ name, interfaces, createdAt: 0, updatedAt: 0 });
const ALL = [host('node1', [{ mac: NODE1 }, { mac: NODE1_SECOND }]), host('node2', [{ mac: NODE2, ip: '192.168.77.60' }])];
const found = (fits: (iface: Host['interfaces'][number]) => boolean) =>
  ALL.flatMap((each) => each.interfaces.filter(fits).map((iface) => ({ host: each, iface })));
const hosts: HostLookup = {
  findByMac: (mac) => found((iface) => iface.mac === mac)[0],
  findByIp: (ip) => found((iface) => iface.ip === ip),
};

const lease = (mac: string, more: Partial<Lease> = {}): Lease => ({
  ip: IP,
  mac,
  state: 'bound',
  startedAt: NOW - 1000,
  expiresAt: NOW + 1000,
  ...more,
});
const WIRE: SourceAddressFacts = {
  loopback: false,
  onLink: true,
  ownAddresses: true,
  routed: 'refuse',
  neighbour: NODE1,
  viaGateway: false,
  lease: lease(NODE1),
  now: NOW,
};
const FAR_WIRE: Partial<SourceAddressFacts> = { onLink: false, neighbour: undefined, viaGateway: true };

/** What is seen of the wire, what is asked, and who it is: a host's name or the reason why it is a stranger. */
const TABLE: readonly (readonly [string, Partial<SourceAddressFacts>, Partial<ClientRequest>, string])[] = [
  ['the machine by its lease', {}, { claimedMac: NODE1 }, 'node1'],
  ['the machine by its lease, that names no MAC', {}, {}, 'node1'],
  ['another NIC of it answers for the address', { neighbour: NODE1_SECOND }, { claimedMac: NODE1 }, 'node1'],
  ['it names another NIC of its own', {}, { claimedMac: NODE1_SECOND }, 'node1'],
  ['by its reservation, before any lease', { neighbour: NODE2, lease: undefined }, { ip: '192.168.77.60', claimedMac: NODE2 }, 'node2'],
  ['a lease that ended, and no machine has had since: iPXE never renews', { lease: lease(NODE1, { expiresAt: NOW - 1 }) }, {}, 'node1'],
  ['a lease that a stranger released in its name', { lease: lease(NODE1, { state: 'released', expiresAt: NOW }) }, {}, 'node1'],
  ['a stranger names its MAC', { neighbour: STRANGER, lease: lease(STRANGER) }, { claimedMac: NODE1 }, 'other-machine'],
  ['a stranger has taken its address', { neighbour: STRANGER }, { claimedMac: NODE1 }, 'other-machine'],
  ['a stranger has taken its address and names no MAC', { neighbour: STRANGER }, {}, 'other-machine'],
  ['a stranger leased in its name by forged DHCP', { neighbour: STRANGER, lease: lease(NODE1) }, { claimedMac: NODE1 }, 'other-machine'],
  ['a stranger without a lease that names no MAC', { neighbour: STRANGER, lease: undefined }, {}, 'no-host'],
  ['another host names its MAC', { neighbour: NODE2, lease: lease(NODE2) }, { claimedMac: NODE1 }, 'other-machine'],
  ['another host has taken its address', { neighbour: NODE2 }, {}, 'address-conflict'],
  ['its MAC at an address that is leased to another machine', { lease: lease(STRANGER) }, {}, 'address-conflict'],
  ['its MAC at an address that is reserved for another host', { lease: undefined }, { ip: '192.168.77.60' }, 'address-conflict'],
  ['its MAC at an address that we never gave', { lease: undefined }, { claimedMac: NODE1 }, 'not-its-address'],
  ['an address where our probe found another machine', { lease: lease(STRANGER, { state: 'declined' }) }, {}, 'address-conflict'],
  ['an address that another host declined', { lease: lease(NODE2, { state: 'declined' }) }, {}, 'address-conflict'],
  [
    'an address that it declined itself, where another answers',
    { lease: lease(NODE1, { state: 'declined' }), neighbour: NODE2 },
    {},
    'address-conflict',
  ],
  ['the same, a stranger answers', { lease: lease(NODE1, { state: 'declined' }), neighbour: STRANGER }, {}, 'address-conflict'],
  ['b9: a DECLINE in its name, and it answers for the address', { lease: lease(NODE1, { state: 'declined' }) }, {}, 'node1'],
  [
    'relay: its lease was declined',
    { ...FAR_WIRE, lease: lease(NODE1, { ip: FAR, relay: '10.0.5.1', state: 'declined' }) },
    { ip: FAR, claimedMac: NODE1 },
    'address-conflict',
  ],
  [
    'an address that no longer rests',
    { lease: lease(NODE2, { state: 'declined', expiresAt: NOW - 1 }) },
    { claimedMac: NODE1 },
    'not-its-address',
  ],
  ['no MAC is known for the address', { neighbour: undefined }, { claimedMac: NODE1 }, 'neighbour-unknown'],
  // Another server gives out the addresses: proxy mode, or DHCP is off.
  ['proxy: the neighbour decides', { ownAddresses: false, lease: undefined }, { claimedMac: NODE1 }, 'node1'],
  ['proxy: without a MAC too', { ownAddresses: false, lease: undefined }, {}, 'node1'],
  [
    'proxy: a stranger names its MAC',
    { ownAddresses: false, lease: undefined, neighbour: STRANGER },
    { claimedMac: NODE1 },
    'other-machine',
  ],
  ['proxy: a router answers for it', { ownAddresses: false, lease: undefined, neighbour: ROUTER }, { claimedMac: NODE1 }, 'other-machine'],
  [
    'proxy: the same with trust',
    { ownAddresses: false, lease: undefined, neighbour: ROUTER, routed: 'trust' },
    { claimedMac: NODE1 },
    'node1',
  ],
  // A machine on a network for BMCs can have any address, also one of the boot port's network.
  ['another port: the address of the machine', {}, { claimedMac: NODE1, otherPort: true }, 'other-port'],
  ['another port, while the boot port is loopback', { loopback: true }, { claimedMac: NODE1, otherPort: true }, 'other-port'],
  // Through a router.
  [
    'relay: leased through it',
    { ...FAR_WIRE, lease: lease(NODE1, { ip: FAR, relay: '10.0.5.1' }) },
    { ip: FAR, claimedMac: NODE1 },
    'node1',
  ],
  [
    'relay: its lease has ended',
    { ...FAR_WIRE, lease: lease(NODE1, { ip: FAR, relay: '10.0.5.1', expiresAt: NOW }) },
    { ip: FAR },
    'routed',
  ],
  [
    'relay: another’s lease',
    { ...FAR_WIRE, lease: lease(NODE2, { ip: FAR, relay: '10.0.5.1' }) },
    { ip: FAR, claimedMac: NODE1 },
    'address-conflict',
  ],
  [
    'relay: an unknown machine’s lease',
    { ...FAR_WIRE, lease: lease(STRANGER, { ip: FAR, relay: '10.0.5.1' }) },
    { ip: FAR, claimedMac: NODE1 },
    'no-host',
  ],
  [
    'relay: forged by a machine on our own wire',
    { neighbour: STRANGER, lease: lease(NODE1, { relay: '10.0.5.1' }) },
    { claimedMac: NODE1 },
    'other-machine',
  ],
  [
    'relay: forged, and the boot port takes the address for one on its own wire',
    { ...FAR_WIRE, viaGateway: false, lease: lease(NODE1, { ip: FAR, relay: '10.0.5.1' }) },
    { ip: FAR, claimedMac: NODE1 },
    'routed',
  ],
  ['routed without a relay', { ...FAR_WIRE, lease: undefined }, { ip: FAR, claimedMac: NODE1 }, 'routed'],
  ['routed, a lease that no relay asked for', { ...FAR_WIRE, lease: lease(NODE1, { ip: FAR }) }, { ip: FAR, claimedMac: NODE1 }, 'routed'],
  [
    'routed with trust: its lease',
    { ...FAR_WIRE, routed: 'trust', lease: lease(NODE1, { ip: FAR }) },
    { ip: FAR, claimedMac: NODE1 },
    'node1',
  ],
  ['routed with trust: no lease of ours', { ...FAR_WIRE, routed: 'trust', lease: undefined }, { ip: FAR, claimedMac: NODE1 }, 'no-host'],
  ['trust: another host on our wire is still another', { routed: 'trust', neighbour: NODE2 }, { claimedMac: NODE1 }, 'other-machine'],
  // Nothing but this computer is on its loopback.
  [
    'loopback: the MAC that is named',
    { loopback: true, neighbour: undefined, lease: undefined },
    { ip: '127.0.0.1', claimedMac: NODE1 },
    'node1',
  ],
  ['loopback: without a MAC, the lease', { loopback: true, neighbour: undefined }, {}, 'node1'],
  ['loopback: neither', { loopback: true, neighbour: undefined, lease: undefined }, { ip: '127.0.0.1' }, 'no-host'],
];

describe('b1: the identity of a client', () => {
  it.each(TABLE)('%s', (_name, wire, question, answer) => {
    const who = identifyClient({ ip: IP, ...question }, { ...WIRE, ...wire }, hosts);
    expect(who.kind === 'machine' ? who.host.name : who.reason).toBe(answer);
  });

  it.each(TABLE.filter(([, , , answer]) => answer.includes('-')))('%s: says why and what to do', (_name, wire, question) => {
    const who = identifyClient({ ip: IP, ...question }, { ...WIRE, ...wire }, hosts);
    expect(who).toMatchObject({
      kind: 'unknown',
      message: expect.stringMatching(/\.$/) as string,
      next: expect.stringMatching(/\.$/) as string,
    });
    expect(() => machineOf(who)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^E_IDENTITY_/) as string }));
  });

  it('the interface is the one that is named, else the one whose address it is', () => {
    const asks = (question: Partial<ClientRequest>, wire: Partial<SourceAddressFacts> = {}) => {
      const who = identifyClient({ ip: IP, ...question }, { ...WIRE, ...wire }, hosts);
      return who.kind === 'machine' ? who.iface.mac : who.reason;
    };
    expect(asks({ claimedMac: NODE1_SECOND })).toBe(NODE1_SECOND);
    expect(asks({}, { neighbour: NODE1_SECOND })).toBe(NODE1);
    expect(asks({}, { neighbour: NODE1_SECOND, ownAddresses: false, lease: undefined })).toBe(NODE1_SECOND);
  });
});

describe('b6: whether a report is the machine’s own, also while it is no host', () => {
  it.each<[string, Partial<SourceAddressFacts>, boolean]>([
    ['its MAC answers for the address', { neighbour: STRANGER }, true],
    ['another MAC answers', { neighbour: NODE1 }, false],
    ['no MAC answers', { neighbour: undefined }, false],
    ['another MAC answers, and its lease was forged through a relay', { lease: lease(STRANGER, { relay: '10.0.5.1' }) }, false],
    ['through a relay', { ...FAR_WIRE, lease: lease(STRANGER, { ip: FAR, relay: '10.0.5.1' }) }, true],
    [
      'through a relay, without a route to it',
      { ...FAR_WIRE, viaGateway: false, lease: lease(STRANGER, { ip: FAR, relay: '10.0.5.1' }) },
      false,
    ],
    ['through a relay, another machine’s lease', { ...FAR_WIRE, lease: lease(NODE1, { ip: FAR, relay: '10.0.5.1' }) }, false],
    ['through a router', { ...FAR_WIRE, lease: undefined }, false],
    ['through a router with trust', { ...FAR_WIRE, routed: 'trust', lease: undefined }, true],
    ['on loopback', { loopback: true, neighbour: undefined }, true],
  ])('%s', (_name, wire, own) => {
    expect(isFrom(STRANGER, { ...WIRE, ...wire })).toBe(own);
  });
});
