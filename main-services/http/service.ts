import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Settings } from '../../contract/appliance.ts';
import { BootbenchError, errnoOf } from '../../contract/errors.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import type { Activity } from '../activity/activity.ts';
import type { BootService } from '../boot/boot.ts';
import type { Binding, BoundService, DeviceSockets } from '../network/types.ts';
import { answer, type AnswerDeps } from './answer.ts';
import { openDataPlane, type DataPlane } from '../data-plane/data-plane.ts';
import { addressOf, Connections, endSoon, keyOf, type ConnectionDeps } from './connections.ts';
import { Front } from './front/front.ts';
import type { AddressEvents } from '../protection/address-events.ts';
import type { Limits } from '../protection/limit-board.ts';
import { IsoEndpoints, type BootServer, type IsoEndpoint, type IsoEndpointState } from './iso-endpoints.ts';
import { withoutTokens } from './router.ts';
import type { IsoWatch } from '../reading/iso-watch.ts';
import { probeIsos, type ProbeIsos } from './probe-isos.ts';
import { RefusalLog } from '../reading/refusal-log.ts';
import { RequestTurns } from './request-turns.ts';
import { sendError } from './send.ts';
import { alsoAt, endpoint, endpointClosed, rawRefusal, tlsFailed } from './sentences.ts';
import { givenAuthority, ownAuthority, type Authority, type Credentials } from './tls/authority.ts';

export type HttpTiming = Pick<
  Required<ServerOptions>,
  'keepAliveTimeout' | 'headersTimeout' | 'requestTimeout' | 'connectionsCheckingInterval'
>;

export interface HttpServiceDeps {
  readonly settings: Pick<Settings, 'httpPort' | 'httpsPort' | 'httpsCert' | 'httpsKey' | 'bmcNics' | 'publicIpv4' | 'dataDir'>;
  readonly boot: BootService;
  readonly activity: Activity;
  readonly limits: Limits;
  readonly strangers: AddressEvents;
  readonly sockets: DeviceSockets;
  readonly watch: IsoWatch;
  readonly log: Log;
  readonly clock: Clock;
  /** Sends bytes directly from files where this computer can (docs/adr/0025-bytes-without-node-http.md). Default: true. */
  readonly isDirect?: boolean;
}

/** Milliseconds. BMCs hold connections between bursts of reads; an endless header is cut off. */
const TIMING: HttpTiming = {
  keepAliveTimeout: 120_000,
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
};
/** A client that takes no byte for this long is gone (a paused virtual machine, a pulled cable). */
const CLIENT_STALL_MS = 10 * 60_000;
/** 10,000 ranges fit in; more is 431. */
const MAX_HEADER_BYTES = 128 * 1024;
const MAX_BODY_BYTES = 64 * 1024;

export interface HttpService extends BoundService {
  readonly probes: ProbeIsos;
  /** Where ISOs can be read now. */
  endpoints(): IsoEndpoint[];
  /** The endpoints in addition to the boot plane's own, open or not. */
  extraEndpoints(): IsoEndpointState[];
  /** Called when one of these opened or closed, with the service's new status. */
  onStatus(listener: (status: { message: string }) => void): void;
}

interface Running {
  readonly server: BootServer;
  readonly extra: IsoEndpoints;
  readonly own: IsoEndpoint & { readonly message: string };
}

/** The boot plane's HTTP server on one NIC, with its other endpoints for ISOs. It can be started again after a stop. */
export function createHttpService(deps: HttpServiceDeps): HttpService {
  let running: Running | undefined;
  let onStatus: (status: { message: string }) => void = () => undefined;
  const probes = probeIsos();
  const authority = authorityOf(deps);
  const authorityPem = (): Promise<string | undefined> =>
    deps.settings.httpsPort === 0 ? Promise.resolve(undefined) : authority.authorityPem();

  const stop = async (): Promise<void> => {
    const { server, extra } = running ?? {};
    running = undefined;
    if (!server) return;
    deps.watch.endAll();
    await Promise.all([closeServer(server), extra?.stop()]);
  };

  return {
    async start({ nic, address }: Binding) {
      await stop();
      const plane = await openDataPlane(deps.isDirect);
      const answering = { ...deps, plane, refusals: new RefusalLog(deps.strangers), probes, authorityPem };
      const server = createBootServer(answering, deps.log);
      const extra = new IsoEndpoints(
        {
          ...deps,
          authority,
          serverFor: (credentials, at) =>
            createBootServer({ ...answering, isoOnly: true, otherPort: at !== nic.name }, deps.log, TIMING, credentials),
          changed: () => {
            if (running) onStatus({ message: statusOf(running) });
          },
        },
        nic.name,
      );
      const port = await deps.sockets.listen(server, nic, deps.settings.httpPort);
      await extra.start();
      const own = { nic: nic.name, scheme: 'http' as const, port, message: endpoint(`http://${address}:${port}`, nic.name) };
      running = { server, extra, own };
      return { port, message: statusOf(running) };
    },
    stop,
    probes,
    endpoints: () =>
      running
        ? [running.own, ...running.extra.states].flatMap(({ nic, scheme, port }) => (port === undefined ? [] : [{ nic, scheme, port }]))
        : [],
    extraEndpoints: () => running?.extra.states ?? [],
    onStatus: (listener) => {
      onStatus = listener;
    },
  };
}

