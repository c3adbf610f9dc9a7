import type dgram from 'node:dgram';
import type { Settings } from '../../contract/appliance.ts';
import { errnoOf } from '../../contract/errors.ts';
import type { Clock } from '../../contract/runtime.ts';
import { sleep } from '../../util/async.ts';
import type { Binding, DeviceSockets } from '../network/types.ts';
import { BOOTREPLY, BROADCAST_ADDRESS, BROADCAST_FLAG, BOOTREQUEST, NO_ADDRESS, OPTION } from './codes.ts';
import { ipOf, textOf, textValue, typeValue, uint16Value } from './options.ts';
import { decodePacket, encodePacket } from './packet.ts';
import type { DhcpPacket } from './packet.ts';

/** The kinds of clients that a scan imitates: servers answer each differently, proxies only some. */
export const PROBE_KINDS = ['plain', 'bios', 'uefi', 'http'] as const;
export type ProbeKind = (typeof PROBE_KINDS)[number];

export interface OtherServer {
  /** Source address of its offers. */
  readonly address: string;
  /** Option 54, or the source address. */
  readonly serverId: string;
  /** How it names itself, if it does. */
  readonly vendor?: string;
  /** The boot file that it offers. */
  readonly offeredBoot?: string;
  /** It offers no address: a proxy, which names boot files only. */
  readonly proxy: boolean;
  readonly kinds: readonly ProbeKind[];
}

/** A path that is already open: the running service's own socket on port 67. */
export interface RelayPath {
  send(bytes: Uint8Array): void;
  onReply(listener: (packet: DhcpPacket, source: string) => void): () => void;
}

export interface ProbeOptions {
  readonly binding: Binding;
  readonly sockets: DeviceSockets;
  readonly settings: Pick<Settings, 'dhcpPort' | 'dhcpClientPort'>;
  readonly clock: Clock;
  /** Numbers from 0 to below 1. */
  readonly rng: () => number;
  /** Milliseconds to wait for offers; 1,500 by default. Servers that ping first take 3 s. */
  readonly windowMs?: number;
  /** The MAC of the imitated client; a random one by default. */
  readonly mac?: string;
  /** Used when the client port is taken; without it, port 67 is opened. */
  readonly relay?: RelayPath;
  /** Ends the scan early, with what was found so far. */
  readonly signal?: AbortSignal;
}

/**
 * Scans for other DHCP and proxy servers on the NIC: requests an offer as a plain, BIOS, UEFI and HTTP client, and never accepts one.
 * When another program (dhclient, NetworkManager) has port 68, it acts as a relay, from port 67 with Bootbench's address as giaddr.
 * Throws as `DeviceSockets.udp` does when neither port can be opened.
 */
export async function probeDhcpServers(options: ProbeOptions): Promise<OtherServer[]> {
  const { binding, clock, rng, windowMs = 1500, mac = randomMac(rng) } = options;
  const path = await openPath(options);
  const kinds = new Map(PROBE_KINDS.map((kind) => [Math.floor(rng() * 2 ** 32) >>> 0, kind]));
  const found = new Map<string, OtherServer>();
  const unsubscribe = path.onReply((packet, source) => {
    const kind = kinds.get(packet.xid);
    if (kind !== undefined && packet.op === BOOTREPLY) record(found, { packet, source, kind }, binding.address);
  });
  const discover = (): void => {
    for (const [xid, kind] of kinds) path.send(encodePacket(discoverAs(kind, xid, mac, path.giaddr)).bytes);
  };
  discover();
  const cancelRepeat = clock.after(windowMs / 2, discover);
  await sleep(clock, windowMs, options.signal).catch(() => undefined);
  cancelRepeat();
  unsubscribe();
  path.close();
  return [...found.values()];
}

