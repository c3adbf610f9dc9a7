import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { BootbenchError, errnoOf } from '../../contract/errors.ts';
import { readable } from './bounds.ts';
import type { ByteSource } from './byte-source.ts';
import type { Guard } from './source-guard.ts';
import { openRoute, parseSourceUrl, shown, systemResolve, type Resolve, type Route, type Timeouts } from './upstream-route.ts';

export interface UpstreamOptions {
  readonly guard: Guard;
  readonly signal?: AbortSignal;
  readonly resolve?: Resolve;
  readonly timeouts?: Timeouts;
  /** Milliseconds before each further attempt; as many attempts as there are values, plus one. */
  readonly backOff?: readonly number[];
}

const MAX_REDIRECTS = 10;
const TIMEOUTS: Timeouts = { connect: 10_000, headers: 30_000, body: 30_000 };
const BACK_OFF = [200, 800, 2000];
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * An ISO behind an http(s) URL, read by ranges and pinned to the ETag or date it had when it was opened.
 * Redirects are resolved here (at most 10), each hop asked of the guard. Errors: E_SOURCE_URL, E_SOURCE_FORBIDDEN,
 * E_UPSTREAM (no answer, wrong answer, no ranges), E_UPSTREAM_CHANGED, E_CANCELLED.
 */
export async function openUpstream(url: string, options: UpstreamOptions): Promise<ByteSource> {
  const first = parseSourceUrl(url);
  const upstream = new Upstream(first, options);
  await upstream.open(options.signal);
  return upstream;
}

/** What the server says the bytes are. */
interface Pin {
  readonly size: number;
  /** Strong ETag or date, for If-Range; undefined when the server names neither. */
  readonly validator: string | undefined;
  readonly etag: string | undefined;
}

class Upstream implements ByteSource {
  size = 0;
  etag = '';
  readonly #first: URL;
  readonly #authorization: string | undefined;
  readonly #options: UpstreamOptions;
  readonly #backOff: readonly number[];
  #pin: Pin = { size: 0, validator: undefined, etag: undefined };
  #route: Promise<Route> | undefined;
  #closed = false;

  constructor(first: URL, options: UpstreamOptions) {
    this.#authorization = takeCredentials(first);
    this.#first = first;
    this.#options = options;
    this.#backOff = options.backOff ?? BACK_OFF;
  }

