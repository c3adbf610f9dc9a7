import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { BootbenchError } from '../../../contract/errors.ts';
import { readable } from '../source/bounds.ts';
import type { ByteSource } from '../source/byte-source.ts';
import type { Guard } from './ssrf-guard.ts';
import { changed, contentRange, discard, header, isTransient, look, pinOf, reason, sizeOfWhole, wrong, type Pin } from './answer.ts';
import { CONTENT_DIFFERS, NOTHING_TO_COMPARE, SIZE_DIFFERS, readCancelled } from './sentences.ts';
import { compare, identityOf, type Sameness, type Witness } from './identity.ts';
import {
  openRoute,
  parseSourceUrl,
  shown,
  systemResolve,
  takeCredentials,
  Transient,
  type Resolve,
  type UpstreamRoute,
  type Timeouts,
} from './route.ts';

export interface UpstreamOptions {
  readonly guard: Guard;
  readonly signal?: AbortSignal;
  readonly resolve?: Resolve;
  readonly timeouts?: Timeouts;
  /** Milliseconds before each further attempt; the last one again and again. */
  readonly backOff?: readonly number[];
  /** Milliseconds after which no further attempt is begun: of the first look, and of a read, for which a machine waits. */
  readonly patience?: { readonly open: number; readonly read: number };
  /** Told the sentence when several attempts failed in a row or the last one did, and undefined when one succeeded after that. */
  readonly onTrouble?: (sentence: string | undefined) => void;
}

