import type { BootbenchError } from '../../../contract/errors.ts';
import type { Clock } from '../../../contract/runtime.ts';
import { withDeadline } from '../../../util/async.ts';
import { deactivateSol, solOwner } from '../../bmc/ipmi/sol.ts';
import { COMMAND, PAYLOAD } from '../../bmc/ipmi/wire/codes.ts';
import type { Session } from '../../bmc/ipmi/wire/session.ts';
import { SolLink } from '../../bmc/ipmi/wire/sol-link.ts';
import { decodeSol } from '../../bmc/ipmi/wire/sol-packet.ts';
import type { ConsoleTransport, TransportEvents } from '../transport.ts';
import { SolReports } from './reports.ts';
import * as sentences from './sentences.ts';

export interface SolParts {
  readonly session: Session;
  readonly bmc: string;
  readonly events: TransportEvents;
  readonly clock: Clock;
  readonly mostCharacters: number;
  /** SOL payloads that came before. */
  readonly early: readonly Uint8Array[];
  /** Between the commands that keep the session, in milliseconds. */
  readonly keepAlive: number;
  readonly room: number | undefined;
  /** The BMC no longer answers; it may still have the session. */
  readonly onLost: () => void;
  /** Without an answer, in milliseconds. */
  readonly goneAfter: number;
}

/** The first check comes early: it finds out whether the BMC reports whose SOL is. */
const FIRST_KEEP_ALIVE_MS = 1000;
/** Together with the closing of the session less than 2 s. */
const DEACTIVATE_MS = 1200;
const CHECK_WAITS_MS = [800];
const KEEP_ALIVE_AGAIN_MS = 2000;

export class SolTransport implements ConsoleTransport {
  readonly baud = undefined;
  readonly canBreak = true;
  readonly #parts: SolParts;
  readonly #link: SolLink;
  readonly #stopListening: () => void;
  readonly #reports: SolReports;
  #stopKeepAlive = (): void => undefined;
  #stopGoneTimer: (() => void) | undefined;
  /** A command is on its way. */
  #isAsking = false;
  #isOver = false;
  #closing: Promise<void> | undefined;
  /** What the BMC reports of SOL's owner is understood. */
  #wasOwn = false;
  #reportsOwner = true;

  constructor(parts: SolParts) {
    this.#parts = parts;
    const { session, events, clock, mostCharacters, room, bmc } = parts;
    this.#reports = new SolReports({ clock, say: (what) => events.notice(sentences.REPORTS[what]) });
    this.#link = new SolLink({
      clock,
      mostCharacters,
      ...(room !== undefined && { room }),
      events: {
        send: (payload) => session.send(PAYLOAD.sol, payload),
        data: (characters) => events.data(characters),
        report: (what) => this.#reports.report(what),
        check: () => this.#answers(),
        ended: (reason) => (reason === 'silent' ? this.#gone() : this.#lost(sentences.endedByBmc(bmc))),
      },
    });
    this.#stopListening = session.listen(
      PAYLOAD.sol,
      (payload) => this.#receive(payload),
      // An error of the network loses packets; the session may outlive it.
      () => undefined,
    );
    for (const payload of parts.early) this.#receive(payload);
    this.#keepAliveIn(Math.min(FIRST_KEEP_ALIVE_MS, parts.keepAlive));
  }

  get description(): string {
    return sentences.describeSol(this.#parts.bmc);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#link.write(bytes).catch(() => Promise.reject(sentences.sessionLost(this.#parts.bmc)));
  }

  sendBreak(): Promise<void> {
    return this.#link.sendBreak().catch(() => Promise.reject(sentences.sessionLost(this.#parts.bmc)));
  }

  pause(): void {
    this.#link.pause();
  }

  resume(): void {
    this.#link.resume();
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    const { session, clock, bmc, events } = this.#parts;
    this.#finish();
    const deactivated = withDeadline(
      clock,
      DEACTIVATE_MS,
      () => sentences.sessionLost(bmc),
      (signal) => deactivateSol(session, signal),
    );
    await deactivated.catch(() => undefined);
    await session.close();
    events.closed();
  }

  #receive(payload: Uint8Array): void {
    const packet = decodeSol(payload);
    if (packet && !this.#isOver) this.#link.receive(packet);
  }

  #keepAliveIn(ms: number): void {
    const { clock, bmc, keepAlive } = this.#parts;
    this.#stopKeepAlive = clock.after(ms, () => {
      this.#asking(() => this.#isStillOwn()).then(
        (isOwn) => {
          this.#stopGoneTimer?.();
          this.#stopGoneTimer = undefined;
          if (!isOwn) this.#lost(sentences.endedByBmc(bmc));
          else if (!this.#isOver) this.#keepAliveIn(keepAlive);
        },
        () => {
          if (this.#isOver) return;
          this.#stopGoneTimer ??= clock.after(this.#parts.goneAfter, () => this.#gone());
          this.#keepAliveIn(Math.min(KEEP_ALIVE_AGAIN_MS, keepAlive));
        },
      );
    });
  }

  async #asking<T>(work: () => Promise<T>): Promise<T> {
    this.#isAsking = true;
    try {
      return await work();
    } finally {
      this.#isAsking = false;
    }
  }

  /** The packet that says that SOL has ended can be lost, and some firmware sends none. */
  async #isStillOwn(): Promise<boolean> {
    const { session } = this.#parts;
    const owner = this.#reportsOwner ? await this.#owner() : undefined;
    if (owner === undefined) {
      await session.request(COMMAND.deviceId);
      this.#reportsOwner = false;
    }
    if (owner === 'own') this.#wasOwn = true;
    return owner !== 'other' || !this.#wasOwn;
  }

  /** Undefined for a BMC that does not answer this command; one that answered it before is gone. */
  #owner(): Promise<'own' | 'other' | 'unknown' | undefined> {
    return solOwner(this.#parts.session).catch((error: unknown) => {
      if (this.#wasOwn) throw error;
      return undefined;
    });
  }

  /** Whether a command that is sent now is answered; not known while another waits. */
  async #answers(): Promise<boolean> {
    if (this.#isAsking) return false;
    const { session } = this.#parts;
    return this.#asking(() => session.request(COMMAND.deviceId, undefined, undefined, { waits: CHECK_WAITS_MS })).then(
      () => true,
      () => false,
    );
  }

  #gone(): void {
    if (!this.#isOver) this.#parts.onLost();
    this.#lost(sentences.sessionLost(this.#parts.bmc));
  }

  #lost(error: BootbenchError): void {
    if (this.#isOver) return;
    this.#finish();
    this.#closing ??= this.#parts.session.close();
    this.#parts.events.closed(error);
  }

  #finish(): void {
    this.#isOver = true;
    this.#stopKeepAlive();
    this.#reports.close();
    this.#stopGoneTimer?.();
    this.#stopListening();
    this.#link.close();
  }
}
