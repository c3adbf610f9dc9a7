import type { IncomingMessage, ServerResponse } from 'node:http';
import { BootbenchError } from '../../../contract/errors.ts';
import { badInput } from '../../../contract/port.ts';
import { PARAMS, ROUTES, type ParamsOf, type Route, type RouteId } from './routes.ts';

/** One request to an endpoint, with the decoded segments that its path has in braces. */
export interface RestCall<Params = unknown> {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly params: Params;
}

export type Endpoint<Params = unknown> = (call: RestCall<Params>) => Promise<void>;
/** What answers each route: a route without an endpoint does not compile, nor an endpoint without a route. */
export type Endpoints = { readonly [Id in RouteId]: Endpoint<ParamsOf<(typeof ROUTES)[Id]['path']>> };

export type Rest = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;

interface Pattern {
  readonly segments: readonly string[];
  readonly byMethod: Map<string, RouteId>;
}

/** Answers by the table of routes. E_NOT_FOUND for an unknown path, E_METHOD (with Allow) for an unknown method of a known one. */
export function createRouter(endpoints: Endpoints): Rest {
  const patterns = compile(ROUTES);
  return async (request, response, { pathname, searchParams }) => {
    const found = find(patterns, pathname);
    if (!found) throw new BootbenchError('E_NOT_FOUND', `There is nothing at ${pathname}; there are ${plurals()} under /api/v1/.`);
    const { byMethod } = found.pattern;
    const method = request.method ?? '';
    const id = byMethod.get(method) ?? (method === 'HEAD' ? byMethod.get('GET') : undefined);
    if (id === undefined) throw notAllowed(byMethod, method, pathname, response);
    const endpoint: Endpoint<never> = endpoints[id];
    await endpoint({ request, response, query: searchParams, params: checked(found.params) as never });
  };
}

/** Each path of the table, and its alias in a namespace. */
export function pathsOf({ path }: Route): string[] {
  const inNamespace = path.replace(/^\/api\/v1\//, '/api/v1/namespaces/{namespace}/');
  return inNamespace === path ? [path] : [path, inNamespace];
}

function compile(routes: Readonly<Record<string, Route>>): Pattern[] {
  const patterns = new Map<string, Pattern>();
  for (const [id, route] of Object.entries(routes)) {
    for (const path of pathsOf(route)) {
      const pattern = patterns.get(path) ?? { segments: path.split('/'), byMethod: new Map<string, RouteId>() };
      pattern.byMethod.set(route.method, id as RouteId);
      patterns.set(path, pattern);
    }
  }
  return [...patterns.values()];
}

/** A slash at the end of a path is ignored. */
function find(patterns: readonly Pattern[], pathname: string): { pattern: Pattern; params: Record<string, string> } | undefined {
  const asked = pathname.replace(/\/$/, '').split('/');
  for (const pattern of patterns) {
    const params = paramsOf(pattern.segments, asked);
    if (params) return { pattern, params };
  }
  return undefined;
}

function paramsOf(segments: readonly string[], asked: readonly string[]): Record<string, string> | undefined {
  if (segments.length !== asked.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const given = asked[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined ? segment !== given : given === '') return undefined;
    if (name !== undefined) params[name] = given;
  }
  return params;
}

/** The parameters without percent-encoding. E_BAD_INPUT names the one that is not possible. */
function checked(params: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(params).map(([name, segment]) => {
    const parsed = PARAMS[name as keyof typeof PARAMS].safeParse(decode(segment));
    if (!parsed.success) throw badInput(name, parsed.error.issues);
    return [name, parsed.data] as const;
  });
  return Object.fromEntries(entries);
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    throw new BootbenchError('E_BAD_INPUT', 'Invalid percent-encoding in the URL path.', { cause: error });
  }
}

function notAllowed(byMethod: ReadonlyMap<string, RouteId>, method: string, pathname: string, response: ServerResponse): BootbenchError {
  const allowed = [...byMethod.keys(), ...(byMethod.has('GET') ? ['HEAD'] : [])];
  response.setHeader('Allow', allowed.join(', '));
  return new BootbenchError('E_METHOD', `${method} is not possible on ${pathname}.`, { next: `Use ${allowed.join(', ')}.` });
}

function plurals(): string {
  const collections = Object.values<Route>(ROUTES).flatMap(({ path }) => /^\/api\/v1\/([^/]+)$/.exec(path)?.[1] ?? []);
  return [...new Set(collections)].join(', ');
}
