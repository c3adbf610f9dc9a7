import pLimit from 'p-limit';
import { Agent, type Dispatcher } from 'undici';
import { BootbenchError } from '../../../../contract/errors.ts';
import type { Log } from '../../../../contract/runtime.ts';
import { readAnswer, type RedfishResponse } from './response.ts';
import { refusal, connectionError, type Asked } from './failure.ts';
import { link } from './json.ts';
import { ownWords } from './problem.ts';
import { notAnAddress, requestCancelled } from './sentences.ts';
import type { RedfishTiming } from './timing.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export interface TransportOptions {
  readonly baseUrl: string;
  readonly username: string;
  readonly password: string;
  /** Checks certificates by itself; without one, certificates must be trusted by the system. */
  readonly dispatcher?: Dispatcher;
  readonly timing: RedfishTiming;
  readonly log: Log;
}

export interface Sending {
  readonly method: Method;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly auth?: 'none' | undefined;
  /** Milliseconds until the headers of the answer, and between two pieces of its body. */
  readonly within?: number | undefined;
}

/** More BMCs choke on a third request than not. */
const IN_FLIGHT = 2;

/**
 * One request to one BMC: who asks, in which form, and no more than two at a time. Basic by default; a session only where the
 * BMC does not take Basic. A rejected password is never sent again by the same way, because BMCs lock accounts.
 */
