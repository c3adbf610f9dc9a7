import { asBootbenchError, type BootbenchError } from '../../../contract/errors.ts';
import type { Clock, Log } from '../../../contract/runtime.ts';
import { activateSol, deactivateSol } from '../../bmc/ipmi/sol.ts';
import { COMMAND, PAYLOAD } from '../../bmc/ipmi/wire/codes.ts';
import { openSession, shownBmc } from '../../bmc/ipmi/wire/open-session.ts';
import type { Session } from '../../bmc/ipmi/wire/session.ts';
import { SolLink } from '../../bmc/ipmi/wire/sol-link.ts';
import { decodeSol } from '../../bmc/ipmi/wire/sol-packet.ts';
import type { SuiteId } from '../../bmc/ipmi/wire/suites.ts';
import { IPMI_TIMING, type IpmiTiming } from '../../bmc/ipmi/wire/timing.ts';
import type { ConsoleTransport, OpenTransport, TransportEvents } from '../transport.ts';
import * as sentences from './sentences.ts';

export interface SolOptions {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** The cipher suite that worked last time. */
  readonly suite?: SuiteId | undefined;
  readonly rememberSuite?: (suite: SuiteId) => void;
  readonly bindAddress?: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly timing?: Partial<IpmiTiming>;
}

/** BMCs forget a session after 60 s without a command (§6.12.15). */
const KEEP_ALIVE_MS = 15_000;

/**
 * Serial over LAN in an IPMI session of its own. Every character is acknowledged by the other side, so both directions are complete and in order
 * over a network that loses packets. Errors as OpenTransport.
 */
export function openSol(options: SolOptions): OpenTransport {
  return async (events, { signal, takeOver }) => {
    const bmc = shownBmc(options.host, options.port);
    const session = await openSession({ ...options, timing: { ...IPMI_TIMING, ...options.timing } }, signal).catch((error: unknown) => {
      throw sentences.asConsoleError(asBootbenchError(error));
    });
    try {
      // Heard from the first packet on: BMCs print their history right after the activation.
      const early: Uint8Array[] = [];
      const stopEarly = session.listen(
        PAYLOAD.sol,
        (payload) => early.push(payload),
        () => undefined,
      );
      const activation = await activateSol(session, { takeOver, clock: options.clock, signal });
      stopEarly();
      if (activation.kind === 'refused') throw sentences.activationRefused(bmc, activation.completion);
      return new SolTransport({ session, bmc, events, clock: options.clock, mostCharacters: activation.mostCharacters, early });
    } catch (error) {
      await session.close();
      throw sentences.asConsoleError(asBootbenchError(error));
    }
  };
}

interface Parts {
  readonly session: Session;
  readonly bmc: string;
  readonly events: TransportEvents;
  readonly clock: Clock;
  readonly mostCharacters: number;
  /** SOL payloads that came before. */
  readonly early: readonly Uint8Array[];
}

class SolTransport implements ConsoleTransport {
  readonly baud = undefined;
  readonly canBreak = true;
  readonly #parts: Parts;
  readonly #link: SolLink;
  readonly #stopListening: () => void;
  #stopKeepAlive = (): void => undefined;
  #isOver = false;
  /** While paused, packets are not acknowledged, and the BMC sends them again. */
  #isPaused = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { session, events, clock, mostCharacters, bmc } = parts;
    this.#link = new SolLink({
      clock,
      mostCharacters,
      events: {
        send: (payload) => session.send(PAYLOAD.sol, payload),
        data: (characters) => events.data(characters),
        overrun: () => events.notice(sentences.CHARACTERS_LOST),
        ended: (reason) => this.#lost(reason === 'silent' ? sentences.sessionLost(bmc) : sentences.endedByBmc(bmc)),
      },
    });
    this.#stopListening = session.listen(
      PAYLOAD.sol,
      (payload) => this.#receive(payload),
      () => this.#lost(sentences.sessionLost(bmc)),
    );
    for (const payload of parts.early) this.#receive(payload);
    this.#keepAlive();
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
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }

  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#finish();
    await deactivateSol(this.#parts.session).catch(() => undefined);
    await this.#parts.session.close();
    this.#parts.events.closed();
  }

  #receive(payload: Uint8Array): void {
    const packet = decodeSol(payload);
    if (!packet || this.#isOver || (this.#isPaused && packet.characters.length > 0)) return;
    this.#link.receive(packet);
  }

  #keepAlive(): void {
    const { session, clock, bmc } = this.#parts;
    this.#stopKeepAlive = clock.after(KEEP_ALIVE_MS, () => {
      session.request(COMMAND.deviceId).then(
        () => (this.#isOver ? undefined : this.#keepAlive()),
        () => this.#lost(sentences.sessionLost(bmc)),
      );
    });
  }

  #lost(error: BootbenchError): void {
    if (this.#isOver) return;
    this.#finish();
    void this.#parts.session.close();
    this.#parts.events.closed(error);
  }

  #finish(): void {
    this.#isOver = true;
    this.#stopKeepAlive();
    this.#stopListening();
    this.#link.close();
  }
}
