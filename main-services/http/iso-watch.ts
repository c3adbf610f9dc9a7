import type { BenchEvent, NewEvent } from '../../contract/appliance.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { Activity } from '../activity/activity.ts';
import type { View } from '../boot/boot.ts';
import { Coverage } from './coverage.ts';

export interface Reader {
  readonly ip: string;
  readonly userAgent: string | undefined;
}

/** A reader that comes back after so long reads anew: another boot of the same view. Milliseconds. */
const IDLE = 5 * 60_000;
/** The progress of a reader that fell silent is taken away after so long. */
const SILENT = 60_000;
const PROGRESS_EVERY = 250;
const MAX_SESSIONS = 512;

/** One address reading one view. */
interface Session {
  readonly view: View;
  readonly ip: string;
  readonly coverage: Coverage;
  patchedRead: boolean;
  completed: boolean;
  lastAt: number;
  shownAt: number;
  shownBytes: number;
  bytes: number;
  rate: number;
  shown: boolean;
}

/** Turns delivered bytes into evidence: opened, patched sectors read, completed; and into progress. */
export class IsoWatch {
  readonly #activity: Activity;
  readonly #clock: Clock;
  readonly #sessions = new Map<string, Session>();
  readonly #unsubscribe: () => void;
  #cancelSweep: (() => void) | undefined;

  constructor(activity: Activity, clock: Clock) {
    this.#activity = activity;
    this.#clock = clock;
    this.#unsubscribe = activity.subscribe((event) => {
      this.#forgetOnNewBoot(event);
    });
  }

  /** A reader is about to get bytes. The first time is evidence. */
  opened(view: View, reader: Reader): void {
    const key = `${view.token} ${reader.ip}`;
    const known = this.#sessions.get(key);
    if (known && this.#clock.now() - known.lastAt < IDLE) return;
    this.#makeRoom();
    const now = this.#clock.now();
    const session: Session = {
      view,
      ip: reader.ip,
      coverage: new Coverage(),
      patchedRead: false,
      completed: false,
      lastAt: now,
      shownAt: now,
      shownBytes: 0,
      bytes: 0,
      rate: 0,
      shown: false,
    };
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    this.#record(session, 'iso.opened', `${view.host} began to read ${view.image}.`, { userAgent: (reader.userAgent ?? '').slice(0, 200) });
    this.#sweepLater();
  }

  /** Bytes that the system took for delivery. */
  delivered(view: View, ip: string, offset: number, length: number): void {
    const session = this.#sessions.get(`${view.token} ${ip}`);
    if (!session) return;
    session.coverage.add(offset, offset + length);
    session.bytes += length;
    session.lastAt = this.#clock.now();
    const touches = view.patched.some((extent) => extent.offset < offset + length && offset < extent.offset + extent.length);
    if (touches && !session.patchedRead) {
      session.patchedRead = true;
      this.#record(session, 'iso.patched-read', `${view.host} read its own kernel arguments from ${view.image}.`);
    }
    const complete = !session.completed && session.coverage.covered === view.source.size;
    if (complete) {
      session.completed = true;
      this.#record(session, 'iso.completed', `${view.host} has read the whole of ${view.image}.`);
    }
    this.#show(session, complete);
  }

  stop(): void {
    this.#unsubscribe();
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
    for (const session of this.#sessions.values()) this.#hide(session);
    this.#sessions.clear();
  }

  /** A new script or a re-armed assignment begins another boot, whose first read is evidence again. */
  #forgetOnNewBoot(event: BenchEvent): void {
    if (event.type !== 'script.served' && event.type !== 'assignment.armed') return;
    for (const [key, session] of this.#sessions) {
      const same = event.mac === undefined ? event.host === session.view.host : event.mac === session.view.mac;
      if (same) this.#drop(key, session);
    }
  }

  #record(session: Session, type: NewEvent['type'], text: string, data: NewEvent['data'] = {}): void {
    const { view, ip } = session;
    const all = { image: view.image, view: view.token.slice(0, 8), size: view.source.size, ...data };
    this.#activity.record({ type, host: view.host, mac: view.mac, ip, text, data: all });
  }

  #show(session: Session, finished: boolean): void {
    const now = this.#clock.now();
    const elapsed = now - session.shownAt;
    if (!finished && (session.completed || elapsed < PROGRESS_EVERY)) return;
    if (elapsed > 0) {
      const current = ((session.bytes - session.shownBytes) / elapsed) * 1000;
      session.rate = session.rate === 0 ? current : session.rate * 0.7 + current * 0.3;
    }
    session.shownAt = now;
    session.shownBytes = session.bytes;
    this.#progress(session, finished);
  }

  #hide(session: Session): void {
    if (session.shown) this.#progress(session, true);
  }

  #progress(session: Session, finished: boolean): void {
    const { view, coverage, rate } = session;
    session.shown = !finished;
    this.#activity.progress(
      {
        key: `iso:${view.token}`,
        mac: view.mac,
        host: view.host,
        text: `${view.host} reads ${view.image}`,
        done: coverage.covered,
        total: view.source.size,
        rate: Math.round(rate),
      },
      finished,
    );
  }

  #makeRoom(): void {
    if (this.#sessions.size < MAX_SESSIONS) return;
    for (const [key, session] of this.#sessions) {
      this.#drop(key, session);
      return;
    }
  }

  #drop(key: string, session: Session): void {
    this.#hide(session);
    this.#sessions.delete(key);
  }

  #sweepLater(): void {
    this.#cancelSweep ??= this.#clock.after(SILENT, () => {
      this.#cancelSweep = undefined;
      this.#sweep();
    });
  }

  #sweep(): void {
    const now = this.#clock.now();
    for (const [key, session] of this.#sessions) {
      if (now - session.lastAt >= SILENT) this.#hide(session);
      if (now - session.lastAt >= IDLE) this.#drop(key, session);
    }
    if (this.#sessions.size > 0) this.#sweepLater();
  }
}