/** An ISO behind a URL, as its server has it. */
export interface Upstream extends ByteSource {
  readonly pin: Pin;
  /** Bytes that were read before, from this server or another node of it. Asked when an answer names another ETag or date. */
  witnesses?: () => Promise<readonly Witness[]>;
  /** All bytes from the first on, once, for servers without ranges. Throws as `read` does, but makes one attempt only. */
  whole(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

const MAX_REDIRECTS = 10;
/** Times that witnesses are asked for until an answer has the name that is in question. */
const COMPARE_ROUNDS = 3;
/** iPXE gives up on a read after 15 s and asks again. */
const TIMEOUTS: Timeouts = { connect: 5_000, headers: 15_000, body: 15_000 };
const BACKOFF_MS = [200, 800, 2000];
/** Failed attempts in a row that are not reported: a server closes idle connections. */
const QUIET_FAILURES = 2;
/** A server that restarts, or a cable that is put back, is waited for. */
export const PATIENCE = { open: 3_500, read: 75_000 };

/**
 * An ISO behind an http(s) URL, read by ranges. Its size is fixed; another ETag or date than at the opening is believed to be a change only
 * when known bytes (`witnesses`) differ or there are none. `If-Range` is not sent: servers answer 200 to it with their own ETag
 * (AnInsomniacy/aria2-next#43). A `size` of 0 means that the server does not tell it (`pin.size`). Redirects are resolved here (at most 10), each hop asked of the guard. Errors: E_SOURCE_URL, E_SOURCE_FORBIDDEN,
 * E_UPSTREAM (no answer, wrong answer), E_UPSTREAM_CHANGED, E_CANCELLED.
 */
export async function openUpstream(url: string, options: UpstreamOptions): Promise<Upstream> {
  const upstream = new HttpUpstream(parseSourceUrl(url), options);
  await upstream.open(options.signal);
  return upstream;
}

/** The identity of a URL's bytes: the same for the same URL, size and validator. */
export function upstreamEtag(href: string, pin: Pick<Pin, 'size' | 'validator' | 'etag'>): string {
  return createHash('sha256')
    .update(JSON.stringify([href, pin.size, pin.validator ?? pin.etag ?? '']))
    .digest('hex')
    .slice(0, 40);
}

class HttpUpstream implements Upstream {
  size = 0;
  etag = '';
  witnesses: Upstream['witnesses'];
  pin: Pin = { size: 0, validator: undefined, etag: undefined, ranges: true };
  readonly #first: URL;
  readonly #authorization: string | undefined;
  readonly #options: UpstreamOptions;
  readonly #closing = new AbortController();
  #route: Promise<UpstreamRoute> | undefined;
  #inTrouble = false;
  /** Names that the server has given these bytes. */
  readonly #identities = new Set<string>();
  /** Names that are being asked about. */
  readonly #questions = new Map<string, Promise<void>>();
  #hasRead = false;

  constructor(first: URL, options: UpstreamOptions) {
    this.#authorization = takeCredentials(first);
    this.#first = first;
    this.#options = options;
  }

  async open(signal?: AbortSignal): Promise<void> {
    const patience = (this.#options.patience ?? PATIENCE).open;
    const { route, pin } = await this.#retrying(signal, patience, () => this.#follow(signal).catch(asFinal(this.#first)));
    this.pin = pin;
    this.#route = Promise.resolve(route);
    this.size = pin.size ?? 0;
    if (pin.validator !== undefined) this.#identities.add(pin.validator);
    this.etag = upstreamEtag(this.#first.href, pin);
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    if (!this.pin.ranges) throw wrong(this.#first, 'does not support ranges');
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
      this.#hasRead = true;
    };
    const patience = (this.#options.patience ?? PATIENCE).read;
    if (bytes.length > 0) await this.#retrying(signal, patience, fill);
    return bytes;
  }

  async *whole(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const answer = await (await this.#currentRoute(signal)).request({}, signal);
    try {
      if (answer.statusCode !== 200) return await this.#refuse(answer);
      if (pinOf(this.#first, answer).size !== this.pin.size) throw changed(this.#first, SIZE_DIFFERS);
      for await (const part of answer.body) yield part as Buffer;
    } finally {
      discard(answer);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const route = this.#route;
    this.#route = undefined;
    await (await route?.catch(() => undefined))?.close();
  }

  async *#range(offset: number, length: number, signal?: AbortSignal): AsyncGenerator<Buffer> {
    const route = await this.#currentRoute(signal);
    const answer = await route.request({ range: `bytes=${offset}-${offset + length - 1}` }, signal);
    try {
      await this.#checkRange(answer, offset, length);
      const identity = identityOf(answer);
      if (identity === undefined || this.#identities.has(identity)) {
        for await (const part of answer.body) yield part as Buffer;
        return;
      }
      // The comparison needs a connection, and all of them may be held by answers like this one.
      discard(answer);
      await this.#ask(identity, signal);
      yield* this.#range(offset, length, signal);
    } finally {
      discard(answer);
    }
  }

  async #checkRange(answer: Dispatcher.ResponseData, offset: number, length: number): Promise<void> {
    const { statusCode } = answer;
    const total = totalOf(answer);
    if (total !== undefined && total !== this.size) throw changed(this.#first, SIZE_DIFFERS);
    if (statusCode === 200) throw new Transient('answered with the whole file');
    if (statusCode !== 206) return this.#refuse(answer);
    const range = contentRange(answer);
    if (range?.start !== offset || range.end !== offset + length - 1) throw wrong(this.#first, 'answered another range than was asked for');
  }

  /** One question for all reads that meet a new name. Resolves when it names the same bytes; E_UPSTREAM_CHANGED when not. */
  #ask(identity: string, signal: AbortSignal | undefined): Promise<void> {
    const asked = this.#questions.get(identity);
    if (asked) return asked;
    const asking = this.#settle(identity, signal).finally(() => this.#questions.delete(identity));
    this.#questions.set(identity, asking);
    return asking;
  }

  /** Where nothing was read under the old name, it does not matter what that named. */
  async #settle(identity: string, signal: AbortSignal | undefined): Promise<void> {
    const verdict = this.#hasRead ? await this.#compareUnder(identity, signal) : 'same';
    if (verdict === 'other') throw changed(this.#first, CONTENT_DIFFERS);
    if (verdict === 'unknown') throw changed(this.#first, NOTHING_TO_COMPARE);
    this.#identities.add(identity);
  }

  /** Other nodes may answer meanwhile: what they send proves nothing about this name. */
  async #compareUnder(identity: string, signal: AbortSignal | undefined): Promise<Sameness> {
    const witnesses = (await this.witnesses?.()) ?? [];
    if (witnesses.length === 0) return 'unknown';
    const route = await this.#currentRoute(signal);
    for (let round = 0; round < COMPARE_ROUNDS; round += 1) {
      const verdict = await compare(witnesses, async (offset, length) => {
        const answer = await route.request({ range: `bytes=${offset}-${offset + length - 1}` }, signal);
        try {
          if (identityOf(answer) !== identity) return undefined;
          await this.#checkRange(answer, offset, length);
          return Buffer.from(await answer.body.arrayBuffer());
        } finally {
          discard(answer);
        }
      });
      if (verdict !== 'unknown') return verdict;
    }
    throw new Transient('answers with changing ETags or dates');
  }

  async #refuse({ statusCode }: Dispatcher.ResponseData): Promise<never> {
    // A redirect's target may have expired (signed URLs); the next attempt follows the chain anew.
    if (!isTransient(statusCode)) await this.#leaveRoute();
    throw new Transient(`answered ${statusCode}`);
  }

  async #currentRoute(signal?: AbortSignal): Promise<UpstreamRoute> {
    if (this.#route) return this.#route;
    const found = this.#follow(signal).then(async ({ route, pin }) => {
      if (!this.#closing.signal.aborted && pin.size === this.pin.size) return route;
      await route.close();
      throw changed(this.#first, SIZE_DIFFERS);
    });
    this.#route = found;
    found.catch(() => {
      if (this.#route === found) this.#route = undefined;
    });
    return found;
  }

  /** The next attempt resolves the name and follows the redirects anew; what is under way on the old route ends there. */
  async #leaveRoute(): Promise<void> {
    const route = this.#route;
    this.#route = undefined;
    (await route?.catch(() => undefined))?.leave();
  }

  /** From the first URL through its redirects to a server that answers a range. */
  async #follow(signal?: AbortSignal): Promise<{ route: UpstreamRoute; pin: Pin }> {
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

  async #retrying<T>(signal: AbortSignal | undefined, budgetMs: number, attempt: () => Promise<T>): Promise<T> {
    const stopped = () => signal?.aborted === true || this.#closing.signal.aborted;
    const delays = backoff(this.#options.backOff ?? BACKOFF_MS, budgetMs);
    for (let failures = 1; ; failures += 1) {
      try {
        if (stopped()) throw new Transient('was not asked');
        const result = await attempt();
        this.#reportTrouble(undefined);
        return result;
      } catch (error) {
        if (stopped()) throw new BootbenchError('E_CANCELLED', readCancelled(shown(this.#first)), { cause: error });
        const failure = error instanceof BootbenchError ? error : wrong(this.#first, reason(error), error);
        const delay = failure === error ? undefined : delays.next().value;
        if (delay === undefined || failures > QUIET_FAILURES) this.#reportTrouble(failure.message);
        if (delay === undefined) throw failure;
        // A server that moved has another address by now.
        if (failures > 1) await this.#leaveRoute();
        await this.#pause(delay, signal);
      }
    }
  }

  async #pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const stop = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal;
    await wait(ms, undefined, { signal: stop }).catch(() => undefined);
  }

  #reportTrouble(sentence: string | undefined): void {
    if ((sentence !== undefined) === this.#inTrouble) return;
    this.#inTrouble = sentence !== undefined;
    this.#options.onTrouble?.(sentence);
  }
}

/** Milliseconds before each further attempt, the last delay repeated; ends where an attempt would begin later than `budgetMs` from now. */
function* backoff(delays: readonly number[], budgetMs: number): Generator<number, undefined> {
  const until = performance.now() + budgetMs;
  for (let count = 0; ; count += 1) {
    const delay = delays[Math.min(count, delays.length - 1)] ?? 0;
    if (performance.now() + delay > until) return undefined;
    yield delay;
  }
}

function asFinal(url: URL): (error: unknown) => never {
  return (error) => {
    throw error instanceof Transient && error.final ? wrong(url, error.message, error) : error;
  };
}

/** The size of the whole ISO that an answer tells, of whatever status. */
function totalOf(answer: Dispatcher.ResponseData): number | undefined {
  if (answer.statusCode === 200) return sizeOfWhole(answer);
  const text = header(answer, 'content-range')?.split('/')[1] ?? '';
  return (answer.statusCode === 206 || answer.statusCode === 416) && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
