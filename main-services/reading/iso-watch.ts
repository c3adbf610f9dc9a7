import type { BenchEvent, EventType, NewEvent } from '../../contract/appliance.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { Reading } from '../../contract/views.ts';
import type { Activity } from '../activity/activity.ts';
import type { View } from '../boot/boot.ts';
import { fileMapOf, type FileMap } from '../iso/files/file-map.ts';
import type { Extent } from '../iso/source/overlay.ts';
import type { FileRead } from './file-reads.ts';
import { ReadingSession } from './reading-session.ts';
import * as sentences from './sentences.ts';

export interface Reader {
  readonly ip: string;
  readonly userAgent: string | undefined;
  /** The last event before its session, where it has one: what it reads after a later arming belongs to the boot before. */
  readonly since?: number;
}

/** What machines have read of their ISOs. */
export interface Readings {
  /** The latest boot of a host, by its name; undefined where it has read nothing since the start. */
  of(host: string): Reading | undefined;
  /** Milliseconds since it last read; undefined where it has read nothing since the start. */
  silenceOf(host: string): number | undefined;
}

/** A reader that returns after this starts over: another boot of the same view. */
const SESSION_IDLE_MS = 5 * 60_000;
/** The progress of a reader that stopped reading is removed after this. */
const HIDE_PROGRESS_AFTER_MS = 60_000;
/** A machine that has its kernel and reads nothing for this long has lost its medium, or waits for a person. */
const STALL_MS = 45_000;
const SWEEP_INTERVAL_MS = 5_000;
const PROGRESS_INTERVAL_MS = 250;
const MAX_SESSIONS = 512;
/** Events of completed files in one boot; more are counted. The last are reserved for kernels and the host's own files. */
const MAX_FILE_EVENTS = 64;
const RESERVED_FILE_EVENTS = 16;

/** Another boot begins, whose first read is evidence again. */
const NEW_BOOT: ReadonlySet<EventType> = new Set(['script.served', 'assignment.armed']);
const SETTLES: ReadonlySet<EventType> = new Set(['assignment.done', 'boot.complete', 'config.served', 'dhcp.os-lease']);
const SETTLING_EVENTS = new Set([...NEW_BOOT, ...SETTLES]);

/** Turns delivered bytes into evidence (opened, files read, patched sectors read, stalled, completed) and into progress. */
export class IsoWatch implements Readings {
  readonly #activity: Activity;
  readonly #clock: Clock;
  /** In the order in which they began. */
  readonly #sessions = new Set<ReadingSession>();
  /** By token of the view, then by address. */
  readonly #byToken = new Map<string, Map<string, ReadingSession>>();
  /** How the latest boot of a host ended, once its session is over. */
  readonly #ended = new Map<string, { readonly reading: Reading; readonly activeAt: number }>();
  readonly #maps = new WeakMap<View, Promise<FileMap>>();
  /** The event by which each host was armed last. */
  readonly #armedBy = new Map<string, number>();
  readonly #shown = new Set<ReadingSession>();
  #cancelSweep: (() => void) | undefined;

  constructor(activity: Activity, clock: Clock) {
    this.#activity = activity;
    this.#clock = clock;
    activity.subscribe((event) => {
      this.#onEvent(event);
    });
  }

  /** For `Reader.since`. */
  get lastSeq(): number {
    return this.#activity.lastSeq();
  }

  /** A reader is about to get bytes. The first time is evidence. */
  opened(view: View, reader: Reader): void {
    if (reader.since !== undefined && (this.#armedBy.get(view.host) ?? 0) > reader.since) return;
    const known = this.#find(view, reader.ip);
    if (known && known.silence < SESSION_IDLE_MS) return;
    if (known) this.#drop(known);
    this.#makeRoom();
    const session = this.#begin(view, reader.ip);
    this.#add(session);
    this.#record(session, 'iso.opened', sentences.isoOpened(view.host, view.image), { userAgent: (reader.userAgent ?? '').slice(0, 200) });
    this.#map(session);
    this.#sweepLater();
  }

  /** Bytes that the system took for delivery. */
  delivered(view: View, ip: string, offset: number, length: number): void {
    const session = this.#find(view, ip);
    if (!session) return;
    const { completed, stalledSince } = session;
    session.stalledSince = undefined;
    session.delivered(offset, length);
    if (completed) return;
    if (!session.completed && stalledSince === undefined && session.sinceMeasured < PROGRESS_INTERVAL_MS) return;
    session.measure();
    this.#progress(session, session.completed);
  }

  /** Bytes of one file, which is at `extents` of the view. */
  deliveredOfFile(view: View, ip: string, extents: readonly Extent[], offset: number, length: number): void {
    let before = 0;
    for (const extent of extents) {
      const from = Math.max(offset, before) - before;
      const to = Math.min(offset + length, before + extent.length) - before;
      if (to > from) this.delivered(view, ip, extent.offset + from, to - from);
      before += extent.length;
    }
  }

  of(host: string): Reading | undefined {
    return this.#latest(host)?.reading() ?? this.#ended.get(host)?.reading;
  }

  silenceOf(host: string): number | undefined {
    const activeAt = this.#latest(host)?.activeAt ?? this.#ended.get(host)?.activeAt;
    return activeAt === undefined ? undefined : this.#clock.monotonic() - activeAt;
  }

  /** The port is gone, and with it all readers. One that returns starts over. */
  endAll(): void {
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
    for (const session of this.#sessions) this.#drop(session);
  }

  #latest(host: string): ReadingSession | undefined {
    let latest: ReadingSession | undefined;
    for (const session of this.#sessions) {
      if (session.view.host === host && (!latest || session.activeAt >= latest.activeAt)) latest = session;
    }
    return latest;
  }

  #begin(view: View, ip: string): ReadingSession {
    let files = 0;
    let events = 0;
    const session: ReadingSession = new ReadingSession(view, ip, this.#clock, {
      patchedRead: () => this.#record(session, 'iso.patched-read', sentences.patchedRead(view.host, view.image)),
      configRead: (path) => this.#record(session, 'iso.config-read', sentences.configRead(view.host, path, view.image), { file: path }),
      fileRead: (read) => {
        files += 1;
        if (events >= (isWanted(read) ? MAX_FILE_EVENTS : MAX_FILE_EVENTS - RESERVED_FILE_EVENTS)) return;
        events += 1;
        this.#fileRead(session, read);
      },
      completed: () => {
        this.#record(session, 'iso.completed', sentences.isoCompleted(view.host, view.image), { files });
      },
    });
    return session;
  }

