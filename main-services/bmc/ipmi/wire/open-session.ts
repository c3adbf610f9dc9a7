import { randomBytes } from 'node:crypto';
import type { Clock, Log } from '../../../../contract/runtime.ts';
import { uint32 } from './bytes.ts';
import { capabilitiesRequest, offersIpmi2 } from './capabilities.ts';
import { COMMAND, COMPLETION, PAYLOAD, PRIVILEGE, type Privilege } from './codes.ts';
import { consoleProof, judgeOpen, judgeRakp2, judgeRakp4, keysOf, type Refusal, type Secrets } from './handshake.ts';
import { answers, decodeResponse, encodeRequest } from './message.ts';
import * as rakp from './rakp.ts';
import { encodePlain, encodeV15 } from './rmcp.ts';
import { onlyIpmi15, refusedCommand, refusedSession, refusedSuites, silent, silentToUser, wentSilent } from './sentences.ts';
import { Session } from './session.ts';
import { suitesToTry, type Suite, type SuiteId } from './suites.ts';
import type { IpmiTiming } from './timing.ts';
import { repeated } from './transient.ts';
import { openTransport, type Transport } from './transport.ts';

export interface OpenOptions {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** The suite that worked last time. */
  readonly suite?: SuiteId | undefined;
  readonly rememberSuite?: ((suite: SuiteId) => void) | undefined;
  readonly bindAddress?: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly timing: IpmiTiming;
}

/** An answer repeats the request's tag and, unless it refuses, our session id. */
interface Answer {
  readonly tag: number;
  readonly status: number;
  readonly consoleId: number;
}

/** One request of the handshake. */
interface Step<T extends Answer> {
  readonly types: readonly [ask: number, expect: number];
  readonly request: (tag: number) => Uint8Array;
  readonly decode: (payload: Uint8Array) => T | undefined;
  readonly consoleId: number;
  readonly waits?: readonly number[];
}

/** Why this suite or role did not do; another may. */
class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.kind);
    this.refusal = refusal;
  }
}

/** A session as administrator or, where the user may not, as operator. BootbenchErrors as BmcProvider names them. */
export async function openSession(options: OpenOptions, signal?: AbortSignal): Promise<Session> {
  const transport = await openTransport(options, signal);
  try {
    return await new Opening(options, transport, signal).open();
  } catch (error) {
    await transport.close();
    throw error;
  }
}

