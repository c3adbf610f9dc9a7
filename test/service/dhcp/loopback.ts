import dgram from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Settings, type Nic, type NewEvent } from '../../../contract/appliance.ts';
import { BootbenchError, errnoOf } from '../../../contract/errors.ts';
import { silentLog, systemClock, type Clock } from '../../../contract/runtime.ts';
import { openDb, type Db } from '../../../db/open.ts';
import type { BootDecision, Identity } from '../../../main-services/boot/boot.ts';
import { decideBoot } from '../../../main-services/boot/decide/decide.ts';
import { decodePacket, encodePacket, type DhcpPacket } from '../../../main-services/dhcp/packet.ts';
import { DhcpService, type DhcpServiceOptions } from '../../../main-services/dhcp/service.ts';
import type { Binding, DeviceSockets } from '../../../main-services/network/types.ts';

export const SERVER = '127.0.0.1';
export const OTHER_SERVER = '127.0.0.2';
export const POOL: [string, string] = ['127.0.1.10', '127.0.1.19'];

const NIC: Nic = {
  name: 'lo',
  mac: '02:00:00:00:00:01',
  index: 1,
  addresses: [{ address: SERVER, netmask: '255.0.0.0', linkLocal: false }],
  up: true,
  carrier: true,
  wireless: false,
  loopback: true,
  defaultRoute: false,
  mtu: 1500,
};

export function bindingTo(nic: Partial<Nic> = {}): Binding {
  return { nic: { ...NIC, ...nic }, address: SERVER, netmask: '255.0.0.0' };
}

/** Waits a twentieth of the time, so that looking for other servers takes no second. */
const hastyClock: Clock = { ...systemClock, after: (ms, run) => systemClock.after(ms / 20, run) };

/** Sockets on 127.0.0.1; what is sent to everybody goes to us and to the other server's address. */
export const loopbackSockets: DeviceSockets = {
  async udp(_nic, port) {
    const socket = dgram.createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (error) => {
        const taken = errnoOf(error) === 'EADDRINUSE';
        reject(taken ? new BootbenchError('E_PORT_IN_USE', `Port ${port} is taken.`) : error);
      });
      socket.bind({ port, address: SERVER, exclusive: true }, resolve);
    });
    const send = socket.send.bind(socket) as (bytes: Uint8Array, port: number, address: string, done?: () => void) => void;
    const everywhere = (bytes: Uint8Array, to: number, address: string, done?: () => void): void => {
      if (address !== '255.255.255.255') {
        send(bytes, to, address, done);
        return;
      }
      send(bytes, to, SERVER, done);
      send(bytes, to, OTHER_SERVER);
    };
    return Object.assign(socket, { send: everywhere as typeof socket.send });
  },
  listen: () => Promise.reject(new Error('DHCP opens no TCP port')),
};

export interface ServiceBench {
  readonly service: DhcpService;
  readonly events: NewEvent[];
  readonly db: Db;
  readonly dataDir: string;
  readonly ports: { server: number; client: number };
  readonly hosts: Map<string, Identity>;
  /** MACs of which something was remembered. */
  readonly noticed: string[];
  /** What limits acted on, once for each packet. */
  readonly limited: string[];
  /** Closes the database and opens it again, with a new service: a restart. */
  restart(): Promise<ServiceBench>;
}

/** A service on free loopback ports, with hosts by MAC; ended with the test. */
export async function serviceBench(settings: Partial<Settings> = {}, options: Partial<DhcpServiceOptions> = {}): Promise<ServiceBench> {
  const dataDir = mkdtempSync(join(tmpdir(), 'dhcp-service-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const ports = { server: await freePort(), client: await freePort() };
  return benchOn(dataDir, ports, settings, options);
}

function benchOn(
  dataDir: string,
  ports: ServiceBench['ports'],
  given: Partial<Settings>,
  options: Partial<DhcpServiceOptions>,
): ServiceBench {
  const db = openDb(dataDir);
  const events: NewEvent[] = [];
  const hosts = new Map<string, Identity>();
  const noticed: string[] = [];
  const limited: string[] = [];
  const settings = Settings.parse({
    dataDir,
    bootFilesDir: dataDir,
    uiDir: dataDir,
    pool: POOL,
    dhcpPort: ports.server,
    dhcpClientPort: ports.client,
    ...given,
  });
  const identifyMac = (mac: string): Identity => hosts.get(mac) ?? { kind: 'unknown' };
  const service = new DhcpService({
    settings,
    db,
    sockets: loopbackSockets,
    log: silentLog,
    clock: hastyClock,
    limits: { limited: (_kind, subject) => void limited.push(subject) },
    conflicts: { probe: () => Promise.resolve({ kind: 'free', by: 'icmp' }) },
    activity: { record: (event) => (events.push(event), { data: {}, ...event, seq: events.length, at: Date.now() }) },
    boot: {
      identifyMac,
      notice: (client) => noticed.push(client.mac),
      decide: (client): BootDecision =>
        decideBoot(client, {
          identity: identifyMac(client.mac),
          unknown: 'ignore',
          overrides: new Map(),
          bootUrl: `http://${SERVER}:7080`,
          fetchedOwnBootFile: false,
        }),
    },
    ...options,
  });
  const end = async (): Promise<void> => {
    await service.stop();
    if (db.main.open) db.close();
  };
  onTestFinished(end);
  return {
    service,
    events,
    db,
    dataDir,
    ports,
    hosts,
    noticed,
    limited,
    restart: async () => {
      await end();
      return benchOn(dataDir, ports, given, options);
    },
  };
}

/** A machine's side: sends packets and hears replies. */
export class Machine {
  readonly #socket: dgram.Socket;
  readonly #heard: DhcpPacket[] = [];
  #wake: () => void = () => undefined;

  private constructor(socket: dgram.Socket) {
    this.#socket = socket;
    socket.on('message', (bytes) => {
      const decoded = decodePacket(bytes);
      if (decoded.kind === 'packet') this.#heard.push(decoded.packet);
      this.#wake();
    });
  }

  /** Listens on the client port; `address` lets two machines listen at once. */
  static async at(port: number, address = SERVER): Promise<Machine> {
    const socket = dgram.createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind({ port, address, exclusive: true }, resolve));
    onTestFinished(() => {
      socket.close();
    });
    return new Machine(socket);
  }

  send(packet: DhcpPacket, port: number): void {
    this.#socket.send(encodePacket(packet).bytes, port, SERVER);
  }

  /** The next reply to this packet's transaction; undefined after `ms` of silence. */
  async hear(xid: number, ms = 1000): Promise<DhcpPacket | undefined> {
    const deadline = Date.now() + ms;
    for (;;) {
      const index = this.#heard.findIndex((packet) => packet.xid === xid);
      if (index >= 0) return this.#heard.splice(index, 1)[0];
      const left = deadline - Date.now();
      if (left <= 0) return undefined;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async ask(packet: DhcpPacket, port: number): Promise<DhcpPacket> {
    this.send(packet, port);
    const reply = await this.hear(packet.xid);
    if (!reply) throw new Error('no reply within a second');
    return reply;
  }
}

export async function freePort(): Promise<number> {
  const socket = dgram.createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind({ port: 0, address: SERVER }, resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}
