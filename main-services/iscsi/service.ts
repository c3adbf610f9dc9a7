import { createServer, type Server, type Socket } from 'node:net';
import type { Settings } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { IscsiSession } from '../../contract/iscsi.ts';
import type { Log } from '../../contract/runtime.ts';
import type { Activity } from '../activity/activity.ts';
import { openDataPlane } from '../data-plane/data-plane.ts';
import type { BoundService, DeviceSockets } from '../network/types.ts';
import type { Limits } from '../protection/limit-board.ts';
import type { AddressEvents } from '../protection/address-events.ts';
import { Client, plainAddress, type ClientDeps } from './client.ts';
import { placeFor } from './connections.ts';
import { Records } from './records.ts';
import * as sentences from './sentences.ts';
import { Sessions } from './sessions.ts';

export interface IscsiServiceDeps extends Omit<ClientDeps, 'sessions' | 'records' | 'tsih' | 'plane'> {
  readonly settings: Pick<Settings, 'iscsiPort'>;
  readonly activity: Activity;
  readonly limits: Limits;
  readonly strangers: AddressEvents;
  readonly sockets: DeviceSockets;
  readonly log: Log;
  /** Whether bytes may be sent directly from the page cache; default true. */
  readonly isDirect?: boolean;
}

export interface IscsiService extends BoundService {
  sessions(): IscsiSession[];
  /** Called after each change, at most once a second for rates. */
  onSessions(listener: () => void): () => void;
}

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
      const listener = new Listener({ ...deps, plane: await openDataPlane(deps.isDirect) }, sessions);
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
  readonly #limits: Limits;
  #lastTsih = 0;

  constructor(deps: IscsiServiceDeps & Pick<ClientDeps, 'plane'>, sessions: Sessions) {
    this.#limits = deps.limits;
    this.#records = new Records(deps.activity, deps.strangers, deps.clock);
    this.#deps = { ...deps, sessions, records: this.#records, tsih: () => this.#tsih() };
    this.server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.server.on('error', (error) => deps.log.warn({ error }, 'error of the iSCSI server'));
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((done) => this.server.close(() => done()));
    for (const client of this.#clients) client.close(sentences.STOPPED);
    await closed;
  }

  #accept(socket: Socket): void {
    const ip = plainAddress(socket.remoteAddress);
    const place = placeFor([...this.#clients], ip);
    if (place.kind === 'refused') {
      socket.on('error', () => undefined);
      socket.destroy();
      this.#limits.limited('iscsi-connections', ip);
      this.#records.refused(ip, new BootbenchError('E_ISCSI_BUSY', place.reason));
      return;
    }
    if (place.instead) this.#giveUp(place.instead);
    const client = new Client(socket, ip, this.#deps);
    this.#clients.add(client);
    socket.once('close', () => this.#clients.delete(client));
  }

  /** It no longer counts, although its socket closes later. */
  #giveUp(client: Client): void {
    this.#clients.delete(client);
    client.close(sentences.TOO_MANY_LOGINS);
    this.#limits.limited('iscsi-connections', client.ip);
    this.#records.refused(client.ip, new BootbenchError('E_ISCSI_BUSY', sentences.TOO_MANY_LOGINS));
  }

  /** A handle of a session is never 0 (RFC 7143 §11.12.6). */
  #tsih(): number {
    this.#lastTsih = (this.#lastTsih % 0xffff) + 1;
    return this.#lastTsih;
  }
}
