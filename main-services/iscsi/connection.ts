import type { Socket } from 'node:net';
import type { Clock } from '../../contract/runtime.ts';
import type { DataPlane } from '../data-plane/data-plane.ts';
import { Outlet } from '../data-plane/outlet.ts';
import { Login, type Admission, type LoginAsk, type Refusal } from './login/login.ts';
import { MAX_RECEIVE } from './login/negotiate.ts';
import { Outbox } from './outbox.ts';
import type { Medium } from './session/medium.ts';
import type { PduData, Send } from './session/scsi-task.ts';
import { Sequence } from './session/sequence.ts';
import { Session } from './session/session.ts';
import { LOGIN_STATUS, REJECT, REQUEST } from './wire/codes.ts';
import { encodeHead, encodePdu, NO_DIGESTS, PduReader, type Digests, type Pdu, type PduProblem } from './wire/pdu.ts';

/** What initiators get of this target, and who they are. */
export interface ConnectionDeps {
  readonly clock: Clock;
  /** Undefined: all bytes are read before they are sent. */
  readonly plane?: DataPlane | undefined;
  readonly admit: (ask: LoginAsk) => Promise<Admission>;
  /** The medium of a target after the login. Rejects where it cannot be read now. */
  readonly open: (ask: LoginAsk) => Promise<Medium | undefined>;
  readonly targets: () => Promise<readonly { readonly name: string; readonly portal: string }[]>;
  readonly tsih: () => number;
  /** The last word before the session begins. */
  readonly loggedIn?: (ask: LoginAsk) => Refusal | undefined;
  /** Why the connection ends; `status`: that of a login that was refused. */
  readonly failed: (reason: string, status?: number) => void;
  readonly readFailed: (error: unknown) => void;
}

/** A login that takes longer is ended. */
const LOGIN_MS = 15_000;
/** A discovery asks and ends; one that lasts longer is ended. */
const DISCOVERY_MS = 60_000;
/**
 * TCP itself finds out that an idle initiator is gone: iPXE does not answer a NOP-In that asks for a sign of life, and connects again
 * without a logout.
 */
const KEEP_ALIVE_MS = 60_000;
/** An initiator that takes none of what waits for it for this long is gone. */
const STALLED_MS = 60_000;
/** What was sent may still arrive. */
const LINGER_MS = 1000;
/** More than the reads of a session have in flight: only answers to requests that are never read get there. Then no more is received. */
const MAX_UNSENT_BYTES = 4 * 1_048_576;
/** The same before there is a medium, when anyone may ask: answers are text, and echoes of 64 KiB. */
const MAX_UNSENT_BYTES_WITHOUT_MEDIUM = 262_144;
/** PDUs that wait while a login asks who may; an initiator sends one at a time. */
const MAX_WAITING = 16;

/** One TCP connection of an initiator: login, then its session. Never throws. */
export class Connection {
  readonly #socket: Socket;
  readonly #deps: ConnectionDeps;
  readonly #reader = new PduReader({ maxData: MAX_RECEIVE });
  readonly #login: Login;
  #session: Session | undefined;
  #digests: Digests = NO_DIGESTS;
  readonly #waiting: Pdu[] = [];
  readonly #outlet: Outlet | undefined;
  readonly #out: Outbox;
  #medium: Medium | undefined;
  #maxUnsent = MAX_UNSENT_BYTES_WITHOUT_MEDIUM;
  #isBusy = false;
  #isOver = false;
  #stopTimer = (): void => undefined;

