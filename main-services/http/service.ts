import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Settings } from '../../contract/appliance.ts';
import { errnoOf } from '../../contract/errors.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import type { Activity } from '../activity/activity.ts';
import type { Boot } from '../boot/boot.ts';
import type { Binding, BootService, DeviceSockets } from '../network/types.ts';
import { addressOf, answer, type AnswerDeps } from './answer.ts';
import { IsoWatch, type Readings } from './iso-watch.ts';
import { RefusalLog } from './refusal-log.ts';
import { sendError } from './send.ts';

export type HttpTiming = Pick<
  Required<ServerOptions>,
  'keepAliveTimeout' | 'headersTimeout' | 'requestTimeout' | 'connectionsCheckingInterval'
>;

export interface HttpServiceDeps {
  readonly settings: Pick<Settings, 'httpPort'>;
  readonly boot: Boot;
  readonly activity: Activity;
  readonly sockets: DeviceSockets;
  readonly log: Log;
  readonly clock: Clock;
}

/** Milliseconds. BMCs hold connections between bursts of reads; an endless header is cut off. */
const TIMING: HttpTiming = {
  keepAliveTimeout: 120_000,
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
};
/** A client that takes no byte for so long has gone (a paused virtual machine, a pulled cable). */
const STALLED = 10 * 60_000;
/** 10,000 ranges fit in; more is 431. */
const MAX_HEADER = 128 * 1024;
const MAX_CONNECTIONS = 2048;
const MAX_BODY = 64 * 1024;

/** The boot plane's HTTP server on one NIC (DESIGN §5). It can be started again after a stop. */
export function createHttpService(deps: HttpServiceDeps): BootService & { readonly readings: Readings } {
  let running: { server: Server; watch: IsoWatch } | undefined;
  /** What was read before the service stopped last. */
  let before: Readings | undefined;

  const stop = async (): Promise<void> => {
    const { server, watch } = running ?? {};
    running = undefined;
    if (!server) return;
    watch?.stop();
    before = watch;
    await closeServer(server);
  };

  return {
    async start({ nic, address }: Binding) {
      await stop();
      const watch = new IsoWatch(deps.activity, deps.clock);
      const answering = { ...deps, watch, refusals: new RefusalLog(deps.activity, deps.clock) };
      const server = createBootServer(answering, deps.log);
      try {
        const port = await deps.sockets.listen(server, nic, deps.settings.httpPort);
        running = { server, watch };
        return { port, text: `http://${address}:${port} on ${nic.name}` };
      } catch (error) {
        watch.stop();
        throw error;
      }
    },
    stop,
    readings: { of: (host) => running?.watch.of(host) ?? before?.of(host) },
  };
}

/** The server without its socket. */
export function createBootServer(deps: AnswerDeps, log: Log, timing = TIMING): Server {
  const options = { ...timing, maxHeaderSize: MAX_HEADER, requireHostHeader: false, noDelay: true };
  const server = createServer(options, (request, response) => {
    handle(deps, log, request, response).catch((error: unknown) => {
      log.error({ error }, 'an HTTP answer failed twice');
      request.socket.destroy();
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.maxHeadersCount = 200;
  server.timeout = STALLED;
  server.on('clientError', refuseBytes);
  server.on('error', (error) => {
    log.warn({ error }, 'the HTTP server met an error');
  });
  return server;
}

async function handle(deps: AnswerDeps, log: Log, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  swallowBody(request);
  try {
    await answer(deps, request, response);
  } catch (error) {
    if (response.destroyed || response.writableEnded) return;
    log.debug({ error, url: request.url?.slice(0, 300), ip: addressOf(request) }, 'an HTTP request failed');
    // Bytes are on the way: only a broken connection tells the client that they are not all.
    if (response.headersSent) request.socket.destroy();
    else sendError(request, response, error);
  }
}

/** Phone-home requests carry forms that nobody needs. */
function swallowBody(request: IncomingMessage): void {
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > MAX_BODY) request.socket.destroy();
  });
}

/** Bytes that are no HTTP request get an answer too, when the socket still takes one. */
function refuseBytes(error: Error, socket: Socket): void {
  if (errnoOf(error) === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, sentence] = REFUSALS[errnoOf(error) ?? ''] ?? ['400 Bad Request', 'E_BAD_INPUT: This is not an HTTP request.'];
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${sentence.length + 1}\r\n\r\n${sentence}\n`,
  );
}

const REFUSALS: Record<string, readonly [string, string]> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'E_TOO_LARGE: The request has too many or too long headers.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'E_BAD_INPUT: The request did not arrive in time.'],
};

function closeServer(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => {
      done();
    });
    server.closeAllConnections();
  });
}