  async open(signal?: AbortSignal): Promise<void> {
    const { route, pin } = await this.#retrying(signal, () => this.#follow(signal));
    this.#pin = pin;
    this.#route = Promise.resolve(route);
    this.size = pin.size;
    this.etag = createHash('sha256')
      .update(JSON.stringify([this.#first.href, pin.size, pin.validator ?? pin.etag ?? '']))
      .digest('hex')
      .slice(0, 40);
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafe(readable(this.size, offset, length));
    let got = 0;
    // Each attempt goes on where the one before broke off.
    const fill = async () => {
      for await (const part of this.#range(offset + got, bytes.length - got, signal)) {
        if (part.length > bytes.length - got) throw wrong(this.#first, 'sent more bytes than were asked for');
        bytes.set(part, got);
        got += part.length;
      }
      if (got < bytes.length) throw new Transient(`broke off after ${got} of ${bytes.length} bytes`);
    };
    if (bytes.length > 0) await this.#retrying(signal, fill);
    return bytes;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#dropRoute();
  }

  async *#range(offset: number, length: number, signal?: AbortSignal): AsyncGenerator<Buffer> {
    const route = await this.#currentRoute(signal);
    const headers: Record<string, string> = { range: `bytes=${offset}-${offset + length - 1}` };
    if (this.#pin.validator !== undefined) headers['if-range'] = this.#pin.validator;
    const answer = await route.request(headers, signal);
    try {
      await this.#checkRange(answer, offset, length);
      for await (const part of answer.body) yield part as Buffer;
    } finally {
      discard(answer);
    }
  }

  async #checkRange(answer: Dispatcher.ResponseData, offset: number, length: number): Promise<void> {
    const { statusCode } = answer;
    if (statusCode === 200 || statusCode === 412 || statusCode === 416) throw changed(this.#first, `it answered ${statusCode} to a range`);
    if (statusCode !== 206) {
      // A redirect's target may have expired (signed URLs); the next attempt follows the chain anew.
      if (!isTransient(statusCode)) await this.#dropRoute();
      throw new Transient(`answered ${statusCode}`);
    }
    const range = contentRange(answer);
    const etag = header(answer, 'etag');
    if (range?.total !== this.size || (etag !== undefined && this.#pin.etag !== undefined && etag !== this.#pin.etag)) {
      throw changed(this.#first, 'its size or ETag is another');
    }
    if (range.start !== offset || range.end !== offset + length - 1) throw wrong(this.#first, 'answered another range than was asked for');
  }

  async #currentRoute(signal?: AbortSignal): Promise<Route> {
    if (this.#closed) throw new BootbenchError('E_CANCELLED', `${shown(this.#first)} was closed.`);
    if (this.#route) return this.#route;
    const found = this.#follow(signal).then(async ({ route, pin }) => {
      if (pin.size === this.#pin.size && pin.validator === this.#pin.validator) return route;
      await route.close();
      throw changed(this.#first, 'its size, ETag or date is another');
    });
    this.#route = found;
    found.catch(() => {
      if (this.#route === found) this.#route = undefined;
    });
    return found;
  }

  async #dropRoute(): Promise<void> {
    const route = this.#route;
    this.#route = undefined;
    await (await route?.catch(() => undefined))?.close();
  }

  /** From the first URL through its redirects to a server that answers a range. */
  async #follow(signal?: AbortSignal): Promise<{ route: Route; pin: Pin }> {
    let url = this.#first;
    let first: readonly string[] | undefined;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const route = await openRoute(url, {
        guard: this.#options.guard,
        first,
        resolve: this.#options.resolve ?? systemResolve,
        timeouts: this.#options.timeouts ?? TIMEOUTS,
        // The password is the first server's only.
        authorization: url.origin === this.#first.origin ? this.#authorization : undefined,
      });
      first ??= route.addresses;
      const next = await look(route, signal);
      if ('pin' in next) return { route, pin: next.pin };
      url = next.redirect;
    }
    throw wrong(this.#first, `redirects more than ${MAX_REDIRECTS} times`);
  }

  async #retrying<T>(signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
    for (let count = 0; ; count += 1) {
      try {
        signal?.throwIfAborted();
        return await attempt();
      } catch (error) {
        if (signal?.aborted === true || this.#closed)
          throw new BootbenchError('E_CANCELLED', `Reading ${shown(this.#first)} was cancelled.`, { cause: error });
        const delay = this.#backOff[count];
        if (error instanceof BootbenchError) throw error;
        if (delay === undefined) throw wrong(this.#first, reason(error), error);
        await wait(delay, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}

/** Worth another attempt. */
class Transient extends Error {}

/** Asks for the first byte: the answer tells size and identity, or where to go. The route is closed unless it is the last. */
async function look(route: Route, signal?: AbortSignal): Promise<{ pin: Pin } | { redirect: URL }> {
  let last = false;
  try {
    const answer = await route.request({ range: 'bytes=0-0' }, signal);
    try {
      if (REDIRECTS.has(answer.statusCode)) return { redirect: redirectOf(route.url, answer) };
      const pin = pinOf(route.url, answer);
      await answer.body.dump({ limit: 1024, signal });
      last = true;
      return { pin };
    } finally {
      discard(answer);
    }
  } finally {
    if (!last) await route.close();
  }
}

function redirectOf(from: URL, answer: Dispatcher.ResponseData): URL {
  const location = header(answer, 'location');
  const target = location === undefined ? null : URL.parse(location, from);
  if (!target) throw wrong(from, 'redirects to nowhere');
  if (target.protocol !== 'http:' && target.protocol !== 'https:') {
    throw new BootbenchError('E_SOURCE_FORBIDDEN', `${shown(from)} redirects to a ${target.protocol.slice(0, -1)} URL.`);
  }
  takeCredentials(target);
  target.hash = '';
  return target;
}

function pinOf(url: URL, answer: Dispatcher.ResponseData): Pin {
  const { statusCode } = answer;
  if (isTransient(statusCode)) throw new Transient(`answered ${statusCode}`);
  if (statusCode === 200) {
    throw wrong(url, 'does not support ranges, which a machine that boots from the ISO needs; download it and add the file instead');
  }
  if (statusCode === 416) throw wrong(url, 'holds an empty file');
  if (statusCode !== 206) throw wrong(url, `answered ${statusCode}`);
  const encoding = header(answer, 'content-encoding') ?? 'identity';
  if (encoding !== 'identity') throw wrong(url, `compresses the ISO (${encoding})`);
  const range = contentRange(answer);
  if (range?.start !== 0 || range.total === undefined) throw wrong(url, 'does not tell the size of the ISO');
  const etag = header(answer, 'etag');
  const strong = etag?.startsWith('"') === true ? etag : undefined;
  return { size: range.total, etag, validator: strong ?? header(answer, 'last-modified') };
}

function contentRange(answer: Dispatcher.ResponseData): { start: number; end: number; total: number | undefined } | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(header(answer, 'content-range') ?? '');
  if (!match) return undefined;
  return { start: Number(match[1]), end: Number(match[2]), total: match[3] === '*' ? undefined : Number(match[3]) };
}

function header(answer: Dispatcher.ResponseData, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Lets go of a body that is not read to its end; one that was read is left in peace. */
function discard(answer: Dispatcher.ResponseData): void {
  answer.body.on('error', () => undefined);
  if (!answer.body.readableEnded) answer.body.destroy();
}

function isTransient(status: number): boolean {
  return status >= 500 || status === 429 || status === 408;
}

function takeCredentials(url: URL): string | undefined {
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

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'refuses the connection',
  ECONNRESET: 'cut the connection',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  ETIMEDOUT: 'does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'accepted the connection and then said nothing',
  UND_ERR_BODY_TIMEOUT: 'stopped sending',
  UND_ERR_SOCKET: 'cut the connection',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'cut the connection',
};

function reason(error: unknown): string {
  const code = errnoOf(error);
  if (code !== undefined && REASONS[code] !== undefined) return REASONS[code];
  return error instanceof Transient ? error.message : `failed: ${error instanceof Error ? error.message : String(error)}`;
}

function wrong(url: URL, how: string, cause?: unknown): BootbenchError {
  return new BootbenchError('E_UPSTREAM', `The server of ${shown(url)} ${how}.`, { cause });
}

function changed(url: URL, how: string): BootbenchError {
  return new BootbenchError('E_UPSTREAM_CHANGED', `${shown(url)} is not what it was when it was opened: ${how}.`);
}
