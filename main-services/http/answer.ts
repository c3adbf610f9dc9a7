import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { asBootbenchError, BootbenchError } from '../../contract/errors.ts';
import { parseMac } from '../../contract/primitives.ts';
import type { Activity } from '../activity/activity.ts';
import type { BootService, View } from '../boot/boot.ts';
import { escaped } from '../../util/text.ts';
import { extentsOf } from '../iso/files/iso-file.ts';
import type { IsoWatch } from '../reading/iso-watch.ts';
import type { AddressEvents } from '../protection/address-events.ts';
import { addressOf } from './connections.ts';
import type { ProbeIsos } from './probe-isos.ts';
import type { RefusalLog } from '../reading/refusal-log.ts';
import { route, type HttpRoute } from './router.ts';
import { sendEmpty, sendError, sendSource, sendText } from './send.ts';
import { bootFileServed, configServed, ISOS_ONLY, NO_OWN_AUTHORITY, USE_OWN_AUTHORITY } from './sentences.ts';

export interface AnswerDeps {
  readonly boot: BootService;
  readonly activity: Activity;
  readonly watch: IsoWatch;
  readonly refusals: RefusalLog;
  readonly strangers: AddressEvents;
  readonly probes: ProbeIsos;
  /** PEM of the certificate that signs Bootbench's own; undefined where there is none. */
  readonly authorityPem: () => Promise<string | undefined>;
  /** Called when a request has shown the token of a view. */
  readonly proven: (request: IncomingMessage) => void;
  /** Serves ISOs only: an endpoint for BMCs. */
  readonly isoOnly?: boolean;
  /** On another port of this computer than the boot port: a network where addresses do not identify machines. */
  readonly otherPort?: boolean;
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
  await serve(exchange, routed.route);
}

async function serve(exchange: Exchange, to: HttpRoute): Promise<void> {
  const { request, response, boot, ip } = exchange;
  switch (to.kind) {
    case 'script': {
      const { text } = await boot.script({ ...to.request, ip });
      sendText(request, response, { text });
      return;
    }
    case 'boot-file':
      return serveBootFile(exchange, to.path);
    case 'iso':
      return serveIso(exchange, to);
    case 'iso-file':
      return serveIsoFile(exchange, to);
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

async function serveBootFile(exchange: Exchange, path: string): Promise<void> {
  const { request, response, boot, activity, strangers, refusals, ip } = exchange;
  const file = await boot.file(path, { ip });
  if (file.kind !== 'file') {
    const error = new BootbenchError(file.kind === 'missing' ? file.code : 'E_BOOT_REFUSED', file.message);
    refusals.record('bootfile.refused', ip, error, clientMac(boot, ip, path));
    throw error;
  }
  const finished = (): void => {
    const event = {
      ...{ type: 'bootfile.served' as const, mac: clientMac(boot, ip, path), ip, message: bootFileServed(ip, file.name) },
      data: { file: file.name, size: file.source.size, userAgent: userAgent(request) },
    };
    if (boot.identifyAddress(ip).kind === 'host') activity.record(event);
    else strangers.record(event);
  };
  const unsatisfiable = (error: BootbenchError): void => refusals.record('bootfile.refused', ip, error, clientMac(boot, ip, path));
  try {
    await sendSource(request, response, { source: file.source, contentType: file.contentType, observer: { finished, unsatisfiable } });
  } finally {
    await file.source.close();
  }
}

/** The machine that requests a file: the path names it (`<mac>/ipxe.efi`), or the address is a host's. */
function clientMac(boot: BootService, ip: string, path: string): string | undefined {
  const named = parseMac(path.split('/', 1)[0] ?? '');
  if (named !== undefined) return named;
  const identity = boot.identifyAddress(ip);
  return identity.kind === 'host' ? identity.iface.mac : undefined;
}

async function serveAuthority({ request, response, authorityPem }: Exchange): Promise<void> {
  const pem = await authorityPem();
  if (pem === undefined) {
    throw new BootbenchError('E_NOT_FOUND', NO_OWN_AUTHORITY, { next: USE_OWN_AUTHORITY });
  }
  sendText(request, response, { text: pem, contentType: 'application/x-pem-file' });
}

/** A BMC's self-test, which records how the BMC reads. */
async function serveProbe(exchange: Exchange, probe: NonNullable<ReturnType<ProbeIsos['of']>>): Promise<void> {
  const { request, response, ip } = exchange;
  const scheme = request.socket instanceof TLSSocket ? 'https' : 'http';
  probe.seen({ ip, scheme, method: request.method ?? '', range: request.headers.range, userAgent: userAgent(request) });
  await sendSource(request, response, { source: probe.source, contentType: 'application/octet-stream' });
}

async function serveIso(exchange: Exchange, { mac, token, sourceISO }: HttpRoute & { kind: 'iso' }): Promise<void> {
  const { request, response, boot, refusals, probes, ip, otherPort } = exchange;
  const probe = token === undefined ? undefined : probes.of(token);
  if (probe) return serveProbe(exchange, probe);
  try {
    const view = await (token === undefined ? boot.viewByMac(mac, { ip, otherPort }, sourceISO) : boot.view(mac, token));
    // What an unidentified client reads is not evidence that the host boots.
    if (token !== undefined) exchange.proven(request);
    const { unidentified } = view;
    if (unidentified) refusals.record('iso.refused', ip, unidentified, mac);
    const { unsatisfiable, ...reads } = observe(exchange, view);
    const observer = unidentified ? { unsatisfiable } : { ...reads, unsatisfiable };
    await sendSource(request, response, { source: view.source, contentType: 'application/octet-stream', observer });
  } catch (error) {
    const known = asBootbenchError(error);
    if (!response.destroyed) refusals.record('iso.refused', ip, known, mac);
    throw known;
  }
}

function observe({ watch, refusals, ip, request }: Exchange, view: View) {
  return {
    began: (): void => {
      watch.opened(view, { ip, userAgent: userAgent(request) });
    },
    sent: (offset: number, length: number): void => {
      watch.delivered(view, ip, offset, length);
    },
    unsatisfiable: (error: BootbenchError): void => {
      refusals.record('iso.refused', ip, error, view.mac);
    },
  };
}

async function serveIsoFile(exchange: Exchange, { mac, token, path }: HttpRoute & { kind: 'iso-file' }): Promise<void> {
  const { request, response, boot, watch, ip } = exchange;
  const { view, source } = await boot.isoFile(mac, token, path);
  exchange.proven(request);
  const extents = extentsOf(source) ?? [];
  const observer = {
    ...observe(exchange, view),
    sent: (offset: number, length: number): void => {
      watch.deliveredOfFile(view, ip, extents, offset, length);
    },
  };
  try {
    await sendSource(request, response, { source, contentType: 'application/octet-stream', observer });
  } finally {
    await source.close();
  }
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

function userAgent(request: IncomingMessage): string {
  return escaped((request.headers['user-agent'] ?? '').slice(0, 200));
}
