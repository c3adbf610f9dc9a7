import { randomBytes } from 'node:crypto';
import { errnoOf, type BootbenchError } from '../../../../contract/errors.ts';
import type { Clock, Log } from '../../../../contract/runtime.ts';
import { le32 } from './bytes.ts';
import { COMMAND, PAYLOAD, type Command } from './codes.ts';
import { answers, decodeResponse, encodeRequest, type Response } from './message.ts';
import { encodeProtected, type Datagram } from './rmcp.ts';
import { REQUEST_CANCELLED, wentSilent } from './sentences.ts';
import { decrypt, encrypt, isSigned, sign, type SessionKeys } from './suites.ts';
import type { IpmiTiming } from './timing.ts';
import { isWorthRepeating, repeated } from './transient.ts';
import type { Transport } from './transport.ts';
import { abortable } from '../../../../util/async.ts';

/** One RMCP+ session (§6.12, §13.28): signs and encrypts what goes out, believes only what is signed and encrypted. */
export interface SessionOptions {
  readonly transport: Transport;
  /** The BMC's address as shown. */
  readonly bmc: string;
  readonly keys: SessionKeys;
  readonly consoleId: number;
  readonly managedId: number;
  /** The system GUID that the BMC gave in RAKP 2. */
  readonly guid: Uint8Array;
  readonly timing: IpmiTiming;
  readonly clock: Clock;
  readonly log: Log;
}

export type Reply = Pick<Response, 'completion' | 'data'>;

const VECTOR_LENGTH = 16;

export class Session {
  readonly #options: SessionOptions;
  #sent = 0;
  #received = 0;
  #requests = 0;
  /** The end of the newest request: BMCs are asked one thing at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get bmc(): string {
    return this.#options.bmc;
  }

  get guid(): Uint8Array {
    return this.#options.guid;
  }

  /** As the BMC counts its sessions. */
  get id(): number {
    return this.#options.managedId;
  }

  /** Whether a BMC that reports the id of a session means this one. */
  isIdOf(id: number): boolean {
    return id === this.#options.managedId || id === this.#options.consoleId;
  }

  /**
   * Any completion code is an answer; those that pass are waited for. `twice: false`: the command must not be done twice, so it is not
   * repeated where it may have been done. `waits`: instead of the usual ones. E_BMC_UNREACHABLE, E_CANCELLED.
   */
  request(
    command: Command,
    data: Uint8Array = new Uint8Array(),
    signal?: AbortSignal,
    { twice = true, waits = this.#options.timing.request }: { twice?: boolean; waits?: readonly number[] } = {},
  ): Promise<Reply> {
    const { timing, clock } = this.#options;
    const passing = ({ completion }: Reply): boolean => isWorthRepeating(completion, twice);
    const answer = this.#turn.then(() =>
      repeated(() => this.#answerTo(command, data, waits, signal), passing, { clock, busy: timing.busy, signal }),
    );
    this.#turn = answer.catch(() => undefined);
    return abortable(answer, signal, REQUEST_CANCELLED);
  }

  /** Sends a payload of another type, encrypted and signed, without waiting for an answer. */
  send(payloadType: number, payload: Uint8Array): void {
    this.#options.transport.send(this.#protect(payload, payloadType));
  }

  /** Passes payloads of that type on; `fail` gets what ended the connection. Ends with the returned function. */
  listen(payloadType: number, take: (payload: Uint8Array) => void, fail: (error: BootbenchError) => void): () => void {
    return this.#options.transport.listen((datagram) => {
      const payload = this.#payloadOf(datagram, payloadType);
      if (payload) take(payload);
    }, fail);
  }

  /** Ends the session on the BMC, too, as far as it listens. Never throws. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    const { transport, timing, managedId, log } = this.#options;
    try {
      const answer = await this.#ask(COMMAND.closeSession, le32(managedId), timing.close, undefined);
      if (!answer) log.debug({}, 'IPMI session was closed without an answer');
    } catch (error) {
      log.debug({ error }, 'IPMI session could not be closed');
    } finally {
      await transport.close();
    }
  }

  async #answerTo(command: Command, data: Uint8Array, waits: readonly number[], signal: AbortSignal | undefined): Promise<Reply> {
    const { bmc } = this.#options;
    const reply = await this.#ask(command, data, waits, signal).catch((error: unknown) => {
      throw errnoOf(error) === 'E_BMC_UNREACHABLE' ? wentSilent(bmc, command.name, error) : error;
    });
    if (!reply) throw wentSilent(bmc, command.name);
    return reply;
  }

  /** A repeated sending keeps the request's number, so that the BMC knows it again, and takes a new one of the session. */
  #ask(command: Command, data: Uint8Array, waits: readonly number[], signal: AbortSignal | undefined): Promise<Reply | undefined> {
    const sequence = this.#requests++ & 0x3f;
    const message = encodeRequest(command, sequence, data);
    const accept = (datagram: Datagram): Reply | undefined => {
      const response = this.#read(datagram);
      return response && answers(response, command, sequence) ? response : undefined;
    };
    return this.#options.transport.exchange({ waits, packet: () => this.#protect(message), accept, signal });
  }

  #protect(payload: Uint8Array, payloadType: number = PAYLOAD.message): Uint8Array {
    const { keys, managedId } = this.#options;
    this.#sent++;
    return encodeProtected({
      payloadType,
      sessionId: managedId,
      sequence: this.#sent,
      payload: encrypt(keys, payload, randomBytes(VECTOR_LENGTH)),
      sign: (bytes) => sign(keys, bytes),
    });
  }

  #read(datagram: Datagram): Response | undefined {
    const message = this.#payloadOf(datagram, PAYLOAD.message);
    return message && decodeResponse(message);
  }

  /** What a datagram of this session carries; undefined where it is not signed, encrypted and newer than what came before. */
  #payloadOf(datagram: Datagram, payloadType: number): Uint8Array | undefined {
    const { keys, consoleId } = this.#options;
    if (datagram.kind !== 'plus' || datagram.payloadType !== payloadType || datagram.sessionId !== consoleId) return undefined;
    if (!datagram.authenticated || !datagram.encrypted || datagram.sequence < this.#received) return undefined;
    if (!isSigned(keys, datagram.session)) return undefined;
    this.#received = datagram.sequence;
    return decrypt(keys, datagram.payload);
  }
}
