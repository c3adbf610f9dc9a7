import { hostTargetName, imageTargetName, type IscsiSession } from '../../contract/iscsi.ts';
import type { Clock } from '../../contract/runtime.ts';
import { TransferRate } from '../reading/transfer-rate.ts';
import type { SessionTarget } from './admission.ts';
import { Reservations } from './scsi/reservations.ts';

/** Sessions of one host; of one address for the targets of images. */
export const MAX_SESSIONS_PER_OWNER = 8;
/** How often rates are measured, and listeners are called. */
const MEASURE_INTERVAL_MS = 1000;
/** A session that has read nothing for this long has no rate: the average alone would fall for half a minute. */
const RATE_IDLE_MS = 3000;

/** A session that begins. */
export interface NewSession {
  readonly to: SessionTarget;
  readonly initiatorName: string;
  readonly isid: string;
  readonly address: string;
}

export interface OpenSession extends NewSession {
  readonly id: number;
  readonly device: 'cd' | 'disk';
  readonly startedAt: number;
  /** When it began, in ms of the monotonic clock. */
  readonly began: number;
  /** When it last read; when it began, where it has read nothing. In ms of the monotonic clock. */
  lastAt: number;
  bytes: number;
  readonly rate: TransferRate;
  readonly close: (reason: 'connected-again' | 'made-room') => void;
}

/** What a newcomer does to the sessions that are open. */
export interface Places<Known extends NewSession = NewSession> {
  /** The same session, which the newcomer reinstates (RFC 7143 §6.3.5). */
  readonly replaced: readonly Known[];
  /** Makes room: iPXE connects again as a new session, and never logs out of the old one. */
  readonly evicted: Known | undefined;
  readonly isFull: boolean;
}

/** Which sessions end when one more begins. Only those of the same initiator do. Pure. */
export function placesFor<Known extends NewSession & { readonly lastAt: number }>(
  open: readonly Known[],
  newcomer: NewSession,
  limit = MAX_SESSIONS_PER_OWNER,
): Places<Known> {
  const own = open.filter((session) => ownerOf(session) === ownerOf(newcomer));
  const ofInitiator = own.filter(({ initiatorName }) => initiatorName === newcomer.initiatorName);
  const isSame = (session: Known): boolean => session.isid === newcomer.isid && targetNameOf(session.to) === targetNameOf(newcomer.to);
  const replaced = ofInitiator.filter(isSame);
  if (own.length - replaced.length < limit) return { replaced, evicted: undefined, isFull: false };
  const [evicted] = ofInitiator.filter((session) => !isSame(session)).sort((a, b) => a.lastAt - b.lastAt);
  return { replaced, evicted, isFull: evicted === undefined };
}

export function targetNameOf(to: SessionTarget): string {
  return to.kind === 'host' ? hostTargetName(to.machine.iface.mac) : imageTargetName(to.image);
}

function ownerOf({ to, address }: NewSession): string {
  return to.kind === 'host' ? `host ${to.machine.host.name}` : `address ${address}`;
}

/** The sessions that are open. */
export class Sessions {
  readonly #clock: Clock;
  readonly #open = new Map<number, OpenSession>();
  /** Of the targets of hosts, while they have a session. The target of an image is shared, so it cannot be reserved. */
  readonly #reservations = new Map<string, Reservations>();
  readonly #listeners = new Set<() => void>();
  #lastId = 0;
  #cancelMeasuring: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** In the order in which they began. */
  get list(): IscsiSession[] {
    const now = this.#clock.monotonic();
    return [...this.#open.values()].map(({ id, to, initiatorName, address, device, bytes, rate, startedAt, lastAt }) => ({
      id,
      target: targetNameOf(to),
      ...(to.kind === 'host' ? { host: to.machine.host.name } : { image: to.image }),
      initiatorName,
      address,
      device,
      bytes,
      rate: now - lastAt > RATE_IDLE_MS ? 0 : rate.perSecond,
      startedAt,
    }));
  }

  /** Called after each change, at most once a second for rates. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  reservationsOf(to: SessionTarget): Reservations | undefined {
    if (to.kind === 'image') return undefined;
    const name = targetNameOf(to);
    const reservations = this.#reservations.get(name) ?? new Reservations();
    this.#reservations.set(name, reservations);
    return reservations;
  }

  places(newcomer: NewSession): Places<OpenSession> {
    return placesFor([...this.#open.values()], newcomer);
  }

  /** Begins a session, and ends those whose place it takes. */
  begin(newcomer: NewSession, { device, close }: Pick<OpenSession, 'device' | 'close'>): OpenSession {
    const { replaced, evicted } = this.places(newcomer);
    const began = this.#clock.monotonic();
    const started = { startedAt: this.#clock.now(), began, lastAt: began, bytes: 0, rate: new TransferRate(began) };
    const session = { ...newcomer, id: ++this.#lastId, device, close, ...started };
    this.#open.set(session.id, session);
    for (const old of replaced) old.close('connected-again');
    evicted?.close('made-room');
    this.#measureLater();
    this.#tell();
    return session;
  }

  delivered(session: OpenSession, length: number): void {
    session.lastAt = this.#clock.monotonic();
    session.bytes += length;
    session.rate.add(length);
  }

  end(session: OpenSession): void {
    if (!this.#open.delete(session.id)) return;
    // A machine that reserved its disk and was reset is not locked out by it.
    const name = targetNameOf(session.to);
    if (![...this.#open.values()].some(({ to }) => targetNameOf(to) === name)) this.#reservations.delete(name);
    if (this.#open.size === 0) this.#stopMeasuring();
    this.#tell();
  }

  #measureLater(): void {
    this.#cancelMeasuring ??= this.#clock.after(MEASURE_INTERVAL_MS, () => {
      this.#cancelMeasuring = undefined;
      const now = this.#clock.monotonic();
      const before = [...this.#open.values()].some(({ rate }) => rate.perSecond > 0);
      for (const { rate } of this.#open.values()) rate.measure(now);
      const after = [...this.#open.values()].some(({ rate }) => rate.perSecond > 0);
      if (before || after) this.#tell();
      this.#measureLater();
    });
  }

  #stopMeasuring(): void {
    this.#cancelMeasuring?.();
    this.#cancelMeasuring = undefined;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
