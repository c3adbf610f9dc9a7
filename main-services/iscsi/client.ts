import type { Socket } from 'node:net';
import { BootbenchError, asBootbenchError } from '../../contract/errors.ts';
import { hostTargetName, parseTargetName, type ChapAccount } from '../../contract/iscsi.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { BootService, HostInterface } from '../boot/boot.ts';
import type { DataPlane } from '../data-plane/data-plane.ts';
import { decideLogin, type LoginDecision, type SessionTarget } from './admission.ts';
import { Connection } from './connection.ts';
import type { Admission, LoginAsk, Refusal } from './login/login.ts';
import { openMedium, type MediaDeps } from './media.ts';
import type { Records } from './records.ts';
import * as sentences from './sentences.ts';
import type { Medium } from './session/medium.ts';
import { MAX_SESSIONS_PER_OWNER, type OpenSession, type Sessions } from './sessions.ts';
import { LOGIN_STATUS } from './wire/codes.ts';

export interface ClientDeps extends MediaDeps {
  readonly boot: MediaDeps['boot'] & Pick<BootService, 'identifyMac' | 'machineAt' | 'imageNamed'>;
  /** The account of a host, or why it cannot be used; undefined where it needs none. */
  readonly chap: (machine: HostInterface) => Promise<ChapAccount | BootbenchError | undefined>;
  readonly clock: Clock;
  readonly plane: DataPlane;
  readonly sessions: Sessions;
  readonly records: Records;
  readonly tsih: () => number;
}

/** One connection of an initiator: who it is, what it may read, and what is recorded of it. */
export class Client {
  readonly ip: string;
  readonly #deps: ClientDeps;
  readonly #portal: string;
  readonly #connection: Connection;
  #to: SessionTarget | undefined;
  #medium: Medium | undefined;
  #session: OpenSession | undefined;
  #isLoggedIn = false;
  /** Why it ends; also that its refusal is recorded. */
  #reason: string | undefined;

  constructor(socket: Socket, ip: string, deps: ClientDeps) {
    this.ip = ip;
    this.#deps = deps;
    this.#portal = `${plainAddress(socket.localAddress)}:${socket.localPort ?? 0},1`;
    this.#connection = new Connection(socket, {
      clock: deps.clock,
      plane: deps.plane,
      admit: (ask) => this.#admit(ask),
      open: (ask) => this.#open(ask),
      targets: () => this.#targets(),
      tsih: deps.tsih,
      loggedIn: (ask) => this.#loggedIn(ask),
      failed: (reason, status) => this.#failed(reason, status),
      readFailed: (error) => this.#readFailed(error),
    });
    socket.once('close', () => this.#closed());
  }

  /** Whether it logged in to a target; discovery has none. */
  get hasSession(): boolean {
    return this.#session !== undefined;
  }

  close(reason: string): void {
    this.#reason ??= reason;
    this.#connection.close();
  }

  async #admit(ask: LoginAsk): Promise<Admission> {
    if (ask.targetName === undefined) return { kind: 'admitted' };
    const decision = await this.#decide(ask.targetName);
    if (decision.kind === 'refused') return this.#refuse(decision.status, decision.error, macOf(ask.targetName));
    const { to, chap } = decision;
    this.#to = to;
    return this.#noPlace(to, ask) ?? { kind: 'admitted', chap };
  }

  /** The refusal of a login that finds no place. */
  #noPlace(to: SessionTarget, { initiatorName, isid }: LoginAsk): Refusal | undefined {
    if (!this.#deps.sessions.places({ to, initiatorName, isid, address: this.ip }).isFull) return undefined;
    const error = new BootbenchError('E_ISCSI_BUSY', sentences.tooManySessions(MAX_SESSIONS_PER_OWNER));
    return this.#refuse(LOGIN_STATUS.outOfResources, error, to.kind === 'host' ? to.machine.iface.mac : undefined);
  }

  async #decide(name: string): Promise<LoginDecision> {
    const { boot, chap } = this.#deps;
    const target = parseTargetName(name);
    const identity = target?.kind === 'host' ? boot.identifyMac(target.mac) : undefined;
    const owner = identity?.kind === 'host' ? { host: identity.host, iface: identity.iface } : undefined;
    const asker = owner ? await boot.machineAt(this.ip, owner.iface.mac).catch(asBootbenchError) : UNKNOWN_CLIENT;
    const image = target?.kind === 'image' ? boot.imageNamed(target.image) : undefined;
    return decideLogin({ name, target, owner, asker, image, chap: owner && (await chap(owner)) });
  }

  #refuse(status: number, error: BootbenchError, mac: string | undefined): Refusal {
    this.#reason = error.message;
    this.#deps.records.refused(this.ip, error, mac);
    return { kind: 'refused', status };
  }

  async #open({ initiatorName }: LoginAsk): Promise<Medium | undefined> {
    if (!this.#to) return undefined;
    const reader = { ip: this.ip, initiatorName, since: this.#deps.watch.lastSeq };
    const { sessions } = this.#deps;
    const medium = await openMedium(this.#deps, this.#to, reader, (bytes) => {
      if (this.#session) sessions.delivered(this.#session, bytes);
    });
    this.#medium = { ...medium, reservations: sessions.reservationsOf(this.#to) };
    return this.#medium;
  }

  /** Only the asker's own target, at the address that it came to. */
  async #targets(): Promise<{ name: string; portal: string }[]> {
    const asker = await this.#deps.boot.machineAt(this.ip).catch(asBootbenchError);
    if (asker instanceof BootbenchError) return [];
    return [{ name: hostTargetName(asker.iface.mac), portal: this.#portal }];
  }

  /** Others may have logged in since it was admitted. */
  #loggedIn(ask: LoginAsk): Refusal | undefined {
    const refusal = this.#to && this.#noPlace(this.#to, ask);
    if (refusal) return refusal;
    this.#isLoggedIn = true;
    if (!this.#to || !this.#medium) return undefined;
    const { initiatorName, isid } = ask;
    const { sessions, records } = this.#deps;
    const { device } = this.#medium.unit;
    const session = sessions.begin(
      { to: this.#to, initiatorName, isid, address: this.ip },
      { device, close: (reason) => this.close(reason === 'made-room' ? sentences.MADE_ROOM : sentences.CONNECTED_AGAIN) },
    );
    this.#session = session;
    records.loggedIn(session);
    return undefined;
  }

  #failed(reason: string, status: number | undefined): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    if (this.#isLoggedIn) return;
    const error =
      status === LOGIN_STATUS.authenticationFailure
        ? new BootbenchError('E_ISCSI_LOGIN', sentences.CHAP_FAILED)
        : new BootbenchError('E_BAD_INPUT', sentences.loginFailed(reason));
    this.#deps.records.refused(this.ip, error, this.#to?.kind === 'host' ? this.#to.machine.iface.mac : undefined);
  }

  #readFailed(error: unknown): void {
    if (this.#to) this.#deps.records.readFailed({ address: this.ip, to: this.#to }, error);
  }

  #closed(): void {
    const session = this.#session;
    if (!session) return;
    this.#session = undefined;
    this.#deps.sessions.end(session);
    this.#deps.records.closed(session, this.#reason);
  }
}

/** The target of an image admits clients that are not known. */
const UNKNOWN_CLIENT = new BootbenchError('E_IDENTITY_UNKNOWN', '');

function macOf(targetName: string): string | undefined {
  const target = parseTargetName(targetName);
  return target?.kind === 'host' ? target.mac : undefined;
}

/** IPv4 clients of a dual-stack socket appear as ::ffff:192.0.2.1. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/i, '');
}
