import { asBootbenchError, BootbenchError } from '../../contract/errors.ts';
import { parseMac } from '../../contract/primitives.ts';
import type { Activity } from '../activity/activity.ts';
import type { BootService, View } from '../boot/boot.ts';
import { extentsOf } from '../iso/files/iso-file.ts';
import type { AddressEvents } from '../protection/address-events.ts';
import type { IsoWatch } from '../reading/iso-watch.ts';
import type { RefusalLog } from '../reading/refusal-log.ts';
import type { ProbeIsos } from './probe-isos.ts';
import type { HttpRoute } from './router.ts';
import type { Observer, ServedSource } from './send.ts';
import { bootFileServed } from './sentences.ts';

export interface SourceDeps {
  readonly boot: BootService;
  readonly activity: Activity;
  readonly watch: IsoWatch;
  readonly refusals: RefusalLog;
  readonly strangers: AddressEvents;
  readonly probes: ProbeIsos;
  /** On another port of this computer than the boot port: a network where addresses do not identify machines. */
  readonly otherPort?: boolean;
}

/** Who requests a source, and how. */
export interface SourceClient {
  readonly ip: string;
  readonly method: string;
  readonly scheme: 'http' | 'https';
  readonly range: string | undefined;
  /** Cleaned. */
  readonly userAgent: string;
  /** Called when the request has shown the token of a view. */
  readonly proven: () => void;
}

export type SourceRoute = HttpRoute & { readonly kind: 'iso' | 'iso-file' | 'boot-file' };

/** A source that is closed after use. */
export interface OpenedSource extends ServedSource {
  close(): Promise<void>;
}

const NOT_CLOSED = (): Promise<void> => Promise.resolve();
const BYTES = 'application/octet-stream';

/** Whether a route is of bytes, which `openSource` opens. */
export function isSourceRoute(route: HttpRoute): route is SourceRoute {
  return route.kind === 'iso' || route.kind === 'iso-file' || route.kind === 'boot-file';
}

/** The bytes that a route names. Throws what errorReply can send; what a refusal is worth is recorded. */
export function openSource(deps: SourceDeps, client: SourceClient, route: SourceRoute): Promise<OpenedSource> {
  if (route.kind === 'iso') return openIso(deps, client, route);
  return route.kind === 'iso-file' ? openFileOfIso(deps, client, route) : openBootFile(deps, client, route.path);
}

/** The same for an ISO that is open already, which most ranges are of. */
export function openSourceNow(deps: SourceDeps, client: SourceClient, route: SourceRoute): OpenedSource | undefined {
  if (route.kind !== 'iso' || route.token === undefined) return undefined;
  const view = deps.boot.openView(route.mac, route.token);
  if (!view) return undefined;
  client.proven();
  return { source: view.source, contentType: BYTES, observer: observerOf(deps, client, view), close: NOT_CLOSED };
}

async function openIso(deps: SourceDeps, client: SourceClient, route: SourceRoute & { kind: 'iso' }): Promise<OpenedSource> {
  const { boot, refusals, probes, otherPort } = deps;
  const { mac, token, sourceISO } = route;
  const { ip, scheme, method, range, userAgent } = client;
  const probe = token === undefined ? undefined : probes.of(token);
  if (probe) {
    // A BMC's self-test, which records how the BMC reads.
    probe.seen({ ip, scheme, method, range, userAgent });
    return { source: probe.source, contentType: BYTES, close: NOT_CLOSED };
  }
  try {
    const view = await (token === undefined ? boot.viewByMac(mac, { ip, otherPort }, sourceISO) : boot.view(mac, token));
    if (token !== undefined) client.proven();
    const { unidentified } = view;
    if (unidentified) refusals.record('iso.refused', ip, unidentified, mac);
    const { unsatisfiable, failed, ...reads } = observerOf(deps, client, view);
    // What an unidentified client reads is not evidence that the host boots.
    const observer = { ...(unidentified ? {} : reads), unsatisfiable, failed };
    return { source: view.source, contentType: BYTES, observer, close: NOT_CLOSED };
  } catch (error) {
    const known = asBootbenchError(error);
    refusals.record('iso.refused', ip, known, mac);
    throw known;
  }
}

async function openFileOfIso(deps: SourceDeps, client: SourceClient, route: SourceRoute & { kind: 'iso-file' }): Promise<OpenedSource> {
  const { view, source } = await deps.boot.isoFile(route.mac, route.token, route.path);
  client.proven();
  const extents = extentsOf(source) ?? [];
  const { began, unsatisfiable } = observerOf(deps, client, view);
  const sent = (offset: number, length: number): void => deps.watch.deliveredOfFile(view, client.ip, extents, offset, length);
  return { source, contentType: BYTES, observer: { began, unsatisfiable, sent }, close: () => source.close() };
}

function observerOf({ watch, refusals }: SourceDeps, { ip, userAgent }: SourceClient, view: View) {
  const refused = (error: BootbenchError): void => refusals.record('iso.refused', ip, error, view.mac);
  return {
    began: (): void => watch.opened(view, { ip, userAgent }),
    sent: (offset: number, length: number): void => watch.delivered(view, ip, offset, length),
    unsatisfiable: refused,
    failed: refused,
  } satisfies Observer;
}

async function openBootFile(deps: SourceDeps, client: SourceClient, path: string): Promise<OpenedSource> {
  const { boot, activity, strangers, refusals } = deps;
  const { ip, userAgent } = client;
  const file = await boot.file(path, { ip });
  if (file.kind !== 'file') {
    const error = new BootbenchError(file.kind === 'missing' ? file.code : 'E_BOOT_REFUSED', file.message);
    refusals.record('bootfile.refused', ip, error, clientMac(boot, ip, path));
    throw error;
  }
  const { source, contentType, name } = file;
  const finished = (): void => {
    const event = {
      ...{ type: 'bootfile.served' as const, mac: clientMac(boot, ip, path), ip, message: bootFileServed(ip, name) },
      data: { file: name, size: source.size, userAgent },
    };
    if (boot.identifyAddress(ip).kind === 'host') activity.record(event);
    else strangers.record(event);
  };
  const unsatisfiable = (error: BootbenchError): void => refusals.record('bootfile.refused', ip, error, clientMac(boot, ip, path));
  return { source, contentType, observer: { finished, unsatisfiable }, close: () => source.close() };
}

/** The machine that requests a file: the path names it (`<mac>/ipxe.efi`), or the address is a host's. */
function clientMac(boot: BootService, ip: string, path: string): string | undefined {
  const named = parseMac(path.split('/', 1)[0] ?? '');
  if (named !== undefined) return named;
  const identity = boot.identifyAddress(ip);
  return identity.kind === 'host' ? identity.iface.mac : undefined;
}
