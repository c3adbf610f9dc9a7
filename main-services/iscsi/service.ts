import { createServer, type Server, type Socket } from 'node:net';
import type { Settings } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { IscsiSession } from '../../contract/iscsi.ts';
import type { Log } from '../../contract/runtime.ts';
import type { Activity } from '../activity/activity.ts';
import type { BoundService, DeviceSockets } from '../network/types.ts';
import { Client, plainAddress, type ClientDeps } from './client.ts';
import { Records } from './records.ts';
import * as sentences from './sentences.ts';
import { Sessions } from './sessions.ts';

export interface IscsiServiceDeps extends Omit<ClientDeps, 'sessions' | 'records' | 'tsih'> {
  readonly settings: Pick<Settings, 'iscsiPort'>;
  readonly activity: Activity;
  readonly sockets: DeviceSockets;
  readonly log: Log;
}

export interface IscsiService extends BoundService {
  sessions(): IscsiSession[];
  /** Called after each change, at most once a second for rates. */
  onSessions(listener: () => void): () => void;
}

/** Connections in all, and of one address: enough for a few machines with all their sessions (those behind one router share theirs). */
const MAX_CONNECTIONS = 2048;
const MAX_PER_ADDRESS = 64;
/** Connections that have not logged in yet. */
const MAX_HALF_OPEN = 128;
const MAX_HALF_OPEN_PER_ADDRESS = 16;

/** The read-only iSCSI target on one NIC (RFC 7143). It can be started again after a stop, which closes every connection. */
export function createIscsiService(deps: IscsiServiceDeps): IscsiService {
  const sessions = new Sessions(deps.clock);
  let running: Listener | undefined;
  const stop = async (): Promise<void> => {
    const stopping = running;
    running = undefined;
    await stopping?.stop();
  };
  return {
    async start({ nic, address }) {
      await stop();
      const listener = new Listener(deps, sessions);
      const port = await deps.sockets.listen(listener.server, nic, deps.settings.iscsiPort);
      running = listener;
      return { port, message: sentences.serving(address, port) };
    },
    stop,
    sessions: () => sessions.list,
    onSessions: (listener) => sessions.onChange(listener),
  };
}

/** The connections from start to stop. */
class Listener {
  readonly server: Server;
  readonly #clients = new Set<Client>();
  readonly #deps: ClientDeps;
  readonly #records: Records;
  #lastTsih = 0;

  constructor(deps: IscsiServiceDeps, sessions: Sessions) {
    this.#records = new Records(deps.activity, deps.clock);
    this.#deps = { ...deps, sessions, records: this.#records, tsih: () => this.#tsih() };
    this.server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.server.maxConnections = MAX_CONNECTIONS;
    this.server.on('error', (error) => deps.log.warn({ error }, 'error of the iSCSI server'));
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((done) => this.server.close(() => done()));
    for (const client of this.#clients) client.close(sentences.STOPPED);
    await closed;
  }

  #accept(socket: Socket): void {
    const ip = plainAddress(socket.remoteAddress);
    const refusal = refusalOf([...this.#clients], ip);
    if (refusal !== undefined) {
      socket.on('error', () => undefined);
      socket.destroy();
      this.#records.refused(ip, new BootbenchError('E_ISCSI_BUSY', refusal));
      return;
    }
    const client = new Client(socket, ip, this.#deps);
    this.#clients.add(client);
    socket.once('close', () => this.#clients.delete(client));
  }

  /** A handle of a session is never 0 (RFC 7143 §11.12.6). */
  #tsih(): number {
    this.#lastTsih = (this.#lastTsih % 0xffff) + 1;
    return this.#lastTsih;
  }
}

/** Why one more connection of this address is refused; undefined where it is not. Pure. */
export function refusalOf(clients: readonly Pick<Client, 'ip' | 'isHalfOpen'>[], ip: string): string | undefined {
  const own = clients.filter((client) => client.ip === ip);
  if (own.length >= MAX_PER_ADDRESS) return sentences.tooManyConnections(MAX_PER_ADDRESS);
  const isHalfOpen = ({ isHalfOpen }: { readonly isHalfOpen: boolean }): boolean => isHalfOpen;
  const isFull = clients.filter(isHalfOpen).length >= MAX_HALF_OPEN || own.filter(isHalfOpen).length >= MAX_HALF_OPEN_PER_ADDRESS;
  return isFull ? sentences.TOO_MANY_LOGINS : undefined;
}
