import type { ErrorCode } from '../../../../contract/error-codes.ts';
import { BootbenchError } from '../../../../contract/errors.ts';
import type { Clock } from '../../../../contract/runtime.ts';
import { etagOf, type RedfishResponse } from './response.ts';
import { wasCut, type Asked } from './failure.ts';
import { link, record, sameAs, type Doc } from './json.ts';
import { mentions, ownWords } from './problem.ts';
import { callTooLong, shownWithError } from './sentences.ts';
import { followTask } from './tasks.ts';
import { pause, type RedfishTiming } from './timing.ts';
import { isTransient, repeat, wasNotDone } from './transient.ts';
import type { Sending, Transport } from './transport.ts';

/** SYS518: iDRAC's data sources are not there yet. iLO says the other while it starts. */
const NOT_YET = /\bSYS518\b|InvalidOperationForSystemState/;
const DURING_POST = /UnableToModifyDuringSystemPOST|InvalidOperationForSystemState/;
/** Errors that are about a document, or about what was done with one. */
const ABOUT_DOCUMENTS: ReadonlySet<ErrorCode> = new Set(['E_BMC_REFUSED', 'E_BMC_UNSUPPORTED', 'E_BMC_BUSY', 'E_BMC_TIMEOUT']);

export interface ClientOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly timing: RedfishTiming;
  readonly troubles?: Map<string, string>;
  /** When the whole call must be over, by the clock. */
  readonly end?: number;
}

/** Documents and actions of one BMC, with the patience that BMCs need. */
export class RedfishClient {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly timing: RedfishTiming;
  /** What the BMC could not show, by path, since the machine was looked for: a sentence each. */
  readonly troubles: Map<string, string>;
  readonly #end: number;
  /** Throws for what belongs to another machine. */
  #mayChange: (path: string) => void = () => undefined;
  /** The path that was asked for last. */
  #last: string | undefined;

  constructor({ transport, clock, timing, troubles = new Map(), end = Number.POSITIVE_INFINITY }: ClientOptions) {
    this.transport = transport;
    this.clock = clock;
    this.timing = timing;
    this.troubles = troubles;
    this.#end = end;
  }

  /** The client of one call, which takes `ms` at most however patient its parts are: E_BMC_TIMEOUT then. */
  forCall(ms: number): RedfishClient {
    const { transport, clock, timing, troubles } = this;
    return new RedfishClient({ transport, clock, timing, troubles, end: clock.monotonic() + ms });
  }

  /** Before each POST and PATCH from now on; throws to refuse it. */
  guardChanges(mayChange: (path: string) => void): void {
    this.#mayChange = mayChange;
  }

  /** The path of what a link leads to, when it may be changed; throws as the guard does. */
  changeable(link: string): string {
    const path = this.transport.pathOf(link);
    this.#mayChange(path);
    return path;
  }

  /** An error about the service that names no document, with the one that was requested last, in its message and details. */
  withDocument(error: BootbenchError): BootbenchError {
    const { code, message, next, details, cause } = error;
    if (details?.document !== undefined || !ABOUT_DOCUMENTS.has(code) || this.#last === undefined) return error;
    const document = this.#last;
    return new BootbenchError(code, `${message} (${document})`, { next, cause, details: { ...details, document } });
  }

  async get(link: string, signal?: AbortSignal): Promise<Doc> {
    const answer = await this.look(link, signal);
    if (!answer.ok) throw this.notShown(answer, link);
    return record(answer.body);
  }

  /** What matters when it is there: undefined for what is not, or may not be seen, and patient with a busy BMC. */
  async seek(link: string | undefined, signal?: AbortSignal): Promise<Doc | undefined> {
    if (link === undefined || !this.transport.isAddress(link)) return undefined;
    const answer = await this.look(link, signal);
    if (!answer.ok && answer.status >= 500) throw this.notShown(answer, link);
    return answer.ok ? record(answer.body) : undefined;
  }

  /** What may be missing: much that is linked to does not exist, or fails. */
  async find(link: string | undefined, signal?: AbortSignal): Promise<Doc | undefined> {
    if (link === undefined || !this.transport.isAddress(link)) return undefined;
    const answer = await this.look(link, signal, { patient: false });
    return answer.ok ? record(answer.body) : undefined;
  }

  /** `within`: milliseconds until the answer, in place of the usual. */
  async look(
    link: string,
    signal?: AbortSignal,
    { patient = true, auth, within }: { patient?: boolean; auth?: 'none'; within?: number } = {},
  ): Promise<RedfishResponse> {
    const sending: Sending = { method: 'GET', path: this.transport.pathOf(link), auth, within };
    const retry = patient ? this.timing.retries.busyRead : { times: 0, pause: 0 };
    const attempt = async (): Promise<RedfishResponse> => this.#believed(await this.#sendUncut(sending, signal), sending.path);
    const answer = await repeat(this, retry, attempt, (answer) => !answer.ok && isTransient(answer), signal);
    return this.#follow(answer, sending, signal);
  }

  /** Never repeated by itself except where the BMC said that nothing was done; a task is followed to its end. */
  async post(link: string, body: unknown, signal?: AbortSignal): Promise<RedfishResponse> {
    const sending: Sending = { method: 'POST', path: this.changeable(link), body };
    const answer = await this.#change(() => this.#send(sending, signal), signal);
    return followTask(this, answer, signal);
  }

  /** With the ETag that the resource has now, and the ways around what BMCs make of ETags. */
  async patch(link: string, body: unknown, signal?: AbortSignal): Promise<RedfishResponse> {
    const path = this.changeable(link);
    const answer = await this.#change(() => this.#patchOnce(path, body, signal), signal);
    return followTask(this, answer, signal);
  }

  refused(answer: RedfishResponse, asked: Omit<Asked, 'username'>): BootbenchError {
    return this.transport.refused(answer, asked);
  }

  /** The BMC’s own words in a response, without what must not be shown. */
  wordsOf(response: RedfishResponse): string {
    return this.transport.wordsOf(response);
  }

  /** The error of a document that could not be read. */
  notShown(answer: RedfishResponse, link: string): BootbenchError {
    const document = this.transport.pathOf(link);
    const { code, message, next, details } = this.refused(answer, { what: `show ${document}` });
    return new BootbenchError(code, message, { next, details: { ...details, document } });
  }

  #send(sending: Sending, signal?: AbortSignal): Promise<RedfishResponse> {
    const left = this.#end - this.clock.monotonic();
    if (left <= 0) throw callTooLong(this.#last ?? sending.path);
    this.#last = sending.path;
    const within = Math.min(sending.within ?? this.timing.response, left);
    return this.transport.send({ ...sending, within }, signal);
  }

  /** Again where the BMC was only busy, or is not ready for changes. */
  #change(attempt: () => Promise<RedfishResponse>, signal?: AbortSignal): Promise<RedfishResponse> {
    return this.#whenReady(() => repeat(this, this.timing.retries.busyChange, attempt, wasNotDone, signal), signal);
  }