/** A random, locally administered unicast MAC. */
export function randomMac(rng: () => number): string {
  const bytes = Array.from({ length: 6 }, () => Math.floor(rng() * 256));
  bytes[0] = ((bytes[0] ?? 0) & 0xfc) | 2;
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

interface Path extends RelayPath {
  readonly giaddr: string;
  close(): void;
}

async function openPath({ binding, sockets, settings, relay }: ProbeOptions): Promise<Path> {
  const over = (socket: dgram.Socket, giaddr: string): Path => socketPath(socket, settings.dhcpPort, giaddr);
  try {
    return over(await sockets.udp(binding.nic, settings.dhcpClientPort, { broadcast: true }), NO_ADDRESS);
  } catch (error) {
    if (errnoOf(error) !== 'E_PORT_IN_USE' && relay === undefined) throw error;
    if (relay) return { ...relay, giaddr: binding.address, close: () => undefined };
    return over(await sockets.udp(binding.nic, settings.dhcpPort, { broadcast: true }), binding.address);
  }
}

function socketPath(socket: dgram.Socket, port: number, giaddr: string): Path {
  socket.on('error', () => undefined);
  return {
    giaddr,
    send: (bytes) => {
      socket.send(bytes, port, BROADCAST_ADDRESS, () => undefined);
    },
    onReply: (listener) => {
      const receive = (bytes: Buffer, source: dgram.RemoteInfo): void => {
        const decoded = decodePacket(bytes);
        if (decoded.kind === 'packet') listener(decoded.packet, source.address);
      };
      socket.on('message', receive);
      return () => socket.off('message', receive);
    },
    close: () => {
      socket.close();
    },
  };
}

interface Offer {
  readonly packet: DhcpPacket;
  readonly source: string;
  readonly kind: ProbeKind;
}

function record(found: Map<string, OtherServer>, { packet, source, kind }: Offer, own: string): void {
  const serverId = ipOf(packet.options, OPTION.serverId) ?? source;
  if (serverId === own || source === own) return;
  const before = found.get(serverId);
  found.set(serverId, {
    address: source,
    serverId,
    vendor: before?.vendor ?? vendorIn(packet),
    offeredBoot: before?.offeredBoot ?? bootNameIn(packet),
    proxy: (before?.proxy ?? true) && packet.yiaddr === NO_ADDRESS,
    kinds: [...new Set([...(before?.kinds ?? []), kind])],
  });
}

function bootNameIn(packet: DhcpPacket): string | undefined {
  const name = textOf(packet.options, OPTION.bootFile) ?? packet.file;
  return name === '' ? undefined : name;
}

function vendorIn(packet: DhcpPacket): string | undefined {
  const names = [textOf(packet.options, OPTION.vendorClass) ?? '', packet.sname];
  return names.find((text) => /^[ -~]{2,}$/.test(text) && !/^(PXE|HTTP)Client/.test(text));
}

const CLASSES: Record<ProbeKind, { arch: number; vendorClass: string } | undefined> = {
  plain: undefined,
  bios: { arch: 0, vendorClass: 'PXEClient:Arch:00000:UNDI:002001' },
  uefi: { arch: 7, vendorClass: 'PXEClient:Arch:00007:UNDI:003000' },
  http: { arch: 16, vendorClass: 'HTTPClient:Arch:00016:UNDI:003000' },
};

function discoverAs(kind: ProbeKind, xid: number, mac: string, giaddr: string): DhcpPacket {
  const firmware = CLASSES[kind];
  const options = new Map<number, Uint8Array>([
    [OPTION.messageType, typeValue('DISCOVER')],
    [OPTION.maxSize, uint16Value(1472)],
    [OPTION.parameterList, Uint8Array.of(1, 3, 6, 12, 15, 43, 51, 54, 60, 66, 67, 97)],
  ]);
  if (firmware) {
    options.set(OPTION.machineId, new Uint8Array(17));
    options.set(OPTION.undi, Uint8Array.of(1, 3, 0));
    options.set(OPTION.arch, uint16Value(firmware.arch));
    options.set(OPTION.vendorClass, textValue(firmware.vendorClass));
  }
  return {
    op: BOOTREQUEST,
    htype: 1,
    hops: giaddr === NO_ADDRESS ? 0 : 1,
    xid,
    secs: 0,
    flags: BROADCAST_FLAG,
    ciaddr: NO_ADDRESS,
    yiaddr: NO_ADDRESS,
    siaddr: NO_ADDRESS,
    giaddr,
    chaddr: Uint8Array.from(mac.split(':'), (byte) => parseInt(byte, 16)),
    sname: '',
    file: '',
    options,
  };
}
