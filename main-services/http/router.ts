import { BootbenchError } from '../../contract/errors.ts';
import { isMachineMac, parseMac } from '../../contract/primitives.ts';
import type { ScriptRequest } from '../boot/boot.ts';
import { escaped, printable } from '../../util/text.ts';
import * as sentences from './sentences.ts';

/** What a request is about; docs/ports.md lists the paths. */
export type HttpRoute =
  | { kind: 'script'; request: Omit<ScriptRequest, 'ip'> }
  | { kind: 'boot-file'; path: string }
  | { kind: 'iso'; mac: string; token?: string; sourceISO?: string }
  | { kind: 'iso-file'; mac: string; token: string; path: string }
  | { kind: 'config'; token?: string; file?: string }
  | { kind: 'boot-complete'; token?: string }
  /** The certificate that BMCs may be given to trust. */
  | { kind: 'authority' }
  | { kind: 'health' };

/** `subject` is what was requested, so that the refusal becomes the right kind of event. */
export type Routed =
  { kind: 'route'; route: HttpRoute } | { kind: 'refused'; error: BootbenchError; subject: 'iso' | 'boot-file' | 'other'; allow?: string };

const MAX_URL = 8192;
const MAX_QUERY_VALUE = 2048;

/** Finds the route of a request. Pure; never throws, whatever the URL holds. */
export function route(method: string, url: string): Routed {
  const target = parseTarget(url);
  if (target instanceof BootbenchError) return { kind: 'refused', error: target, subject: 'other' };
  const found = routeOf(target);
  if (found.kind === 'refused') return found;
  if (target.flaw && found.route.kind !== 'boot-file') return { kind: 'refused', error: target.flaw, subject: 'other' };
  const allowed = METHODS[found.route.kind] ?? ['GET', 'HEAD'];
  if (allowed.includes(method)) return found;
  const allow = allowed.join(', ');
  const message = sentences.methodNotAllowed(printable(method), printable(target.shown));
  const error = new BootbenchError('E_METHOD', message, { next: sentences.useMethod(allowed) });
  return { kind: 'refused', error, subject: 'other', allow };
}

/** Proxmox requests its answer file with POST, with facts of the machine in the body. */
const METHODS: Partial<Record<HttpRoute['kind'], readonly string[]>> = { 'boot-complete': ['POST'], config: ['GET', 'HEAD', 'POST'] };

interface Target {
  /** Decoded, without empty parts and dots. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly shown: string;
  /** The path has invalid bytes after what looks like a file name: allowed for a boot file, whose name may have stray bytes appended. */
  readonly flaw?: BootbenchError;
}

/** What is before the first invalid byte of a boot file's path: a name with an extension. */
const FILE_NAME = /\.[a-z]{3,4}[^/\\]{0,32}$/i;

/** Firmware writes double slashes, backslashes and escapes where none are needed; a proxy's form has the host in front. */
function parseTarget(url: string): Target | BootbenchError {
  if (url.length > MAX_URL) return new BootbenchError('E_BAD_INPUT', sentences.urlTooLong(MAX_URL));
  const [beforeHash = ''] = url.split('#', 1);
  const mark = beforeHash.indexOf('?');
  const rawPath = mark === -1 ? beforeHash : beforeHash.slice(0, mark);
  const { path, flaw } = decode(rawPath.replace(/^https?:\/\/[^/]*/i, ''));
  if (flaw && !FILE_NAME.test(path.split(/[^\x20-\x7e]/, 1)[0] ?? '')) return flaw;
  const parts = path.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return new BootbenchError('E_BAD_INPUT', sentences.PATH_LEAVES_FOLDER);
  return { parts, query: new URLSearchParams(mark === -1 ? '' : beforeHash.slice(mark + 1)), shown: `/${parts.join('/')}`, flaw };
}

/** Escapes that are not UTF-8 become one character for each byte. */
function decode(text: string): { path: string; flaw?: BootbenchError } {
  try {
    const path = decodeURIComponent(text);
    if (!/[\x00-\x1f\x7f-\x9f]/.test(path)) return { path };
    return { path, flaw: new BootbenchError('E_BAD_INPUT', sentences.CONTROL_CHARACTERS) };
  } catch {
    const path = text.replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    return { path, flaw: new BootbenchError('E_BAD_INPUT', sentences.INVALID_ESCAPE) };
  }
}

