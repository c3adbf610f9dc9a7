import dgram from 'node:dgram';
import { once } from 'node:events';
import type { NewEvent, Nic, Progress } from '../../../contract/appliance.ts';
import { silentLog, systemClock, type Clock, type Log } from '../../../contract/runtime.ts';
import type { Activity } from '../../../main-services/activity/activity.ts';
import type { FileAnswer, Identity } from '../../../main-services/boot/boot.ts';
import { rawSockets } from '../../../main-services/network/raw-sockets.ts';
import type { DeviceSockets, RawSockets } from '../../../main-services/network/types.ts';
import { decode, type Options, type Packet } from '../../../main-services/tftp/codec.ts';
import { encodeAck, encodeRequest } from '../../fixtures/tftp-packets.ts';
import { protectionOf } from '../../fixtures/protection.ts';
import { createTftpService } from '../../../main-services/tftp/service.ts';

const LOOPBACK: Nic = {
  name: 'lo',
  mac: '00:00:00:00:00:00',
  index: 1,
  addresses: [{ address: '127.0.0.1', netmask: '255.0.0.0', linkLocal: false }],
  up: true,
  carrier: true,
  wireless: false,
  loopback: true,
  defaultRoute: false,
  mtu: 65536,
};

export interface TftpServer {
  readonly port: number;
  readonly events: NewEvent[];
  readonly progress: Omit<Progress, 'at'>[];
  /** Sources that were opened and not closed. */
  openSources(): number;
  /** Ports of transfers that were opened and not closed. */
  openSockets(): number;
  stop(): Promise<void>;
}

/** Where transfers run: on the loop of the service over sockets of Node's, or in a thread of their own over descriptors (Linux). */
export type Way = 'on the loop' | 'in a thread';
export const WAYS: readonly Way[] = process.platform === 'linux' ? ['on the loop', 'in a thread'] : ['on the loop'];

export interface TftpServerOptions {
  readonly way?: Way;
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** Instead of `files`. */
  readonly file?: (path: string) => Promise<FileAnswer>;
  readonly mtu?: number;
  readonly clock?: Clock;
  readonly identity?: Identity | ((ip: string) => Identity);
  /** Milliseconds that each read takes. */
  readonly readDelay?: number;
  readonly readError?: (offset: number) => Error | undefined;
  readonly log?: Log;
  /** Instead of the thread's own file. */
  readonly worker?: URL;
}

/** Sockets of both kinds on loopback, counted when they are opened and closed. */
function countingSockets(count: (change: number) => void): { plain: DeviceSockets; raw: RawSockets } {
  const plain: DeviceSockets = {
    async udp(_nic, port, { address } = {}) {
      const socket = dgram.createSocket('udp4');
      socket.bind(port, address ?? '127.0.0.1');
      await once(socket, 'listening');
      count(1);
      socket.once('close', () => count(-1));
      return socket;
    },
    listen: () => Promise.reject(new Error('not here')),
  };
  const raw: RawSockets = {
    async udp(...where) {
      const opened = await rawSockets()?.udp(...where);
      if (!opened) throw new Error('not on this system');
      count(1);
      return {
        ...opened,
        close() {
          count(-1);
          opened.close();
        },
      };
    },
  };
  return { plain, raw };
}

