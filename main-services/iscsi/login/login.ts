import { CONTINUE, FINAL, LOGIN_STATUS, RESPONSE, STAGE } from '../wire/codes.ts';
import { headerOf, type Pdu } from '../wire/pdu.ts';
import { decodeText, encodeText, type TextPair, type TextPairs } from '../wire/text.ts';
import type { ChapAccount } from '../../../contract/iscsi.ts';
import { printable } from '../../../util/text.ts';
import { challenge, respond, type ChapChallenge } from './chap.ts';
import { DEFAULTS, MAX_RECEIVE, negotiate, type Agreed } from './negotiate.ts';

/** Who asks for what, as the first request of a login says. */
export interface LoginAsk {
  /** Printable ASCII: it is shown. */
  readonly initiatorName: string;
  /** 12 hexadecimal digits; with the initiator's name they name its session (RFC 7143 §4.4.3). */
  readonly isid: string;
  /** Undefined for a discovery session. */
  readonly targetName: string | undefined;
}

/** `status`: class and detail of the Login Response (RFC 7143 §11.13.5). */
export interface Refusal {
  readonly kind: 'refused';
  readonly status: number;
}

/** Whether the initiator may log in to the target, and by which account. */
export type Admission = { readonly kind: 'admitted'; readonly chap?: ChapAccount | undefined } | Refusal;

export type LoginStep =
  | { readonly kind: 'answer'; readonly header: Buffer; readonly data: Buffer }
  | { readonly kind: 'failed'; readonly header: Buffer; readonly status: number }
  | { readonly kind: 'done'; readonly header: Buffer; readonly data: Buffer; readonly ask: LoginAsk; readonly agreed: Agreed };

/** Text of one request that is continued over several PDUs, bytes. */
const MAX_TEXT = 65_536;
/** Longest data segment before the initiator declared another (RFC 7143 §13.12), bytes. */
const MAX_ANSWER = 8192;
/** Characters of an iSCSI name (RFC 7143 §4.2.7.1). */
const MAX_NAME = 223;
/** Requests of one login. */
const MAX_REQUESTS = 32;

/** The login phase of one connection (RFC 7143 §6.3): from the first Login Request to full feature phase, or a refusal. */
export class Login {
  readonly #admit: (ask: LoginAsk) => Promise<Admission>;
  readonly #tsih: () => number;
  #ask: LoginAsk | undefined;
  #chap: ChapAccount | undefined;
  #isAuthenticated = false;
  #challenge: ChapChallenge | undefined;
  #agreed = DEFAULTS;
  #stage: number | undefined;
  #hasDeclared = false;
  #hasGroupTag = false;
  #text: Buffer[] = [];
  #statSn = 0;
  #requests = 0;

  constructor(options: { admit: (ask: LoginAsk) => Promise<Admission>; /** A handle for a session that begins. */ tsih: () => number }) {
    this.#admit = options.admit;
    this.#tsih = options.tsih;
  }

  /** StatSN of the next response. */
  get statSn(): number {
    return this.#statSn;
  }

  /** Whether a Login Request came. Before it, anything else is answered by nothing (RFC 7143 §6.3). */
  get hasBegun(): boolean {
    return this.#requests > 0;
  }

  /** A response that ends the login, to a PDU that has no place in it or cannot be read. */
  refuse(header: Buffer, status: number): Buffer {
    return this.#failed({ header, flags: header[1] ?? 0 }, status).header;
  }

