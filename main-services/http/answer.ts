import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { asBootbenchError, BootbenchError } from '../../contract/errors.ts';
import { escaped } from '../../util/text.ts';
import { addressOf } from './connections.ts';
import { route, type HttpRoute } from './router.ts';
import { sendEmpty, sendError, sendSource, sendText } from './send.ts';
import { configServed, ISOS_ONLY, NO_OWN_AUTHORITY, USE_OWN_AUTHORITY } from './sentences.ts';
import { isSourceRoute, openSource, type SourceClient, type SourceDeps, type SourceRoute } from './sources.ts';

export interface AnswerDeps extends SourceDeps {
  /** PEM of the certificate that signs Bootbench's own; undefined where there is none. */
  readonly authorityPem: () => Promise<string | undefined>;
  /** Called when a request has shown the token of a view. */
  readonly proven: (request: IncomingMessage) => void;
  /** Serves ISOs only: an endpoint for BMCs. */
  readonly isoOnly?: boolean;
}

interface Exchange extends AnswerDeps {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly ip: string;
}

/** Answers one request, or throws what sendError can send. Everything that is decided about content comes from `boot`. */
export async function answer(deps: AnswerDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const exchange: Exchange = { ...deps, request, response, ip: addressOf(request.socket) };
  const routed = route(request.method ?? '', request.url ?? '');
  if (routed.kind === 'refused') {
    if (routed.subject === 'iso') deps.refusals.record('iso.refused', exchange.ip, routed.error);
    sendError(request, response, routed.error, routed.allow === undefined ? [] : ['Allow', routed.allow]);
    return;
  }
  if (deps.isoOnly === true && routed.route.kind !== 'iso') throw new BootbenchError('E_NOT_FOUND', ISOS_ONLY);
  if (isSourceRoute(routed.route)) await serveSource(exchange, routed.route);
  else await serve(exchange, routed.route);
}

async function serve(exchange: Exchange, to: Exclude<HttpRoute, SourceRoute>): Promise<void> {
  const { request, response, boot, ip } = exchange;
  switch (to.kind) {
    case 'script': {
      const { text } = await boot.script({ ...to.request, ip });
      sendText(request, response, { text });
      return;
    }
    case 'config':
      return serveConfig(exchange, to);
    case 'boot-complete':
      await boot.bootComplete({ ip, token: to.token });
      sendEmpty(response);
      return;
    case 'authority':
      return serveAuthority(exchange);
    case 'health':
      sendText(request, response, { text: 'ok\n' });
  }
}

async function serveSource(exchange: Exchange, to: SourceRoute): Promise<void> {
  const { request, response } = exchange;
  const opened = await openSource(exchange, clientOf(exchange), to);
  try {
    await sendSource(request, response, opened);
  } catch (error) {
    const known = asBootbenchError(error);
    if (!response.destroyed) opened.observer?.failed?.(known);
    throw known;
  } finally {
    await opened.close();
  }
}

function clientOf({ request, ip, proven }: Exchange): SourceClient {
  return {
    ip,
    method: request.method ?? '',
    scheme: request.socket instanceof TLSSocket ? 'https' : 'http',
    range: request.headers.range,
    userAgent: shownUserAgent(request.headers['user-agent']),
    proven: () => proven(request),
  };
}

async function serveAuthority({ request, response, authorityPem }: Exchange): Promise<void> {
  const pem = await authorityPem();
  if (pem === undefined) {
    throw new BootbenchError('E_NOT_FOUND', NO_OWN_AUTHORITY, { next: USE_OWN_AUTHORITY });
  }
  sendText(request, response, { text: pem, contentType: 'application/x-pem-file' });
}

async function serveConfig(exchange: Exchange, { token, file }: HttpRoute & { kind: 'config' }): Promise<void> {
  const { request, response, boot, activity, refusals, ip } = exchange;
  try {
    const served = token === undefined ? await boot.configByAddress(ip, file) : boot.configByToken(token, file);
    exchange.proven(request);
    sendText(request, response, served);
    if (request.method === 'HEAD') return;
    const { host, file: name, config } = served;
    activity.record({ type: 'config.served', host, ip, message: configServed(host, name, config), data: { config, file: name } });
  } catch (error) {
    refusals.record('config.refused', ip, asBootbenchError(error));
    throw error;
  }
}

/** As it may be stored and shown. */
export function shownUserAgent(userAgent: string | undefined): string {
  return escaped((userAgent ?? '').slice(0, 200));
}
