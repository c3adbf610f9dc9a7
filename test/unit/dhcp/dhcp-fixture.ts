import { Host, type Interface, type Lease } from '../../../contract/inventory.ts';
import { Interface as InterfaceSchema } from '../../../contract/inventory.ts';
import type { Identity } from '../../../main-services/boot/boot.ts';
import { decideBoot } from '../../../main-services/boot/decide/decide.ts';
import { clientOf } from '../../../main-services/dhcp/client.ts';
import { BOOTREQUEST, NO_ADDRESS, OPTION, type MessageType } from '../../../main-services/dhcp/codes.ts';
import { decide, refuse } from '../../../main-services/dhcp/decide.ts';
import type { Decision, DhcpContext } from '../../../main-services/dhcp/decision.ts';
import { LeaseTable } from '../../../main-services/dhcp/lease-table.ts';
import { ipValue, textValue, typeValue, uint16Value } from '../../../main-services/dhcp/options.ts';
import { decodePacket, encodePacket, macOf, type DhcpPacket } from '../../../main-services/dhcp/packet.ts';
import { poolFor } from '../../../main-services/dhcp/pool.ts';

export const SERVER = '192.168.88.1';
export const NETMASK = '255.255.255.0';
export const MAC = '52:54:00:88:00:03';
export const BOOT_URL = `http://${SERVER}:7080`;
export const UUID = '11223344-5566-7788-99aa-bbccddeeff00';
const UUID_BYTES = Buffer.from('0044332211665588' + '7799aabbccddeeff00', 'hex');

export interface Wish extends Partial<DhcpPacket> {
  mac?: string;
  type?: MessageType;
  /** Adds to the options of the kind of client. */
  with?: [number, Uint8Array][];
  client?: 'silent' | 'os' | 'bios' | 'uefi' | 'arm64' | 'http' | 'ipxe';
}

const FIRMWARE: Record<NonNullable<Wish['client']>, [number, Uint8Array][]> = {
  silent: [],
  os: [[OPTION.vendorClass, textValue('Linux dhclient')]],
  bios: firmware('PXEClient:Arch:00000:UNDI:002001', 0),
  uefi: firmware('PXEClient:Arch:00007:UNDI:003000', 7),
  arm64: firmware('PXEClient:Arch:00011:UNDI:003000', 11),
  http: firmware('HTTPClient:Arch:00016:UNDI:003000', 16),
  ipxe: [...firmware('PXEClient:Arch:00007:UNDI:003010', 7), [OPTION.userClass, textValue('iPXE')]],
};

function firmware(vendorClass: string, arch: number): [number, Uint8Array][] {
  return [
    [OPTION.machineId, UUID_BYTES],
    [OPTION.undi, Uint8Array.of(1, 3, 0)],
    [OPTION.arch, uint16Value(arch)],
    [OPTION.vendorClass, textValue(vendorClass)],
    [OPTION.maxSize, uint16Value(1472)],
  ];
}

/** A request as a client sends it. */
export function request(wish: Wish = {}): DhcpPacket {
  const { mac = MAC, type = 'DISCOVER', client = 'os', with: extra = [], ...fields } = wish;
  return {
    op: BOOTREQUEST,
    htype: 1,
    hops: 0,
    xid: 0x3d857755,
    secs: 4,
    flags: 0,
    ciaddr: NO_ADDRESS,
    yiaddr: NO_ADDRESS,
    siaddr: NO_ADDRESS,
    giaddr: NO_ADDRESS,
    chaddr: Uint8Array.from(mac.split(':'), (byte) => parseInt(byte, 16)),
    sname: '',
    file: '',
    options: new Map([[OPTION.messageType, typeValue(type)], ...FIRMWARE[client], ...extra]),
    ...fields,
  };
}

export const wants = (ip: string): [number, Uint8Array] => [OPTION.requestedIp, ipValue(ip)];
export const names = (server: string): [number, Uint8Array] => [OPTION.serverId, ipValue(server)];

export function hostWith(iface: Partial<Interface> = {}, mac = MAC): Extract<Identity, { kind: 'host' }> {
  const parsed = InterfaceSchema.parse({ mac, ...iface });
  return { kind: 'host', iface: parsed, host: Host.parse({ name: 'rack1', interfaces: [parsed], createdAt: 1, updatedAt: 1 }) };
}

export interface DhcpFixture {
  readonly table: LeaseTable;
  readonly time: { now: number };
  /** Decides as the service would, and does to the table what the decision says. */
  ask(packet: DhcpPacket, given?: Partial<DhcpContext>): Decision;
}

/** A lease table and a clock, and decisions over them. */
export function dhcpFixture(
  options: { leases?: Lease[]; reservations?: Record<string, string>; pool?: [string, string]; isHost?: (mac: string) => boolean } = {},
): DhcpFixture {
  const time = { now: 1_000_000 };
  const table = new LeaseTable({
    pool: poolFor({ address: SERVER, netmask: NETMASK }, options.pool ?? ['192.168.88.100', '192.168.88.103']),
    reservedBy: (ip) => options.reservations?.[ip],
    isHost: options.isHost ?? (() => true),
    now: () => time.now,
    monotonic: () => time.now,
    leases: options.leases ?? [],
  });
  return {
    table,
    time,
    ask(packet, given = {}) {
      const context = contextOf(packet, table, given);
      const decision = refuse(packet, context) ?? decide(packet, context);
      if (decision.effect) table.apply(context.client.boot.mac, decision.effect);
      return decision;
    },
  };
}

export function contextOf(packet: DhcpPacket, table: LeaseTable, given: Partial<DhcpContext> = {}): DhcpContext {
  const client = clientOf(packet, macOf(packet) ?? '');
  const identity = given.identity ?? { kind: 'unknown' };
  const boot = decideBoot(client.boot, {
    identity,
    unknown: 'wait',
    overrides: new Map(),
    bootUrl: BOOT_URL,
    fetchedOwnBootFile: false,
  });
  return {
    mode: 'full',
    address: SERVER,
    netmask: NETMASK,
    mtu: 1500,
    ports: { server: 67, client: 68 },
    settings: { leaseTime: 3600, router: undefined, dns: [] },
    arrival: { port: 'dhcp', source: { address: '0.0.0.0', port: 68 } },
    client,
    identity,
    boot: client.netboot === undefined ? undefined : boot,
    leases: table,
    ...given,
  };
}

/** What the machine reads: the reply encoded and decoded again. */
export function replyOf(decision: Decision): DhcpPacket {
  if (decision.kind !== 'reply') throw new Error(`no reply: ${JSON.stringify(decision)}`);
  const decoded = decodePacket(encodePacket(decision.packet, decision.maxSize).bytes);
  if (decoded.kind === 'malformed') throw new Error(decoded.reason);
  return decoded.packet;
}

export function ignoredReason(decision: Decision): string {
  if (decision.kind !== 'ignored') throw new Error(`not ignored, but: ${decision.kind}`);
  return decision.reason;
}