/** "http://192.168.50.1:7080 on lab0; ISOs also at https://192.168.50.1:7443 on lab0; no ISOs by http on bmc0: bmc0 has no link." */
function statusOf({ own, extra }: Running): string {
  const open = extra.states.filter(({ port }) => port !== undefined).map(({ message }) => message);
  const closed = extra.states.filter(({ port }) => port === undefined);
  return [
    own.message,
    ...(open.length === 0 ? [] : [alsoAt(open)]),
    ...closed.map(({ nic, scheme, message }) => endpointClosed(scheme, nic, message)),
  ].join('; ');
}

function authorityOf({ settings, clock }: HttpServiceDeps): Authority {
  const { httpsCert, httpsKey, dataDir } = settings;
  if (httpsCert === undefined && httpsKey === undefined) return ownAuthority(join(dataDir, 'tls'), clock);
  return givenAuthority(httpsCert ?? httpsKey ?? '', httpsKey ?? httpsCert ?? '');
}

type ServerDeps = Omit<AnswerDeps, 'proven'> & ConnectionDeps & { readonly plane: DataPlane };

/** The server without its socket. */
export function createBootServer(deps: ServerDeps, log: Log, timing?: HttpTiming): Server;
export function createBootServer(deps: ServerDeps, log: Log, timing: HttpTiming, credentials: Credentials | undefined): BootServer;
export function createBootServer(deps: ServerDeps, log: Log, timing = TIMING, credentials?: Credentials): BootServer {
  const options = { ...timing, maxHeaderSize: MAX_HEADER_BYTES, requireHostHeader: false, noDelay: true };
  const connections = new Connections(deps);
  const answering: AnswerDeps = { ...deps, proven: ({ socket }) => connections.proven(keyOf(socket)) };
  const turns = new RequestTurns();
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const isTaken = turns.take(request.socket, response, () => {
      const key = keyOf(request.socket);
      connections.works(key);
      response.once('close', () => connections.waits(key));
      handle(answering, log, request, response).catch((error: unknown) => {
        log.error({ error }, 'an HTTP answer failed twice');
        request.socket.destroy();
      });
    });
    if (!isTaken) connections.tooManyRequests(request.socket);
  };
  const server = credentials
    ? createTlsServer({ ...options, ...credentials, handshakeTimeout: timing.headersTimeout }, listener)
    : createServer(options, listener);
  limit(server, log);
  server.on('connection', (socket: Socket) => connections.opened(socket, credentials !== undefined));
  // After the line before: it does not see connections that have no place.
  new Front(server, {
    ...{ sources: deps, connections, plane: deps.plane, clock: deps.clock, log, scheme: credentials ? 'https' : 'http' },
    timing: { ...timing, stallTimeout: CLIENT_STALL_MS },
  });
  const peers = new WeakMap<Socket, string>();
  // The first event of a handshake; when it has failed the peer is often gone, and its address with it. The keys are not read.
  server.on('keylog', (_line: Buffer, socket: Socket) => {
    if (socket.remoteAddress !== undefined) peers.set(socket, socket.remoteAddress);
  });
  server.on('tlsClientError', (error: Error, socket: Socket) => {
    noteTlsRefusal(deps, error, peers.get(socket) ?? socket.remoteAddress);
  });
  return server;
}

function limit(server: Server | HttpsServer, log: Log): void {
  server.maxHeadersCount = 200;
  server.timeout = CLIENT_STALL_MS;
  server.on('clientError', refuseBytes);
  server.on('error', (error) => {
    log.warn({ error }, 'error of the HTTP server');
  });
}

/** A BMC that does not trust the certificate disconnects: that is worth an event, since it sends no HTTP request. */
function noteTlsRefusal({ refusals }: Pick<AnswerDeps, 'refusals'>, error: Error & { reason?: string }, address: string | undefined): void {
  const reason = error.reason ?? errnoOf(error) ?? error.message;
  const ip = address?.replace(/^::ffff:/i, '');
  if (ip !== undefined) refusals.record('iso.refused', ip, new BootbenchError('E_BAD_INPUT', tlsFailed(reason)));
}

async function handle(deps: AnswerDeps, log: Log, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  discardBody(request);
  try {
    await answer(deps, request, response);
  } catch (error) {
    if (response.destroyed || response.writableEnded) return;
    log.debug({ error, url: withoutTokens(request.url), ip: addressOf(request.socket) }, 'an HTTP request failed');
    // Bytes are on the way: only a broken connection shows the client that they are not all.
    if (response.headersSent) request.socket.destroy();
    else sendError(request, response, error);
  }
}

/** Phone-home requests have forms as bodies, which are not needed. */
function discardBody(request: IncomingMessage): void {
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) request.socket.destroy();
  });
}

/** Bytes that are not an HTTP request get a response too, when the socket still takes one. */
function refuseBytes(error: Error, socket: Socket): void {
  if (errnoOf(error) === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, message] = REFUSALS[errnoOf(error) ?? ''] ?? ['400 Bad Request', rawRefusal.notHttp];
  endSoon(
    socket,
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${message.length + 1}\r\n\r\n${message}\n`,
  );
}

const REFUSALS: Record<string, readonly [string, string]> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', rawRefusal.headersTooLarge],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', rawRefusal.timedOut],
};

function closeServer(server: BootServer): Promise<void> {
  return new Promise((done) => {
    server.close(() => {
      done();
    });
    server.closeAllConnections();
  });
}