  #fileRead(session: ReadingSession, { file }: FileRead): void {
    this.#record(session, 'iso.file-read', sentences.fileRead(session.view.host, file.path), { file: file.path, bytes: file.size });
  }

  /** The view's files are found once, while its first bytes are being sent. */
  #map(session: ReadingSession): void {
    const { view } = session;
    const map = this.#maps.get(view) ?? fileMapOf(view.base, view.receipt);
    this.#maps.set(view, map);
    map.then(
      (files) => {
        // The session may have ended in the meantime.
        if (this.#sessions.has(session)) session.mapped(files);
      },
      // The ISO cannot be read now: bytes are counted, and the next boot tries again.
      () => this.#maps.delete(view),
    );
  }

  #onEvent(event: BenchEvent): void {
    if (!SETTLING_EVENTS.has(event.type)) return;
    if (event.type === 'assignment.armed' && event.host !== undefined) this.#armedBy.set(event.host, event.seq);
    for (const session of this.#sessions) {
      const same = event.mac === undefined ? event.host === session.view.host : event.mac === session.view.mac;
      if (!same) continue;
      if (NEW_BOOT.has(event.type)) this.#drop(session);
      else if (isSettling(event, session)) session.settled = true;
    }
  }

  /** When it happened. */
  #record(session: ReadingSession, type: NewEvent['type'], message: string, data: NewEvent['data'] = {}): number {
    const { view, ip } = session;
    const all = { image: view.image, view: view.token.slice(0, 8), size: view.source.size, ...data };
    return this.#activity.record({ type, host: view.host, mac: view.mac, ip, message, data: all }).at;
  }

  #progress(session: ReadingSession, finished: boolean): void {
    const { view, stalledSince } = session;
    if (finished) this.#shown.delete(session);
    else this.#shown.add(session);
    const message = stalledSince === undefined ? sentences.reading(view.host, view.image) : stalled(view);
    this.#activity.progress({ key: `iso:${view.token}`, mac: view.mac, host: view.host, message, ...session.progress() }, finished);
  }

  #makeRoom(): void {
    if (this.#sessions.size < MAX_SESSIONS) return;
    for (const session of this.#sessions) {
      this.#drop(session);
      return;
    }
  }

  #find({ token }: View, ip: string): ReadingSession | undefined {
    return this.#byToken.get(token)?.get(ip);
  }

  #add(session: ReadingSession): void {
    const { view, ip } = session;
    this.#sessions.add(session);
    const ofView = this.#byToken.get(view.token) ?? new Map<string, ReadingSession>();
    this.#byToken.set(view.token, ofView.set(ip, session));
  }

  #drop(session: ReadingSession): void {
    const { view, ip } = session;
    if (this.#shown.has(session)) this.#progress(session, true);
    this.#sessions.delete(session);
    const ofView = this.#byToken.get(view.token);
    ofView?.delete(ip);
    if (ofView?.size === 0) this.#byToken.delete(view.token);
    this.#remember(session);
  }

  #remember(session: ReadingSession): void {
    const { activeAt, view } = session;
    const known = this.#ended.get(view.host);
    if (known && known.activeAt > activeAt) return;
    this.#ended.delete(view.host);
    this.#ended.set(view.host, { reading: session.reading(), activeAt });
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > MAX_SESSIONS && oldest !== undefined) this.#ended.delete(oldest);
  }

  #sweepLater(): void {
    this.#cancelSweep ??= this.#clock.after(SWEEP_INTERVAL_MS, () => {
      this.#cancelSweep = undefined;
      this.#sweep();
    });
  }

  #sweep(): void {
    for (const session of this.#sessions) {
      const silent = session.silence;
      if (silent >= STALL_MS) this.#noticeStall(session);
      if (silent >= HIDE_PROGRESS_AFTER_MS && session.stalledSince === undefined && this.#shown.has(session)) this.#progress(session, true);
      if (silent >= SESSION_IDLE_MS) this.#drop(session);
    }
    if (this.#sessions.size > 0) this.#sweepLater();
  }

  /** Once per stall. */
  #noticeStall(session: ReadingSession): void {
    if (session.stalledSince !== undefined || !session.kernelRead || session.completed || session.settled) return;
    session.stalledSince = session.lastAt;
    this.#record(session, 'iso.stalled', stalled(session.view), { since: session.lastAt });
    this.#progress(session, false);
  }
}

function isWanted({ file }: FileRead): boolean {
  return file.own !== undefined || file.interest === 'kernel' || file.interest === 'initrd';
}

function stalled({ host }: View): string {
  return sentences.stalled(host, STALL_MS / 1000);
}

/** Its system is up. A lease alone is no proof while a config on the medium is still to be read: the initrd gets a lease too. */
function isSettling({ type }: BenchEvent, session: ReadingSession): boolean {
  return SETTLES.has(type) && !(type === 'dhcp.os-lease' && session.injectsConfig);
}