  async next(pdu: Pdu): Promise<LoginStep> {
    const status = this.#check(pdu);
    if (status !== undefined) return this.#failed(pdu, status);
    if ((pdu.flags & CONTINUE) !== 0) return { kind: 'answer', ...this.#response(pdu, [], {}) };
    const pairs = decodeText(Buffer.concat(this.#text.splice(0)));
    if (!pairs) return this.#failed(pdu, LOGIN_STATUS.initiatorError);
    const begun = this.#ask ? undefined : await this.#begin(pdu, pairs);
    if (begun !== undefined) return this.#failed(pdu, begun);
    return this.#stage === STAGE.security ? this.#security(pdu, pairs) : this.#operational(pdu, pairs);
  }

  /** Whether the request fits the login so far. */
  #check({ header, flags, data }: Pdu): number | undefined {
    const stage = (flags >> 2) & 3;
    this.#text.push(data);
    const length = this.#text.reduce((sum, { length: bytes }) => sum + bytes, 0);
    if (length > MAX_TEXT || ++this.#requests > MAX_REQUESTS) return LOGIN_STATUS.initiatorError;
    if ((header[3] ?? 0) > 0) return LOGIN_STATUS.unsupportedVersion;
    // Sessions have one connection, so none can be added, and recovery below the session is not offered.
    if (this.#stage === undefined && header.readUInt16BE(14) !== 0) return LOGIN_STATUS.sessionDoesNotExist;
    if (stage !== STAGE.security && stage !== STAGE.operational) return LOGIN_STATUS.invalidRequest;
    if (this.#stage !== undefined && stage < this.#stage) return LOGIN_STATUS.invalidRequest;
    const next = flags & 3;
    const isTransit = (flags & FINAL) !== 0;
    if (isTransit && ((flags & CONTINUE) !== 0 || next <= stage || next === 2)) return LOGIN_STATUS.invalidRequest;
    this.#stage = stage;
    return undefined;
  }

  /** Reads who asks; a status where that is refused. */
  async #begin({ header }: Pdu, pairs: TextPairs): Promise<number | undefined> {
    const keys = new Map(pairs);
    const initiatorName = keys.get('InitiatorName');
    const type = keys.get('SessionType') ?? 'Normal';
    if (type !== 'Normal' && type !== 'Discovery') return LOGIN_STATUS.sessionTypeNotSupported;
    const targetName = type === 'Normal' ? keys.get('TargetName') : undefined;
    const isComplete = initiatorName !== undefined && initiatorName !== '' && (type === 'Discovery' || targetName !== undefined);
    if (!isComplete) return LOGIN_STATUS.missingParameter;
    const isid = header.subarray(8, 14).toString('hex');
    const ask = { initiatorName: printable(initiatorName, MAX_NAME), isid, targetName };
    const admission = await this.#admit(ask).catch(() => ({ kind: 'refused', status: LOGIN_STATUS.targetError }) as const);
    if (admission.kind === 'refused') return admission.status;
    this.#ask = ask;
    this.#chap = admission.chap;
    this.#isAuthenticated = admission.chap === undefined;
    return undefined;
  }

  #security(pdu: Pdu, pairs: TextPairs): LoginStep {
    const methods = pairs.find(([key]) => key === 'AuthMethod')?.[1]?.split(',');
    const answers: TextPair[] = [];
    if (methods) {
      const method = this.#chap ? 'CHAP' : 'None';
      if (!methods.includes(method)) return this.#failed(pdu, LOGIN_STATUS.authenticationFailure);
      answers.push(['AuthMethod', method]);
    }
    if (!this.#isAuthenticated && this.#chap) {
      const chap = this.#chapAnswers(pairs, this.#chap, methods !== undefined);
      if (!chap) return this.#failed(pdu, LOGIN_STATUS.authenticationFailure);
      answers.push(...chap);
    }
    const others = pairs.filter(([key]) => key !== 'AuthMethod' && !key.startsWith('CHAP_'));
    return this.#answer(pdu, answers, others);
  }

  /** Undefined where the initiator did not prove itself. */
  #chapAnswers(pairs: TextPairs, account: ChapAccount, isFirst: boolean): TextPairs | undefined {
    const keys = new Set(pairs.map(([key]) => key));
    if (keys.has('CHAP_R')) {
      const answers = this.#challenge && respond(pairs, this.#challenge, account);
      this.#challenge = undefined;
      this.#isAuthenticated = answers !== undefined;
      return answers;
    }
    if (!keys.has('CHAP_A')) return isFirst ? [] : undefined;
    const begun = challenge(pairs);
    this.#challenge = begun?.sent;
    return begun?.answers;
  }

  #operational(pdu: Pdu, pairs: TextPairs): LoginStep {
    return this.#isAuthenticated ? this.#answer(pdu, [], pairs) : this.#failed(pdu, LOGIN_STATUS.authenticationFailure);
  }

  #answer(pdu: Pdu, answers: TextPair[], offers: TextPairs): LoginStep {
    const isTransit = (pdu.flags & FINAL) !== 0 && this.#isAuthenticated;
    const isLast = isTransit && (pdu.flags & 3) === STAGE.fullFeature;
    const { answers: operational, agreed } = negotiate(offers, this.#agreed);
    this.#agreed = agreed;
    answers.push(...operational, ...this.#declared(isLast));
    const isTooLong = encodeText(answers).length > MAX_ANSWER;
    if (isTooLong) return this.#failed(pdu, LOGIN_STATUS.initiatorError);
    const { header, data } = this.#response(pdu, answers, { isTransit, isLast });
    if (!isLast || !this.#ask) return { kind: 'answer', header, data };
    return { kind: 'done', header, data, ask: this.#ask, agreed };
  }

  /** The group tag goes with the first answer (RFC 7143 §13.9), the longest data segment where operational keys may. */
  #declared(isLast: boolean): TextPair[] {
    const declared: TextPair[] = [];
    if (!this.#hasGroupTag && this.#ask?.targetName !== undefined) declared.push(['TargetPortalGroupTag', '1']);
    this.#hasGroupTag = true;
    if (!this.#hasDeclared && (this.#stage === STAGE.operational || isLast)) {
      this.#hasDeclared = true;
      declared.push(['MaxRecvDataSegmentLength', String(MAX_RECEIVE)]);
    }
    return declared;
  }

  #response(pdu: Pdu, answers: TextPairs, { isTransit = false, isLast = false }): { header: Buffer; data: Buffer } {
    const header = this.#header(pdu, isTransit ? FINAL | (pdu.flags & 0x0f) : pdu.flags & 0x0c);
    if (isLast) header.writeUInt16BE(this.#tsih(), 14);
    return { header, data: encodeText(answers) };
  }

  #failed(pdu: Pick<Pdu, 'header' | 'flags'>, status: number): Extract<LoginStep, { kind: 'failed' }> {
    const header = this.#header(pdu, pdu.flags & 0x0c);
    header.writeUInt16BE(status, 36);
    return { kind: 'failed', header, status };
  }

  #header({ header: request }: Pick<Pdu, 'header'>, flags: number): Buffer {
    const header = headerOf(RESPONSE.login, flags);
    request.copy(header, 8, 8, 20);
    const cmdSn = request.readUInt32BE(24);
    header.writeUInt32BE(this.#statSn++, 24);
    header.writeUInt32BE(cmdSn, 28);
    header.writeUInt32BE((cmdSn + 1) >>> 0, 32);
    return header;
  }
}