  constructor(socket: Socket, deps: ConnectionDeps) {
    this.#socket = socket;
    this.#outlet = deps.plane && new Outlet(socket, deps.plane, true);
    this.#out = new Outbox(socket, this.#outlet, () => this.#resume());
    this.#deps = deps;
    this.#login = new Login({ admit: deps.admit, tsih: deps.tsih });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('data', (bytes) => this.#received(bytes));
    socket.on('error', () => undefined);
    socket.on('drain', () => this.#resume());
    socket.on('close', () => this.#closed());
    this.#stopTimer = deps.clock.after(LOGIN_MS, () => this.#fail('the login took too long'));
  }

  close(): void {
    this.#socket.destroy();
  }

  #received(bytes: Buffer): void {
    if (this.#isOver) return;
    for (const pdu of this.#reader.push(bytes)) {
      if (this.#hasEnded()) return;
      if ('problem' in pdu) this.#unreadable(pdu.problem, pdu.header);
      else if (this.#session && !this.#isBusy) this.#session.receive(pdu);
      else if (!this.#wait(pdu)) return;
    }
  }

  /** During the login one PDU after the other; digests begin behind its last one. */
  #wait(pdu: Pdu): boolean {
    this.#waiting.push(pdu);
    if (this.#waiting.length > MAX_WAITING) {
      this.#fail('it sent more than one request at a time');
      return false;
    }
    if (!this.#isBusy) void this.#answerWaiting();
    return true;
  }

  async #answerWaiting(): Promise<void> {
    this.#isBusy = true;
    try {
      for (let pdu = this.#waiting.shift(); pdu && !this.#isOver; pdu = this.#waiting.shift()) {
        if (this.#session) this.#session.receive(pdu);
        else if (!(await this.#step(pdu))) return;
      }
    } finally {
      this.#isBusy = false;
    }
  }

  /** One request of the login; false where it failed. */
  async #step(pdu: Pdu): Promise<boolean> {
    if (pdu.opcode !== REQUEST.login) {
      if (this.#login.hasBegun) this.#refuseLogin(pdu.header, LOGIN_STATUS.invalidRequest);
      return this.#fail('it sent another request before its login');
    }
    const step = await this.#login.next(pdu);
    if (this.#hasEnded()) return false;
    if (step.kind === 'failed') {
      void this.#write(step.header, new Uint8Array());
      return this.#fail(`its login was refused (status ${step.status.toString(16).padStart(4, '0')})`, step.status);
    }
    if (step.kind === 'done') {
      const medium = await this.#open(step.ask);
      if (this.#hasEnded()) return false;
      if (!medium && step.ask.targetName !== undefined)
        return this.#refuseAtLast(step.header, LOGIN_STATUS.serviceUnavailable, 'its medium cannot be read now');
      const refusal = this.#deps.loggedIn?.(step.ask);
      if (refusal) return this.#refuseAtLast(step.header, refusal.status, 'there is no place for its session');
      this.#begin(pdu, step, medium);
    }
    void this.#write(step.header, step.data);
    if (step.kind === 'done') {
      this.#digests = step.agreed.digests;
      this.#reader.digests = step.agreed.digests;
    }
    return true;
  }

  /** `header`: of the answer that would have begun the session. */
  #refuseAtLast(header: Buffer, status: number, reason: string): false {
    header.writeUInt16BE(status, 36);
    void this.#write(header, new Uint8Array());
    return this.#fail(reason);
  }

  /** A discovery session has no medium. */
  async #open(ask: LoginAsk): Promise<Medium | undefined> {
    if (ask.targetName === undefined) return undefined;
    try {
      return await this.#deps.open(ask);
    } catch (error) {
      this.#deps.readFailed(error);
      return undefined;
    }
  }

  #begin(pdu: Pdu, { ask, agreed }: Extract<Awaited<ReturnType<Login['next']>>, { kind: 'done' }>, medium: Medium | undefined): void {
    const sequence = new Sequence({ statSn: this.#login.statSn, expCmdSn: pdu.header.readUInt32BE(24) });
    const { targets, readFailed } = this.#deps;
    const send: Send = (header, data, taken) => this.#send(header, data, taken);
    const initiator = ask.initiatorName;
    const isAtHand = (offset: number, length: number): boolean => this.#isAtHand(offset, length);
    this.#medium = medium;
    this.#session = new Session({ medium, initiator, agreed, sequence, targets, send, isAtHand, end: () => this.#end(), readFailed });
    this.#stopTimer();
    if (medium) {
      this.#maxUnsent = MAX_UNSENT_BYTES;
      this.#watch();
    } else this.#stopTimer = this.#deps.clock.after(DISCOVERY_MS, () => this.#fail('its discovery took too long'));
  }

  /** An initiator that takes nothing is noticed; one that has nothing to take may be idle. */
  #watch(taken = 0): void {
    this.#stopTimer = this.#deps.clock.after(STALLED_MS, () => {
      const waiting = this.#socket.writableLength;
      const takenNow = this.#socket.bytesWritten - waiting;
      if (waiting > 0 && takenNow === taken) this.#fail('it no longer takes what it asked for');
      else this.#watch(takenNow);
    });
  }

  /** A promise where there is no more room. */
  #write(header: Buffer, data: PduData, taken?: () => void): Promise<void> | undefined {
    const full = this.#push(header, data, taken);
    if (this.#out.unsent > this.#maxUnsent) this.#socket.pause();
    return full;
  }

  #push(header: Buffer, data: PduData, taken?: () => void): Promise<void> | undefined {
    if (data instanceof Uint8Array) return this.#out.push(encodePdu(header, data, this.#digests), taken);
    const head = encodeHead(header, data.length, this.#digests);
    return this.#medium && this.#out.pushRange(head, this.#medium.source, data, taken);
  }

  /** A digest needs the bytes. */
  #isAtHand(offset: number, length: number): boolean {
    const source = this.#medium?.source;
    return !this.#digests.data && source !== undefined && this.#outlet?.isAtHand(source, offset, length) === true;
  }

  #send(header: Buffer, data: PduData, taken?: () => void): Promise<void> | undefined {
    return this.#hasEnded() ? Promise.reject(new Error('the connection is closed')) : this.#write(header, data, taken);
  }

  #resume(): void {
    if (this.#out.unsent <= this.#maxUnsent) this.#socket.resume();
  }

  #refuseLogin(request: Buffer, status: number): void {
    void this.#write(this.#login.refuse(request, status), new Uint8Array());
  }

  /** Digest errors and PDUs that are too long end the connection: recovery level 0. */
  #unreadable(problem: PduProblem, request: Buffer): void {
    // A header whose digest is wrong is not sent back (RFC 7143 §7.7).
    if (this.#session) {
      if (problem !== 'header-digest') this.#session.reject(request, problem === 'data-digest' ? REJECT.dataDigest : REJECT.protocolError);
    } else if (this.#login.hasBegun || ((request[0] ?? 0) & 0x3f) === REQUEST.login) {
      this.#refuseLogin(request, LOGIN_STATUS.initiatorError);
    }
    this.#fail(`it sent a PDU that cannot be read (${problem})`);
  }

  #fail(reason: string, status?: number): false {
    if (!this.#isOver) this.#deps.failed(reason, status);
    this.#end();
    return false;
  }

  /** What was written is sent; nothing more is read. */
  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting.length = 0;
    this.#session?.close();
    this.#out.end();
    this.#socket.resume();
    this.#stopTimer();
    this.#stopTimer = this.#deps.clock.after(LINGER_MS, () => this.#socket.destroy());
  }

  #hasEnded(): boolean {
    return this.#isOver || this.#socket.destroyed;
  }

  #closed(): void {
    this.#isOver = true;
    this.#waiting.length = 0;
    this.#stopTimer();
    this.#session?.close();
  }
}
