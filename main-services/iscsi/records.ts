import type { NewEvent } from '../../contract/appliance.ts';
import { asBootbenchError, type BootbenchError } from '../../contract/errors.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { Activity } from '../activity/activity.ts';
import type { AddressEvents } from '../protection/address-events.ts';
import { RefusalLog } from '../reading/refusal-log.ts';
import type { SessionTarget } from './admission.ts';
import * as sentences from './sentences.ts';
import { targetNameOf, type OpenSession } from './sessions.ts';

/** An initiator that logs in again and again is one event in this time. */
const REPEAT_AFTER_MS = 5000;
const MAX_REMEMBERED = 500;

/** The events of iSCSI sessions. A storm of logins makes few of them. */
export class Records {
  readonly #activity: Activity;
  readonly #clock: Clock;
  readonly #refusals: RefusalLog;
  readonly #lastAt = new Map<string, number>();
  /** Sessions whose beginning is an event. */
  readonly #begun = new WeakSet<OpenSession>();

  constructor(activity: Activity, strangers: AddressEvents, clock: Clock) {
    this.#activity = activity;
    this.#clock = clock;
    this.#refusals = new RefusalLog(strangers);
  }

  refused(ip: string, error: BootbenchError, mac?: string): void {
    this.#refusals.record('iscsi.refused', ip, error, mac);
  }

  loggedIn(session: OpenSession): void {
    if (!this.#isNew(`login ${session.address} ${targetNameOf(session.to)}`)) return;
    this.#begun.add(session);
    this.#record(session, 'iscsi.login', sentences.loggedIn(...namesOf(session), session.device), {
      initiator: session.initiatorName,
      device: session.device,
    });
  }

  closed(session: OpenSession, reason: string | undefined): void {
    if (!this.#begun.has(session)) return;
    const { bytes, began } = session;
    const data = { bytes, ms: this.#clock.monotonic() - began };
    this.#record(session, 'iscsi.closed', sentences.closed(...namesOf(session), bytes, reason), data);
  }

  /** Once in a while for each code: an initiator repeats its read. */
  readFailed(at: { readonly address: string; readonly to: SessionTarget }, error: unknown): void {
    const { code, message } = asBootbenchError(error);
    if (!this.#isNew(`read ${at.address} ${targetNameOf(at.to)} ${code}`)) return;
    this.#record(at, 'iscsi.read-failed', sentences.readFailed(...namesOf(at), message), { code });
  }

  #record(
    { address, to }: { readonly address: string; readonly to: SessionTarget },
    type: NewEvent['type'],
    message: string,
    data: NewEvent['data'],
  ): void {
    const machine = to.kind === 'host' ? { host: to.machine.host.name, mac: to.machine.iface.mac } : {};
    this.#activity.record({ type, ...machine, ip: address, message, data: { target: targetNameOf(to), ...data } });
  }

  #isNew(key: string): boolean {
    const now = this.#clock.monotonic();
    if (now - (this.#lastAt.get(key) ?? Number.NEGATIVE_INFINITY) < REPEAT_AFTER_MS) return false;
    if (this.#lastAt.size >= MAX_REMEMBERED) this.#lastAt.clear();
    this.#lastAt.set(key, now);
    return true;
  }
}

/** Who reads what. */
function namesOf({ address, to }: { readonly address: string; readonly to: SessionTarget }): [client: string, what: string] {
  return to.kind === 'host' ? [to.machine.host.name, sentences.ITS_ISO] : [address, to.image];
}
