import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Pool, type Dispatcher } from 'undici';
import { BootbenchError, errnoOf } from '../../../contract/errors.ts';
import type { Guard } from './ssrf-guard.ts';

/** Every address of a name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export interface Timeouts {
  /** Milliseconds each: until connected, until the headers, between two pieces of the body. */
  readonly connect: number;
  readonly headers: number;
  readonly body: number;
}

/** The server that the bytes come from, at the end of its redirects. Connections go to the checked addresses only. */
export interface UpstreamRoute {
  readonly url: URL;
  readonly addresses: readonly string[];
  request(headers: Record<string, string>, signal?: AbortSignal): Promise<Dispatcher.ResponseData>;
  /** Nothing more is asked; what is under way ends by itself. */
  leave(): void;
  close(): Promise<void>;
}

/**
 * Worth another attempt. The message is the predicate of a sentence about the server. `final`: not at the first look, where
 * it tells that the URL is wrong, but while a machine reads, where a server that comes back may say this for a while.
 */
export class Transient extends Error {
  readonly final: boolean;
  constructor(message: string, options: { cause?: unknown; final?: boolean } = {}) {
    super(message, { cause: options.cause });
    this.final = options.final ?? false;
  }
}

export const systemResolve: Resolve = async (hostname) => (await lookup(hostname, { all: true })).map(({ address }) => address);

/** E_SOURCE_URL for anything but an absolute http or https URL. */
export function parseSourceUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url) throw new BootbenchError('E_SOURCE_URL', `"${text.slice(0, 200)}" is not an absolute URL.`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new BootbenchError('E_SOURCE_URL', `"${text.slice(0, 200)}" is ${url.protocol.slice(0, -1)}; only http and https are read.`);
  }
  url.hash = '';
  return url;
}

/** Takes the user and password out of a URL, as the header that says them. */
export function takeCredentials(url: URL): string | undefined {
  const { username, password } = url;
  url.username = '';
  url.password = '';
  if (username === '' && password === '') return undefined;
  return `Basic ${Buffer.from(`${unescaped(username)}:${unescaped(password)}`).toString('base64')}`;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A URL as it may stand in a message: without its password and its query, which may be a signature. */
export function shown(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/**
 * One hop: resolves, asks the guard, and prepares connections to exactly the addresses that were checked, so that a name that
 * resolves differently a moment later (DNS rebinding) changes nothing.
 */
export async function openRoute(
  url: URL,
  options: { guard: Guard; first: readonly string[] | undefined; resolve: Resolve; timeouts: Timeouts; authorization?: string },
): Promise<UpstreamRoute> {
  const addresses = await addressesOf(url, options.resolve);
  const refusal = options.guard(url, addresses, options.first ?? addresses);
  if (refusal !== undefined) throw new BootbenchError('E_SOURCE_FORBIDDEN', `${shown(url)} is not read: ${refusal}`);
  const { timeouts } = options;
  const pool = new Pool(url.origin, {
    connections: 8,
    pipelining: 1,
    connect: { timeout: timeouts.connect, lookup: pinned(addresses) },
    headersTimeout: timeouts.headers,
    bodyTimeout: timeouts.body,
  });
  const fixed: Record<string, string> = { 'user-agent': 'Bootbench', 'accept-encoding': 'identity', accept: '*/*' };
  if (options.authorization !== undefined) fixed.authorization = options.authorization;
  return {
    url,
    addresses,
    request: (headers, signal) =>
      pool.request({ path: url.pathname + url.search, method: 'GET', headers: { ...fixed, ...headers }, signal }),
    leave: () => {
      pool.close().catch(() => undefined);
    },
    close: () => pool.destroy(),
  };
}

async function addressesOf(url: URL, resolve: Resolve): Promise<readonly string[]> {
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(hostname) !== 0) return [hostname];
  const addresses = await resolve(hostname).catch((error: unknown) => {
    throw new Transient(`has a name that is not known here (${hostname}: ${errnoOf(error) ?? 'no answer'})`, { cause: error });
  });
  if (addresses.length === 0) throw new Transient(`has a name without an address (${hostname})`);
  return addresses;
}

type LookupCallback = (error: Error | null, address: string | { address: string; family: number }[], family?: number) => void;

function pinned(addresses: readonly string[]) {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_name: string, options: { all?: boolean | undefined }, callback: LookupCallback) => {
    if (options.all === true) callback(null, all);
    else callback(null, all[0]?.address ?? '', all[0]?.family ?? 4);
  };
}
