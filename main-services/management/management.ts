import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Settings } from '../../contract/appliance.ts';
import { BootbenchError, errnoOf } from '../../contract/errors.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import { printable } from '../../util/text.ts';
import { createHandlers } from '../handlers/handlers.ts';
import type { Rooms } from '../handlers/rooms.ts';
import { createGate, loopbackAddress, type Gate } from './gate.ts';
import { collectMetrics, type Metrics } from './metrics.ts';
import { SAFE_HEADERS, sendError, sendJson } from './reply.ts';
import { openApiFiles } from './rest/openapi/serve.ts';
import { createRest, isRestPath } from './rest/rest.ts';
import type { Rest } from './rest/router.ts';
import { sendStatus } from './rest/status.ts';
import { serveSockets } from './sockets.ts';
import { loadToken } from './token.ts';
import { sendUiFile } from './ui-files.ts';

export interface Management {
  /** `http://127.0.0.1:7780` */
  readonly url: string;
  /** The same with `/#token=…`, for a browser. */
  readonly uiUrl: string;
  readonly tokenFile: string;
  stop(): Promise<void>;
}

interface Deps {
  readonly settings: Settings;
  readonly rooms: Rooms;
  readonly log: Log;
  readonly clock: Clock;
}

/** The loopback server for UI, CLI and REST. E_PORT_IN_USE, E_PORT_PERMISSION; E_USAGE for another address than loopback. */
export async function startManagement({ settings, rooms, log }: Deps): Promise<Management> {
  const tokenFile = settings.tokenFile ?? join(settings.dataDir, 'api-token');
  const token = loadToken(tokenFile);
  const handlers = createHandlers(rooms);
  // No limit for whole requests: the upload of an ISO may take longer than Node's five minutes.
  const server = createServer({ requestTimeout: 0, headersTimeout: 60_000 });
  const { host, port } = await listen(server, settings);
  const gate = createGate(host, port, token);
  const metrics = collectMetrics(rooms);
  const documents = openApiFiles(() => rooms.control.status().version);
  const answer = router(settings.uiDir, gate, metrics, documents, createRest(handlers, rooms, join(settings.dataDir, 'isos')));
  server.on('request', (request, response) => {
    answer(request, response).catch((error: unknown) => {
      log.info({ path: withoutQuery(request.url), error }, 'a management request was refused');
      if (isRestPath(request.url?.split('?')[0] ?? '')) sendStatus(request, response, error);
      else sendError(response, error);
    });
  });
  const endSockets = serveSockets(server, gate, handlers, log, (client) => rooms.limits.limited('api-calls', client));
  const url = `http://${gate.authority}`;
  const forget = announce(settings.dataDir, { url, tokenFile, pid: process.pid });

  return {
    url,
    uiUrl: `${url}/#token=${token}`,
    tokenFile,
    async stop() {
      forget();
      endSockets();
      metrics.stop();
      const closed = once(server, 'close');
      server.close();
      setTimeout(() => server.closeAllConnections(), 500).unref();
      server.closeIdleConnections();
      await closed;
    },
  };
}

function router(
  uiDir: string,
  gate: Gate,
  metrics: Metrics,
  documents: ReturnType<typeof openApiFiles>,
  rest: Rest,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    gate.checkPage(request);
    const url = parseUrl(request);
    const open = url.pathname !== '/metrics' && !isRestPath(url.pathname);
    if (!open) gate.checkToken(request);
    if (url.pathname === '/healthz') sendJson(response, 200, { status: 'ok' });
    else if (open && documents(request, response, url)) return;
    else if (open) await sendUiFile(uiDir, gate.authority, request, response);
    else if (url.pathname === '/metrics') sendMetrics(response, metrics);
    else await rest(request, response, url);
  };
}

/** A token or password that a client put into the query does not belong in a log. */
function withoutQuery(url: string | undefined): string {
  return printable(url?.split(/[?#]/, 1)[0] ?? '', 200);
}

function sendMetrics(response: ServerResponse, metrics: Metrics): void {
  response.writeHead(200, { ...SAFE_HEADERS, 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }).end(metrics.text());
}

function parseUrl({ url }: IncomingMessage): URL {
  const parsed = url?.startsWith('/') ? URL.parse(`http://management${url}`) : null;
  if (!parsed) throw new BootbenchError('E_BAD_INPUT', 'Malformed request path.');
  return parsed;
}

async function listen(server: Server, { api }: Settings): Promise<{ host: string; port: number }> {
  const host = loopbackAddress(api.host);
  server.listen(api.port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const where = `${host}:${api.port}`;
    if (errnoOf(error) === 'EADDRINUSE')
      throw new BootbenchError('E_PORT_IN_USE', `${where} is in use by another program.`, {
        cause: error,
        next: 'Stop that program, or choose another port with --api.',
      });
    if (errnoOf(error) === 'EACCES')
      throw new BootbenchError('E_PORT_PERMISSION', `The operating system does not allow Bootbench to use ${where}.`, {
        cause: error,
        next: 'Choose a port above 1023 with --api.',
      });
    throw error;
  }
  return { host, port: (server.address() as AddressInfo).port };
}

/** Writes `api.json` while we run, so that the CLI finds us by the data directory alone. */
function announce(dataDir: string, about: { url: string; tokenFile: string; pid: number }): () => void {
  const file = join(dataDir, 'api.json');
  writeFileSync(file, `${JSON.stringify(about)}\n`, { mode: 0o600 });
  return () => rmSync(file, { force: true });
}