/** "10.0.0.5", with the port where it is not the usual one. */
export function shownBmc(host: string, port: number): string {
  if (port === 623) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

class Opening {
  readonly #options: OpenOptions;
  readonly #transport: Transport;
  readonly #signal: AbortSignal | undefined;
  readonly #bmc: string;
  #tag = 0;

  constructor(options: OpenOptions, transport: Transport, signal: AbortSignal | undefined) {
    this.#options = options;
    this.#transport = transport;
    this.#signal = signal;
    this.#bmc = shownBmc(options.host, options.port);
  }

  async open(): Promise<Session> {
    await this.#lookWhoIsThere();
    const tried: { suite: number; words: string }[] = [];
    for (const suite of suitesToTry(this.#options.suite)) {
      const opened = await this.#whenThereIsRoom(suite);
      if (opened instanceof Session) {
        this.#options.rememberSuite?.(suite.id);
        return opened;
      }
      tried.push({ suite: suite.id, words: opened.words });
    }
    throw refusedSuites(this.#bmc, tried);
  }

  /** Every BMC answers this, so a silent port is known before anything secret is at stake. */
  async #lookWhoIsThere(): Promise<void> {
    const { host, port, timing } = this.#options;
    const command = COMMAND.channelCapabilities;
    const sequence = 0;
    const packet = encodeV15(encodeRequest(command, sequence, capabilitiesRequest(PRIVILEGE.administrator)));
    const response = await this.#transport.exchange({
      waits: timing.probe,
      packet: () => packet,
      accept: (datagram) => {
        if (datagram.kind === 'malformed') return undefined;
        const read = decodeResponse(datagram.kind === 'v15' ? datagram.message : datagram.payload);
        return read && answers(read, command, sequence) ? read : undefined;
      },
      signal: this.#signal,
    });
    if (!response) throw silent(host, port, timing.probe.reduce((sum, wait) => sum + wait, 0) / 1000);
    if (response.completion === COMPLETION.ok && offersIpmi2(response.data) === false) throw onlyIpmi15(this.#bmc);
  }

  /** "Insufficient resources to create a session" passes: BMCs have room for four or so (openshift-kni/baremetal-deploy#481). */
  async #whenThereIsRoom(suite: Suite): Promise<Session | { words: string }> {
    const { clock, timing } = this.#options;
    const patience = { clock, busy: timing.busy, signal: this.#signal };
    const opened = await repeated(
      () => this.#withSuite(suite),
      (outcome) => !(outcome instanceof Session) && outcome.kind === 'busy',
      patience,
    );
    if (opened instanceof Session || opened.kind === 'suite') return opened;
    throw refusedSession(this.#bmc, this.#options.username, opened);
  }

  async #withSuite(suite: Suite): Promise<Session | { kind: 'suite' | 'busy'; words: string }> {
    try {
      return await this.#asAdministratorOrOperator(suite);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { refusal } = error;
      if (refusal.kind === 'suite' || refusal.kind === 'busy') return { kind: refusal.kind, words: refusal.words };
      throw refusedSession(this.#bmc, this.#options.username, refusal);
    }
  }

  async #asAdministratorOrOperator(suite: Suite): Promise<Session> {
    try {
      return await this.#as(PRIVILEGE.administrator, suite);
    } catch (error) {
      if (!(error instanceof Refused) || error.refusal.kind !== 'role') throw error;
      return this.#as(PRIVILEGE.operator, suite);
    }
  }

  async #as(privilege: Privilege, suite: Suite): Promise<Session> {
    const consoleId = uint32(randomBytes(4), 0) || 1;
    const { managedId } = await this.#agreeOnSuite(privilege, suite, consoleId);
    const secrets = await this.#learnSecrets(suite, rakp.roleByte(privilege), consoleId, managedId);
    const session = this.#sessionOf(secrets);
    try {
      await this.#prove(secrets);
      await this.#raisePrivilege(session, privilege);
      return session;
    } catch (error) {
      if (!(error instanceof Refused)) await session.close();
      throw error;
    }
  }

  #sessionOf(secrets: Secrets): Session {
    const { timing, clock, log } = this.#options;
    const { consoleId, managedId, guid } = secrets;
    return new Session({
      transport: this.#transport,
      bmc: this.#bmc,
      keys: keysOf(secrets),
      consoleId,
      managedId,
      guid,
      timing,
      clock,
      log,
    });
  }

  async #agreeOnSuite(privilege: Privilege, suite: Suite, consoleId: number): Promise<rakp.OpenResponse> {
    const response = await this.#step({
      types: [PAYLOAD.openRequest, PAYLOAD.openResponse],
      request: (tag) => rakp.encodeOpenRequest(tag, privilege, consoleId, suite),
      decode: rakp.decodeOpenResponse,
      consoleId,
      // Some BMCs meet a suite that they do not know with silence.
      waits: this.#options.timing.probe,
    });
    if (!response) throw new Refused({ kind: 'suite', words: 'no answer' });
    refuse(judgeOpen(response, suite));
    return response;
  }

  async #learnSecrets(suite: Suite, role: number, consoleId: number, managedId: number): Promise<Secrets> {
    const name = this.#options.username;
    const [username, password] = [Buffer.from(name), Buffer.from(this.#options.password)];
    const consoleRandom = randomBytes(16);
    const response = await this.#step({
      types: [PAYLOAD.rakp1, PAYLOAD.rakp2],
      request: (tag) => rakp.encodeRakp1(tag, managedId, consoleRandom, role, username),
      decode: rakp.decodeRakp2,
      consoleId,
    });
    if (!response) throw silentToUser(this.#bmc, name);
    const { managedRandom, guid } = response;
    const secrets = { suite, role, consoleId, managedId, username, password, consoleRandom, managedRandom, guid };
    refuse(judgeRakp2(response, secrets));
    return secrets;
  }

  async #prove(secrets: Secrets): Promise<void> {
    const response = await this.#step({
      types: [PAYLOAD.rakp3, PAYLOAD.rakp4],
      request: (tag) => rakp.encodeRakp3(tag, secrets.managedId, consoleProof(secrets)),
      decode: rakp.decodeRakp4,
      consoleId: secrets.consoleId,
    });
    if (!response) throw wentSilent(this.#bmc, 'RAKP 3');
    refuse(judgeRakp4(response, secrets));
  }

  /** Every session begins with the rights of a mere user (§22.18). */
  async #raisePrivilege(session: Session, privilege: Privilege): Promise<void> {
    const { completion } = await session.request(COMMAND.setPrivilege, Uint8Array.of(privilege), this.#signal);
    if (completion !== COMPLETION.ok) throw refusedCommand(this.#bmc, COMMAND.setPrivilege, completion);
  }

  #step<T extends Answer>({ types, request, decode, consoleId, waits = this.#options.timing.request }: Step<T>): Promise<T | undefined> {
    const tag = this.#tag++ & 0xff;
    const [ask, expect] = types;
    const packet = encodePlain(ask, request(tag));
    return this.#transport.exchange({
      waits,
      packet: () => packet,
      accept: (datagram) => {
        if (datagram.kind !== 'plus' || datagram.payloadType !== expect || datagram.encrypted) return undefined;
        const response = decode(datagram.payload);
        const ours = response?.tag === tag && (response.status !== 0 || response.consoleId === consoleId);
        return ours ? response : undefined;
      },
      signal: this.#signal,
    });
  }
}

function refuse(refusal: Refusal | undefined): void {
  if (refusal) throw new Refused(refusal);
}
