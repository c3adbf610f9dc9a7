import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Nic, Settings } from '../../contract/appliance.ts';
import { BootbenchError, asBootbenchError } from '../../contract/errors.ts';
import type { UrlScheme } from '../../contract/bmc.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import { bindingOf } from '../network/nic-problem.ts';
import type { DeviceSockets } from '../network/types.ts';
import { watchNic } from '../network/watch.ts';
import { mutex } from '../../util/async.ts';
import { endpoint, endpointNotChecked } from './sentences.ts';
import type { Authority, Credentials } from './tls/authority.ts';

export type BootServer = HttpServer | HttpsServer;

/** Where ISOs are served now. */
export interface IsoEndpoint {
  readonly nic: string;
  readonly scheme: UrlScheme;
  readonly port: number;
}

/** A further endpoint: open, or why it is not. */
export interface IsoEndpointState {
  readonly nic: string;
  readonly scheme: UrlScheme;
  readonly port?: number;
  readonly message: string;
}

export interface IsoEndpointsDeps {
  readonly settings: Pick<Settings, 'httpPort' | 'httpsPort' | 'bmcNics' | 'publicIpv4'>;
  readonly sockets: DeviceSockets;
  readonly authority: Authority;
  readonly clock: Clock;
  readonly log: Log;
  /** Makes a server that serves ISOs only, on this NIC; with credentials, over TLS. */
  readonly serverFor: (credentials: Credentials | undefined, nic: string) => BootServer;
  readonly changed: () => void;
}

/** An endpoint that could not be opened is tried again after this. */
const RETRY_AFTER_MS = 5000;

/** Endpoints in addition to the boot plane's own: ISOs on the NICs of BMCs, and over TLS. Each follows its NIC by itself. */
export class IsoEndpoints {
  readonly #listeners: IsoListener[];

  constructor(deps: IsoEndpointsDeps, bootNic: string) {
    const { httpsPort, bmcNics } = deps.settings;
    const nics = [...new Set([bootNic, ...bmcNics])];
    const wanted = nics.flatMap((nic) => [
      ...(nic === bootNic ? [] : [{ nic, scheme: 'http' as const }]),
      ...(httpsPort === 0 ? [] : [{ nic, scheme: 'https' as const }]),
    ]);
    this.#listeners = wanted.map(({ nic, scheme }) => new IsoListener(deps, nic, scheme));
  }

  /** Resolves when each endpoint was opened or could not be. */
  async start(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.stop()));
  }

  get states(): IsoEndpointState[] {
    return this.#listeners.map(({ state }) => state);
  }
}

class IsoListener {
  readonly #deps: IsoEndpointsDeps;
  readonly #nicName: string;
  readonly #scheme: UrlScheme;
  #state: IsoEndpointState;
  #open: { readonly server: BootServer; readonly sockets: Set<Socket>; readonly index: number; readonly addresses: string } | undefined;
  #nic: Nic | undefined;
  readonly #exclusive = mutex();
  #stopWatching: () => void = () => undefined;
  #cancelRetry: () => void = () => undefined;

  constructor(deps: IsoEndpointsDeps, nic: string, scheme: UrlScheme) {
    this.#deps = deps;
    this.#nicName = nic;
    this.#scheme = scheme;
    this.#state = { nic, scheme, message: endpointNotChecked(scheme, nic) };
  }

  get state(): IsoEndpointState {
    return this.#state;
  }

  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#stopWatching = watchNic(this.#nicName, {
        clock: this.#deps.clock,
        onChange: (nic) => {
          this.#nic = nic;
          void this.#runNext(() => this.#follow()).then(resolve);
        },
      });
    });
  }

  async stop(): Promise<void> {
    this.#stopWatching();
    this.#nic = undefined;
    await this.#runNext(() => this.#close());
    this.#cancelRetry();
  }

  #runNext(task: () => Promise<void>): Promise<void> {
    return this.#exclusive(task).catch((error: unknown) => {
      this.#deps.log.error({ error, nic: this.#nicName }, 'an endpoint for ISOs could not follow its network port');
    });
  }

  async #follow(): Promise<void> {
    this.#cancelRetry();
    const binding = bindingOf(this.#nicName, this.#nic);
    if (binding instanceof BootbenchError) {
      await this.#close();
      this.#setState(binding.message);
      return;
    }
    const { nic, address: own } = binding;
    const addresses = nic.addresses.map(({ address }) => address);
    if (this.#open?.index === nic.index && this.#open.addresses === addresses.join()) return;
    await this.#close();
    try {
      const port = await this.#listen(nic, addresses);
      this.#setState(endpoint(`${this.#scheme}://${own}:${port}`, nic.name), port);
    } catch (error) {
      this.#setState(asBootbenchError(error).message);
      this.#cancelRetry = this.#deps.clock.after(RETRY_AFTER_MS, () => void this.#runNext(() => this.#follow()));
    }
  }

  async #listen(nic: Nic, addresses: readonly string[]): Promise<number> {
    const { settings, sockets, authority, serverFor } = this.#deps;
    const { publicIpv4, httpPort, httpsPort } = settings;
    const secure = this.#scheme === 'https';
    const named = publicIpv4 === undefined ? addresses : [publicIpv4, ...addresses];
    const server = serverFor(secure ? await authority.credentials(named) : undefined, this.#nicName);
    const connections = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      connections.add(socket);
      socket.once('close', () => connections.delete(socket));
    });
    const port = await sockets.listen(server, nic, secure ? httpsPort : httpPort);
    this.#open = { server, sockets: connections, index: nic.index, addresses: addresses.join() };
    return port;
  }

  /** A TLS server does not track connections during their handshake, so all are ended here. */
  async #close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (!open) return;
    await new Promise<void>((done) => {
      open.server.close(() => {
        done();
      });
      for (const socket of open.sockets) socket.destroy();
    });
  }

  #setState(message: string, port?: number): void {
    if (message === this.#state.message && port === this.#state.port) return;
    this.#state = { nic: this.#nicName, scheme: this.#scheme, message, ...(port !== undefined && { port }) };
    this.#deps.changed();
  }
}