function routeOf({ parts, query, shown }: Target): Routed {
  const [first, ...rest] = parts;
  switch (first) {
    case 'ipxe':
      return scriptRoute(rest, query, shown);
    case 'boot':
      return rest.length > 0 ? found({ kind: 'boot-file', path: rest.join('/') }) : notFound(shown);
    case 'iso':
      return isoRoute(rest, query, shown);
    case 'iso-files':
      return isoFileRoute(rest, shown);
    case 'config':
      return configRoute(rest, shown);
    case 'api':
      return apiRoute(rest, query, shown);
    case 'bootbench-ca.pem':
      return rest.length === 0 ? found({ kind: 'authority' }) : notFound(shown);
    case 'healthz':
      return rest.length === 0 ? found({ kind: 'health' }) : notFound(shown);
    case undefined:
      return notFound(shown);
    default:
      // A machine's own folder, as its TFTP names have it.
      return parseMac(first) !== undefined && rest.length > 0 ? found({ kind: 'boot-file', path: parts.join('/') }) : notFound(shown);
  }
}

function scriptRoute(rest: readonly string[], query: URLSearchParams, shown: string): Routed {
  const [script, inPath, auto] = rest;
  // Tinkerbell's own path of a machine's script.
  const isTinkerbell = rest.length === 3 && script === 'script' && auto === 'auto.ipxe';
  if (rest.length > 0 && !isTinkerbell) return notFound(shown);
  const written = isTinkerbell ? inPath : value(query, 'mac');
  const mac = parseMac(written ?? '');
  if (mac === undefined) return refuse('E_MAC_INVALID', sentences.notAMac(printable(written ?? '')), 'other');
  if (!isMachineMac(mac)) return refuse('E_MAC_INVALID', sentences.notAMachineMac(mac), 'other');
  const wait = Number(value(query, 'wait') ?? 0);
  const request: Omit<ScriptRequest, 'ip'> = {
    mac,
    uuid: value(query, 'uuid'),
    serial: value(query, 'serial'),
    product: value(query, 'product'),
    manufacturer: value(query, 'manufacturer'),
    secureBoot: value(query, 'sb'),
    buildArch: value(query, 'arch'),
    wait: Number.isSafeInteger(wait) && wait >= 0 ? wait : 0,
  };
  return found({ kind: 'script', request });
}

/** `/iso/<mac>/<token>/<name>.iso`, and without the token. Any name that ends in .iso will do. */
function isoRoute(rest: readonly string[], query: URLSearchParams, shown: string): Routed {
  const name = rest.at(-1) ?? '';
  if (!/\.iso$/i.test(name) || rest.length > 3) {
    return refuse('E_NOT_ISO_PATH', sentences.notAnIsoPath(printable(shown)), 'iso');
  }
  const written = rest.length === 1 ? '' : (rest[0] ?? '');
  const mac = parseMac(written);
  if (mac === undefined) return refuse('E_MAC_INVALID', sentences.notAMac(printable(written)), 'iso');
  if (rest.length === 3) return found({ kind: 'iso', mac, token: rest[1] });
  return found({ kind: 'iso', mac, sourceISO: value(query, 'sourceISO') });
}

function isoFileRoute(rest: readonly string[], shown: string): Routed {
  const [written = '', token, ...path] = rest;
  if (token === undefined || path.length === 0) return notFound(shown);
  const mac = parseMac(written);
  if (mac === undefined) return refuse('E_MAC_INVALID', sentences.notAMac(printable(written)), 'iso');
  return found({ kind: 'iso-file', mac, token, path: path.join('/') });
}

function configRoute(rest: readonly string[], shown: string): Routed {
  const [token, file] = rest;
  if (token === undefined || rest.length > 2) return notFound(shown);
  return found({ kind: 'config', token, file });
}

function apiRoute(rest: readonly string[], query: URLSearchParams, shown: string): Routed {
  const [version, resource, file] = rest;
  if (version !== 'v1' || rest.length > 3) return notFound(shown);
  if (resource === 'bootconfig') return found({ kind: 'config', file });
  if (resource === 'boot-complete' && file === undefined) return found({ kind: 'boot-complete', token: value(query, 'token') });
  return notFound(shown);
}

/** Absent and empty are the same: iPXE sends `uuid=` where it has none. Control characters become escapes: values are stored and shown. */
function value(query: URLSearchParams, name: string): string | undefined {
  const text = query.get(name)?.slice(0, MAX_QUERY_VALUE);
  return text === undefined || text === '' ? undefined : escaped(text);
}

function found(one: HttpRoute): Routed {
  return { kind: 'route', route: one };
}

function notFound(shown: string): Routed {
  return refuse('E_NOT_FOUND', sentences.pathNotFound(printable(shown)), 'other');
}

function refuse(code: 'E_NOT_FOUND' | 'E_NOT_ISO_PATH' | 'E_MAC_INVALID', message: string, subject: 'iso' | 'other'): Routed {
  return { kind: 'refused', error: new BootbenchError(code, message), subject };
}

/** A view's token opens the view, so it is not written to the log. */
export function withoutTokens(url: string | undefined): string {
  return printable(url ?? '', 300).replaceAll(/[0-9a-f]{32}/gi, '…');
}