export class Transport {
  readonly origin: URL;
  /** Where sessions are opened; the service root may name another place. */
  sessions = '/redfish/v1/SessionService/Sessions';
  readonly #options: TransportOptions;
  #own: Agent | undefined;
  readonly #turn = pLimit(IN_FLIGHT);
  readonly #alone = pLimit(1);
  #taken = false;
  #session: Promise<Session> | undefined;
  #rejected: BootbenchError | undefined;
  /** Requests under way. */
  readonly #going = new Set<Promise<RedfishResponse>>();
  /** 401s in a row to a password that was taken before. */
  #refusals = 0;
  /** While such a 401 is looked into: nothing else is sent meanwhile. */
  #verdict: { readonly on: Sending; readonly answer: Promise<RedfishResponse> } | undefined;
  /** The 401 to Basic of a BMC that did not name Basic: sessions only from then on. */
  #refusedBasic: RedfishResponse | undefined;
  /** Some HPE Gen10+ answer 406 to it. */
  #identity = true;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.origin = new URL(options.baseUrl);
  }

  /** Where a link leads. Another host in it is ignored: passwords go to this BMC only. */
  pathOf(link: string): string {
    const url = URL.parse(link, this.origin);
    if (!url) throw notAnAddress(link);
    return url.pathname + url.search;
  }

  /** The BMC rejected the password; nothing more is sent. */
  get isRejected(): boolean {
    return this.#rejected !== undefined;
  }

  isAddress(link: string): boolean {
    return URL.canParse(link, this.origin);
  }

  /** The sentence of an answer that is no success, without what must not be shown. */
  refused(answer: RedfishResponse, asked: Omit<Asked, 'username'>): BootbenchError {
    const error = refusal(answer, { ...asked, username: this.#options.username });
    return new BootbenchError(error.code, this.#withoutSecrets(error.message), { details: error.details });
  }

  /** The BMC’s own words in a response, without what must not be shown. */
  wordsOf({ messages, status }: RedfishResponse): string {
    return this.#withoutSecrets(ownWords(messages, status));
  }

  #withoutSecrets(message: string): string {
    const { username, password } = this.#options;
    const hide = (words: string, secret: string): string => (secret.length < 4 ? words : words.replaceAll(secret, '•••'));
    // A factory password may be the user's own name, which is shown.
    return [password, this.#basic()].filter((secret) => secret !== username).reduce(hide, message);
  }

  async send(sending: Sending, signal?: AbortSignal): Promise<RedfishResponse> {
    if (sending.auth === 'none') return this.#once(sending, {}, signal);
    // Until the BMC has taken the password once, one asks and the others wait: a wrong one must not be sent by each of them.
    return this.#taken ? this.#identified(sending, signal) : this.#alone(() => this.#identified(sending, signal));
  }

  async #identified(sending: Sending, signal?: AbortSignal): Promise<RedfishResponse> {
    if (this.#rejected) throw this.#rejected;
    if (this.#session ?? this.#refusedBasic) return this.#withSession(sending, signal);
    const answer = await this.#byBasic(sending, signal);
    if (answer.status !== 401) {
      this.#taken = true;
      return answer;
    }
    if (this.#taken) return this.#doubted(sending, signal);
    // A BMC that does not name Basic may have it disabled or unadvertised (DSP0266 HTTPBasicAuth; Redfish-Protocol-Validator#77): only a
    // login for a session judges the password then.
    if (/\bbasic\b/i.test(answer.headers['www-authenticate'] ?? '')) throw this.#reject(answer);
    this.#refusedBasic = answer;
    return this.#withSession(sending, signal);
  }

  /**
   * A password that was taken before: HPE's and NVIDIA's answer 401 to good ones now and then (infra-controller#5349), so the second 401 in a
   * row is believed. It has been changed otherwise, and every request that is under way fails: the first one judges for all.
   */
  async #doubted(sending: Sending, signal?: AbortSignal): Promise<RedfishResponse> {
    if (this.#verdict?.on === sending) return this.#verdict.answer;
    await this.#verdict?.answer.catch(() => undefined);
    const answer = await this.#byBasic(sending, signal);
    if (answer.status === 401) throw this.#reject(answer);
    return answer;
  }

  #doubt(on: Sending, signal?: AbortSignal): void {
    this.#refusals += 1;
    if (this.#verdict) return;
    const answer = this.#judge(on, signal).finally(() => (this.#verdict = undefined));
    // Whoever waits for it hears of it.
    answer.catch(() => undefined);
    this.#verdict = { on, answer };
  }

  async #judge(sending: Sending, signal?: AbortSignal): Promise<RedfishResponse> {
    const last = (await Promise.allSettled([...this.#going])).findLast((one) => one.status === 'fulfilled')?.value;
    if (last && this.#refusals > 1) throw this.#reject(last);
    const second = await this.#exchange(sending, { authorization: `Basic ${this.#basic()}` }, signal);
    if (second.status === 401) throw this.#reject(second);
    this.#refusals = 0;
    return second;
  }

  #byBasic(sending: Sending, signal?: AbortSignal): Promise<RedfishResponse> {
    return this.#once(sending, { authorization: `Basic ${this.#basic()}` }, signal);
  }

  /** Deletes the session, so that none is left to fill the BMC's table. */
  async #logOut(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    this.#session = undefined;
    if (session?.location !== undefined) {
      await this.#once({ method: 'DELETE', path: this.pathOf(session.location) }, session.headers).catch((error: unknown) => {
        this.#options.log.warn({ error, bmc: this.origin.host }, 'a session of a BMC could not be ended');
      });
    }
  }

  /** Ends the session and this transport's own connections; a given dispatcher belongs to its giver. It can be used again. */
  async close(): Promise<void> {
    await this.#logOut();
    const own = this.#own;
    this.#own = undefined;
    await own?.close();
  }

  async #withSession(sending: Sending, signal?: AbortSignal): Promise<RedfishResponse> {
    const opened = this.#openSession();
    const answer = await this.#once(sending, (await opened).headers, signal);
    if (answer.status !== 401) return answer;
    // Timed out, or lost with a restart of the BMC: the first request that notices logs in again.
    if (this.#session === opened) this.#session = undefined;
    const second = await this.#once(sending, (await this.#openSession()).headers, signal);
    if (second.status === 401) throw this.#reject(second);
    return second;
  }

  /** Shared by all who ask, so it is not cancelled with one of them. */
  #openSession(): Promise<Session> {
    if (this.#session) return this.#session;
    const opening = this.#logIn();
    this.#session = opening;
    opening.catch(() => {
      if (this.#session === opening) this.#session = undefined;
    });
    return opening;
  }

  async #logIn(): Promise<Session> {
    const { username, password } = this.#options;
    const body = { UserName: username, Password: password };
    const answer = await this.#once({ method: 'POST', path: this.pathOf(this.sessions), body }, {});
    if (answer.status === 401 || answer.status === 400) throw this.#reject(answer);
    // No sessions here, so Basic's answer was the verdict.
    if ([404, 405, 501].includes(answer.status)) throw this.#reject(this.#refusedBasic ?? answer);
    this.#taken ||= answer.ok;
    const token = answer.headers['x-auth-token'];
    if (!answer.ok || token === undefined) throw this.refused(answer, { what: 'open a session' });
    return { headers: { 'x-auth-token': token }, location: answer.headers.location ?? link(answer.body) };
  }

  #reject(answer: RedfishResponse): BootbenchError {
    this.#rejected = this.refused({ ...answer, status: 401 }, { what: 'log in' });
    return this.#rejected;
  }

  #basic(): string {
    return Buffer.from(`${this.#options.username}:${this.#options.password}`).toString('base64');
  }

  async #once(sending: Sending, auth: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<RedfishResponse> {
    if (signal?.aborted === true) throw requestCancelled();
    const answer = await this.#turn(() => this.#tracked(sending, auth, signal));
    if (answer.status !== 406 || !this.#identity) return answer;
    this.#identity = false;
    return this.#turn(() => this.#tracked(sending, auth, signal));
  }

  async #tracked(sending: Sending, auth: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<RedfishResponse> {
    const isBasic = auth.authorization !== undefined;
    await this.#verdict?.answer.catch(() => undefined);
    if (isBasic && this.#rejected) throw this.#rejected;
    const going = this.#exchange(sending, auth, signal).then((answer) => {
      if (isBasic && this.#taken && answer.status === 401) this.#doubt(sending, signal);
      else if (isBasic) this.#refusals = 0;
      return answer;
    });
    this.#going.add(going);
    try {
      return await going;
    } finally {
      this.#going.delete(going);
    }
  }

  async #exchange(
    { method, path, body, headers, within }: Sending,
    auth: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<RedfishResponse> {
    const patience = within ?? this.#options.timing.response;
    try {
      const response = await this.#dispatcher().request({
        origin: this.origin.origin,
        path,
        method,
        // Each request on a connection of its own: BMCs mishandle kept-alive ones.
        reset: true,
        headers: { ...this.#fixed(body), ...headers, ...auth },
        body: body === undefined ? null : JSON.stringify(body),
        headersTimeout: patience,
        bodyTimeout: patience,
        signal,
      });
      const answer = await readAnswer(response);
      this.#options.log.debug({ bmc: this.origin.host, method, path, status: answer.status }, 'a BMC answered');
      return answer;
    } catch (error) {
      throw connectionError(error, this.#endpoint(), { method, path }, signal);
    }
  }

  #dispatcher(): Dispatcher {
    const { dispatcher, timing } = this.#options;
    return dispatcher ?? (this.#own ??= new Agent({ connections: IN_FLIGHT, pipelining: 1, connect: { timeout: timing.connect } }));
  }

  #fixed(body: unknown): Record<string, string> {
    return {
      accept: 'application/json',
      'odata-version': '4.0',
      'user-agent': 'Bootbench',
      // Compression makes ETags weak, or adds -gzip to them.
      ...(this.#identity ? { 'accept-encoding': 'identity' } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
  }

  #endpoint(): string {
    const { hostname, port, protocol } = this.origin;
    return `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
  }
}

interface Session {
  readonly headers: Readonly<Record<string, string>>;
  readonly location: string | undefined;
}
