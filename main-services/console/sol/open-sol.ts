import { asBootbenchError } from '../../../contract/errors.ts';
import type { Clock, Log } from '../../../contract/runtime.ts';
import { activateSol } from '../../bmc/ipmi/sol.ts';
import { PAYLOAD } from '../../bmc/ipmi/wire/codes.ts';
import { openSession, shownBmc } from '../../bmc/ipmi/wire/open-session.ts';
import type { Session } from '../../bmc/ipmi/wire/session.ts';
import { decodeSol } from '../../bmc/ipmi/wire/sol-packet.ts';
import type { SuiteId } from '../../bmc/ipmi/wire/suites.ts';
import { IPMI_TIMING, type IpmiTiming } from '../../bmc/ipmi/wire/timing.ts';
import type { OpenTransport } from '../transport.ts';
import type { OwnSessions } from './own-sessions.ts';
import * as sentences from './sentences.ts';
import { SolTransport } from './sol-transport.ts';

export interface SolOptions {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** The cipher suite that worked last time. */
  readonly suite?: SuiteId | undefined;
  readonly rememberSuite?: (suite: SuiteId) => void;
  /** Sessions that were lost, of all openings. */
  readonly own?: OwnSessions;
  readonly bindAddress?: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly timing?: Partial<IpmiTiming>;
  /** Between the commands that keep the session, in milliseconds. */
  readonly keepAlive?: number;
  /** How long it is tried without an answer, in milliseconds. */
  readonly goneAfter?: number;
  /** Bytes of output that are held while the console is paused. */
  readonly room?: number;
}

/** BMCs forget a session after 60 s without a command (§6.12.15). */
const KEEP_ALIVE_MS = 15_000;
/** A BMC that shares the port of a machine has no link for some seconds when the machine is switched on (openbmc#2197). */
const GONE_AFTER_MS = 20_000;
const IPMI_PORT = 623;

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
      const early = earlyPackets(session);
      const activation = await activateSol(session, { takeOver, lost: options.own?.recent(bmc), clock: options.clock, signal });
      early.stop();
      if (activation.kind === 'refused') throw sentences.activationRefused(bmc, activation.completion);
      const { clock, keepAlive = KEEP_ALIVE_MS, goneAfter = GONE_AFTER_MS, room } = options;
      const { mostCharacters, ports } = activation;
      if (isOther(ports, options.port)) events.notice(sentences.otherPort(bmc, ports[0] ?? 0));
      const onLost = (): void => options.own?.lost(bmc, session.id);
      return new SolTransport({ session, onLost, bmc, events, clock, mostCharacters, early: early.payloads, keepAlive, goneAfter, room });
    } catch (error) {
      await session.close();
      throw sentences.asConsoleError(asBootbenchError(error));
    }
  };
}

/**
 * From the first packet on: BMCs print their history right after the activation. What came before SOL was deactivated and activated again was not
 * acknowledged, so it comes again.
 */
function earlyPackets(session: Session): { readonly payloads: readonly Uint8Array[]; readonly stop: () => void } {
  const payloads: Uint8Array[] = [];
  const take = (payload: Uint8Array): void => {
    if (decodeSol(payload)?.deactivating === true) payloads.length = 0;
    else payloads.push(payload);
  };
  return { payloads, stop: session.listen(PAYLOAD.sol, take, () => undefined) };
}

/** Many BMCs report nonsense (FreeIPMI's workaround “solport”), and behind a forwarded port 623 is right. */
function isOther(ports: readonly number[], port: number): boolean {
  return ports.every((reported) => reported !== 0 && reported !== port && reported !== IPMI_PORT) && ports.length > 0;
}