  /**
   * An error that comes with the whole document is a document: bmcweb answers 500 to a System of which one property could not be read
   * (bmcweb#98). What failed is remembered.
   */
  #believed(answer: RedfishResponse, path: string): RedfishResponse {
    const own = link(record(answer.body)['@odata.id']);
    const isDocument = !answer.ok && own !== undefined && sameAs(own) === sameAs(path) && ![401, 403].includes(answer.status);
    if (!isDocument) return answer;
    this.troubles.set(path, shownWithError(path, answer.status, ownWords(answer.messages, answer.status)));
    return { ...answer, ok: true };
  }

  /** iLO changes nothing during POST, and more BMCs nothing while they start: they say so, and then do it. */
  async #whenReady(attempt: () => Promise<RedfishResponse>, signal?: AbortSignal): Promise<RedfishResponse> {
    const { times, first, last } = this.timing.retries.notReady;
    for (let tried = 0; ; tried += 1) {
      const answer = await attempt();
      const waits = !answer.ok && (mentions(answer.messages, NOT_YET) || mentions(answer.messages, DURING_POST));
      if (!waits || tried >= times) return answer;
      await pause(this.clock, Math.min(first * 2 ** tried, last), signal);
    }
  }

  async #patchOnce(path: string, body: unknown, signal?: AbortSignal): Promise<RedfishResponse> {
    const send = (ifMatch: string | undefined): Promise<RedfishResponse> => {
      const headers: Record<string, string> = ifMatch === undefined ? {} : { 'if-match': ifMatch };
      return this.#send({ method: 'PATCH', path, body, headers }, signal);
    };
    const current = async (): Promise<string | undefined> => etagOf(await this.look(path, signal, { patient: false }));
    const etag = await current();
    const answer = await send(etag);
    if (answer.status === 428) return send('*');
    if (answer.status !== 412) return answer;
    const fresh = await current();
    const again = await send(fresh);
    if (again.status !== 412) return again;
    const strong = fresh?.replace(/^W\//, '');
    const third = strong === fresh ? again : await send(strong);
    return third.status === 412 ? send(undefined) : third;
  }

  /** A read whose connection was cut is sent again. */
  async #sendUncut(sending: Sending, signal?: AbortSignal): Promise<RedfishResponse> {
    const { times, pause: wait } = this.timing.retries.cutRead;
    for (let tried = 0; ; tried += 1) {
      try {
        return await this.#send(sending, signal);
      } catch (error) {
        const cause = error instanceof BootbenchError ? error.cause : undefined;
        if (tried >= times || signal?.aborted === true || !wasCut(cause)) throw error;
        await pause(this.clock, wait, signal);
      }
    }
  }

  /** One redirect on the same BMC, such as from /redfish/v1 to /redfish/v1/. */
  async #follow(answer: RedfishResponse, sending: Sending, signal?: AbortSignal): Promise<RedfishResponse> {
    const { location } = answer.headers;
    if (![301, 302, 307, 308].includes(answer.status) || location === undefined) return answer;
    return this.#send({ ...sending, path: this.transport.pathOf(location) }, signal);
  }
}
