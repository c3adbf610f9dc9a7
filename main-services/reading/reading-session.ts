import type { Progress } from '../../contract/appliance.ts';
import type { Clock } from '../../contract/runtime.ts';
import { STRIP_PIECES, type Reading } from '../../contract/views.ts';
import type { View } from '../boot/boot.ts';
import type { FileMap } from '../iso/files/file-map.ts';
import { ConfigReads } from './config-reads.ts';
import { Coverage } from './coverage.ts';
import { FileReads, type FileRead } from './file-reads.ts';
import { filesOfInterest } from './files-of-interest.ts';
import { PatchedReads } from './patched-reads.ts';
import { TransferRate } from './transfer-rate.ts';

/** Called with what a machine has done, once each; the first two return the time of their event. */
export interface ReadingEvents {
  readonly patchedRead: () => number;
  readonly configRead: (path: string) => number;
  readonly fileRead: (read: FileRead) => void;
  readonly completed: () => void;
}

/** One address that reads one view in one boot. Every request adds to it, so a request allocates nothing. */
export class ReadingSession {
  readonly view: View;
  readonly ip: string;
  readonly startedAt: number;
  lastAt: number;
  /** When it last read, in ms of the monotonic clock. */
  activeAt: number;
  completed = false;
  /** Its system is up, or the assignment is done: nothing has to be read any more. */
  settled = false;
  stalledSince: number | undefined;
  kernelRead = false;
  readonly #clock: Clock;
  readonly #events: ReadingEvents;
  readonly #coverage = new Coverage();
  readonly #rate: TransferRate;
  readonly #patched: PatchedReads;
  readonly #configs: ConfigReads;
  #map: FileMap | undefined;
  #files: FileReads | undefined;
  #lastOffset = 0;

  constructor(view: View, ip: string, clock: Clock, events: ReadingEvents) {
    this.view = view;
    this.ip = ip;
    this.#clock = clock;
    this.startedAt = clock.now();
    this.lastAt = this.startedAt;
    this.activeAt = clock.monotonic();
    this.#events = events;
    this.#rate = new TransferRate(this.activeAt);
    this.#patched = new PatchedReads(view, events.patchedRead);
    this.#configs = new ConfigReads(events.configRead);
  }

  /** The view's files are known now: what was read before counts too. */
  mapped(map: FileMap): void {
    const files = filesOfInterest(map);
    this.#map = map;
    this.#configs.mapped(files);
    this.#files = new FileReads(files, this.#coverage, this.#clock.now(), (read) => {
      if (read.file.interest === 'kernel') this.kernelRead = true;
      this.#events.fileRead(read);
    });
    if (!this.kernelRead) return;
    for (const { offset, length } of this.#configs.extents)
      this.#configs.add(offset, offset + this.#coverage.within(offset, offset + length), this.kernelRead);
  }

  get injectsConfig(): boolean {
    return !this.#configs.isEmpty;
  }

  delivered(offset: number, length: number): void {
    const end = offset + length;
    const now = this.#clock.now();
    this.lastAt = now;
    this.activeAt = this.#clock.monotonic();
    this.#rate.add(length);
    this.#lastOffset = end - 1;
    if (this.#coverage.accepts(offset, end)) {
      this.#files?.add(offset, end, now);
      this.#coverage.add(offset, end);
    }
    this.#patched.add(offset, end);
    this.#configs.add(offset, end, this.kernelRead);
    if (this.completed || this.#coverage.covered !== this.view.source.size) return;
    this.completed = true;
    this.#events.completed();
  }

  /** Milliseconds since the rate was last measured. */
  get sinceMeasured(): number {
    return this.#rate.age(this.#clock.monotonic());
  }

  /** Milliseconds since it last read. */
  get silence(): number {
    return this.#clock.monotonic() - this.activeAt;
  }

  measure(): void {
    this.#rate.measure(this.#clock.monotonic());
  }

  progress(): Pick<Progress, 'done' | 'total' | 'rate' | 'part' | 'strip'> {
    return {
      done: this.#coverage.covered,
      total: this.view.source.size,
      rate: this.#currentRate(),
      part: this.#part(),
      strip: stripDigits(this.#strip()),
    };
  }

  reading(): Reading {
    const { view, ip, startedAt, lastAt, stalledSince } = this;
    return {
      host: view.host,
      image: view.image,
      token: view.token,
      ip,
      size: view.source.size,
      covered: this.#coverage.covered,
      rate: this.#currentRate(),
      startedAt,
      lastAt,
      strip: this.#strip(),
      files: (this.#files?.list ?? []).map(({ file, read, firstAt, lastAt: last }) => ({
        path: file.path,
        size: file.size,
        read,
        firstAt,
        lastAt: last,
        own: file.own !== undefined,
      })),
      patchedReadAt: this.#patched.readAt,
      configReadAt: this.#configs.readAt,
      stalledSince,
    };
  }

  #currentRate(): number {
    return this.stalledSince === undefined ? this.#rate.perSecond : 0;
  }

  /** The file that was read last, and how far. */
  #part(): Progress['part'] {
    const file = this.#map?.at(this.#lastOffset);
    if (!file) return undefined;
    const done = file.extents.reduce((sum, { offset, length }) => sum + this.#coverage.within(offset, offset + length), 0);
    return { name: file.path, done, total: file.size };
  }

  #strip(): number[] {
    const { size } = this.view.source;
    return Array.from({ length: STRIP_PIECES }, (_, piece) => {
      const start = Math.floor((size * piece) / STRIP_PIECES);
      const end = Math.floor((size * (piece + 1)) / STRIP_PIECES);
      return end > start ? this.#coverage.within(start, end) / (end - start) : 0;
    });
  }
}

/** 0 is nothing, 9 is everything, and a part is always 1 to 8. */
export function stripDigits(strip: readonly number[]): string {
  return strip.map((part) => (part <= 0 ? 0 : part >= 1 ? 9 : 1 + Math.floor(part * 8))).join('');
}