/** The TFTP service on 127.0.0.1 with plain sockets, files in memory and a list for the events. */
export async function startTftpServer(options: TftpServerOptions = {}): Promise<TftpServer> {
  const events: NewEvent[] = [];
  const progress: Omit<Progress, 'at'>[] = [];
  let sources = 0;
  let sockets = -1;

  const answer = (path: string): Promise<FileAnswer> => {
    if (options.file) return options.file(path);
    const bytes = options.files?.[path];
    if (path.includes('..')) return Promise.resolve({ kind: 'refused', message: 'The path leads out of the boot files.' });
    if (!bytes)
      return Promise.resolve({ kind: 'missing', code: 'E_NOT_FOUND', message: `There is no boot file named ${path.slice(0, 80)}.` });
    sources++;
    return Promise.resolve({
      kind: 'file',
      name: path,
      contentType: 'application/octet-stream',
      source: {
        size: bytes.length,
        etag: path,
        async read(offset, length) {
          if (options.readDelay !== undefined) await new Promise((resolve) => setTimeout(resolve, options.readDelay));
          const error = options.readError?.(offset);
          if (error) throw error;
          return bytes.subarray(offset, offset + length);
        },
        close() {
          sources--;
          return Promise.resolve();
        },
      },
    });
  };
  const { plain, raw } = countingSockets((change) => (sockets += change));
  const activity: Activity = {
    record(event) {
      events.push(event);
      return { ...event, data: event.data ?? {}, seq: events.length, at: 0 };
    },
    lastSeq: () => events.length,
    store: () => undefined,
    progress: (value) => progress.push(value),
    subscribe: () => () => undefined,
    subscribeProgress: () => () => undefined,
    history: () => [],
  };
  const service = createTftpService({
    settings: { tftpPort: 0 },
    boot: {
      file: answer,
      identifyAddress: (ip) => (typeof options.identity === 'function' ? options.identity(ip) : (options.identity ?? { kind: 'unknown' })),
    },
    activity,
    ...protectionOf(activity, options.clock),
    sockets: plain,
    ...(options.way === 'in a thread' && { raw }),
    worker: options.worker,
    log: options.log ?? silentLog,
    clock: options.clock ?? systemClock,
  });
  const nic = { ...LOOPBACK, mtu: options.mtu ?? LOOPBACK.mtu };
  const { port } = await service.start({ nic, address: '127.0.0.1', netmask: '255.0.0.0' });
  return { port, events, progress, openSources: () => sources, openSockets: () => sockets, stop: () => service.stop() };
}

export interface Received {
  readonly packet: Packet;
  readonly port: number;
}

/** A client that sends what it is told to and keeps what it gets. */
export class RawClient {
  readonly socket: dgram.Socket;
  readonly #server: number;
  readonly #queue: Received[] = [];
  #waiting: ((received: Received) => void) | undefined;

  static async open(server: number, address = '127.0.0.1'): Promise<RawClient> {
    const socket = dgram.createSocket('udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    return new RawClient(socket, server);
  }

  private constructor(socket: dgram.Socket, server: number) {
    this.socket = socket;
    this.#server = server;
    socket.on('message', (bytes, from) => {
      const received = { packet: decode(Uint8Array.from(bytes)), port: from.port };
      if (this.#waiting) this.#waiting(received);
      else this.#queue.push(received);
      this.#waiting = undefined;
    });
  }

  send(bytes: Uint8Array, port = this.#server): void {
    this.socket.send(bytes, port, '127.0.0.1');
  }

  ask(file: string, options: Options = [], mode = 'octet', kind: 'rrq' | 'wrq' = 'rrq'): void {
    this.send(encodeRequest({ kind, file, mode, options }));
  }

  next(): Promise<Received> {
    const first = this.#queue.shift();
    if (first) return Promise.resolve(first);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no packet came')), 5000);
      this.#waiting = (received) => {
        clearTimeout(timer);
        resolve(received);
      };
    });
  }

  /** What came within the time, undefined when nothing did. */
  async nextWithin(ms: number): Promise<Received | undefined> {
    const deadline = Date.now() + ms;
    while (Date.now() < deadline && this.#queue.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    return this.#queue.shift();
  }

  /** Reads a whole file, acknowledging each window. */
  async read(file: string, options: Options = []): Promise<{ bytes: Buffer; packets: number }> {
    this.ask(file, options);
    const parts: Uint8Array[] = [];
    let blksize = 512;
    let windowsize = 1;
    let packets = 0;
    for (let expected = 1; ;) {
      const { packet, port } = await this.next();
      packets++;
      if (packet.kind === 'oack') {
        const agreed = new Map(packet.options);
        blksize = Number(agreed.get('blksize') ?? 512);
        windowsize = Number(agreed.get('windowsize') ?? 1);
        this.send(encodeAck(0), port);
      } else if (packet.kind === 'data') {
        if (packet.block !== (expected & 0xffff)) continue;
        parts.push(packet.bytes);
        const last = packet.bytes.length < blksize;
        if (last || expected % windowsize === 0) this.send(encodeAck(packet.block), port);
        if (last) return { bytes: Buffer.concat(parts), packets };
        expected++;
      } else throw new Error(`unexpected ${JSON.stringify(packet)}`);
    }
  }

  close(): void {
    this.socket.close();
  }
}

/** Bytes that differ at every place, so that a shifted or repeated block shows. */
export function pattern(size: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(size / 4));
  for (let at = 0; at < words.length; at++) words[at] = Math.imul(at + 1, 2654435761);
  return new Uint8Array(words.buffer, 0, size);
}
