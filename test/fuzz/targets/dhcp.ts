import type { Identity } from '../../../main-services/boot/boot.ts';
import { OPTION } from '../../../main-services/dhcp/codes.ts';
import type { Decision, DhcpContext } from '../../../main-services/dhcp/decision.ts';
import { subOptions } from '../../../main-services/dhcp/options.ts';
import { decodePacket, encodePacket, largestReply, macOf } from '../../../main-services/dhcp/packet.ts';
import { relayInfoOf } from '../../../main-services/dhcp/relay-info.ts';
import { CAPTURES, datagramsOf } from '../../fixtures/captures/pcap.ts';
import { dhcpFixture, hostWith, MAC, NETMASK, request, SERVER, type Wish } from '../../unit/dhcp/dhcp-fixture.ts';
import { must, type Target } from '../engine/target.ts';
import { joinPieces, pieces } from './pieces.ts';

/** Smallest message, bytes (RFC 1542 §2.1). */
const MIN_MESSAGE = 300;

/** The first byte is the context; then datagrams of clients, each with its length before it, against one lease table. */
export const target: Target = {
  words: [
    '\x63\x82\x53\x63',
    'PXEClient:Arch:00007:UNDI:003000',
    'HTTPClient',
    'iPXE',
    'Raspberry Pi Boot',
    '\x52\x12\x01\x04',
    '\x34\x01\x03',
  ],
  seeds,
  run: (input) => {
    const flags = input[0] ?? 0;
    const fixture = dhcpFixture({ reservations: { '192.168.88.50': MAC } });
    for (const datagram of pieces(input.subarray(1))) {
      fixture.time.now += 1000;
      const decoded = decodePacket(datagram);
      if (decoded.kind === 'malformed') continue;
      const { packet } = decoded;
      relayInfoOf(packet);
      for (const data of packet.options.values()) subOptions(data);
      const again = decodePacket(encodePacket(packet, 65_535).bytes);
      must(again.kind === 'packet' && again.packet.xid === packet.xid, 'what was decoded can be encoded');
      if (macOf(packet) !== undefined) check(fixture.ask(packet, contextOf(flags)), packet.xid, largestReply(packet.options, 1500));
    }
  },
};

function check(decision: Decision, xid: number, largest: number): void {
  if (decision.kind !== 'reply') return;
  const { bytes, dropped } = encodePacket(decision.packet, decision.maxSize);
  must(bytes.length <= Math.max(MIN_MESSAGE, decision.maxSize), 'a reply is as long as the client allows');
  must(decision.maxSize <= largest || decision.maxSize <= 1472, 'the limit is the client’s');
  must(!dropped.includes(OPTION.messageType) && !dropped.includes(OPTION.serverId), 'a reply has its type and its server');
  const reply = decodePacket(bytes);
  must(reply.kind === 'packet', 'a reply can be decoded');
  must(reply.packet.op === 2 && reply.packet.xid === xid, 'a reply answers its request');
  must([...reply.packet.options.keys()].length > 0, 'a reply has options');
}

const KNOWN: Identity = hostWith({
  ip: '192.168.88.50',
  netmask: NETMASK,
  gateway: '192.168.88.254',
  hostname: 'rack1',
  domainName: 'lab.example',
  nameServers: ['192.168.88.2', '192.168.88.3'],
  leaseTime: 600,
});

function contextOf(flags: number): Partial<DhcpContext> {
  return {
    mode: (flags & 1) !== 0 ? 'proxy' : 'full',
    ...((flags & 2) !== 0 && { identity: KNOWN }),
    arrival: {
      port: (flags & 4) !== 0 ? 'boot' : 'dhcp',
      source: { address: (flags & 8) !== 0 ? '192.168.88.50' : '0.0.0.0', port: 68 },
    } as DhcpContext['arrival'],
    ...((flags & 16) !== 0 && { closedBecause: 'another server answers' }),
    ...((flags & 32) !== 0 && { relayServerId: '10.0.0.1' }),
    mtu: (flags & 64) !== 0 ? 576 : 1500,
  };
}

function seeds(): Uint8Array[] {
  const wishes: Wish[] = (['silent', 'os', 'bios', 'uefi', 'arm64', 'http', 'ipxe'] as const).flatMap((client) => [
    { client, type: 'DISCOVER' },
    {
      client,
      type: 'REQUEST',
      with: [
        [OPTION.serverId, Uint8Array.from(SERVER.split('.'), Number)],
        [OPTION.requestedIp, Uint8Array.of(192, 168, 88, 100)],
      ],
    },
  ]);
  const made = wishes.map((wish) => encodePacket(request(wish)).bytes);
  const rest = (['RELEASE', 'DECLINE', 'INFORM'] as const).map((type) => encodePacket(request({ type, ciaddr: '192.168.88.100' })).bytes);
  const captured = CAPTURES.slice(0, 6)
    .flatMap((capture) => datagramsOf(capture))
    .filter(({ target: to }) => to.port === 67 || to.port === 4011);
  const all = [...made, ...rest, ...captured.slice(0, 12).map(({ payload }) => payload)];
  return all.flatMap((datagram, at) =>
    [joinPieces([datagram]), joinPieces([all[0] ?? datagram, datagram])].map((bytes, two) =>
      Buffer.concat([Uint8Array.of((at * 2 + two) & 3), bytes]),
    ),
  );
}
