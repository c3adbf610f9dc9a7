import type { Progress } from '../../contract/appliance.ts';
import { STRIP_PIECES, type ReceiptFile, type Reading } from '../../contract/views.ts';
import type { View } from '../boot/boot.ts';
import type { FileMap } from '../iso/files/file-map.ts';
import type { Extent } from '../iso/source/overlay.ts';
import { Coverage } from './coverage.ts';
import { FileReads, type FileRead } from './file-reads.ts';
import { filesOfInterest } from './files-of-interest.ts';

/** Told of what a machine has done, each thing once; the first two answer with the time that the event got. */
export interface ReadingEvents {
  readonly patchedRead: () => number;
  readonly configRead: (path: string) => number;
  readonly fileRead: (read: FileRead) => void;
  readonly completed: () => void;
}

/** One address reading one view in one boot. Fed by every request, so nothing is made anew for one. */
export class ReadingSession {
  readonly view: View;
  readonly ip: string;
  readonly startedAt: number;
  lastAt: number;
  completed = false;
  /** Its system spoke, or the assignment is done: nothing has to be read any more. */
  settled = false;
  stalledSince: number | undefined;
  patchedReadAt: number | undefined;
  configReadAt: number | undefined;
  kernelRead = false;
  readonly #events: ReadingEvents;
  readonly #coverage = new Coverage();
  readonly #own: readonly Extent[];
  #configs: readonly { readonly path: string; readonly extent: Extent }[] = [];
  #map: FileMap | undefined;
  #files: FileReads | undefined;
  #lastOffset = 0;
  #bytes = 0;
  #rate = 0;
  #rateAt: number;
  #rateBytes = 0;

  constructor(view: View, ip: string, now: number, events: ReadingEvents) {
    this.view = view;
    this.ip = ip;
    this.#events = events;
    this.#own = ownPlaces(view);
    this.startedAt = now;
    this.lastAt = now;
    this.#rateAt = now;
  }

  /** The view's files are known now: what was read before counts too. */
  mapped(map: FileMap, now: number): void {
    const files = filesOfInterest(map);
    this.#map = map;
    this.#configs = files
      .filter(({ interest }) => interest === 'config')
      .flatMap(({ path, extents }) => extents.map((extent) => ({ path, extent })));
    this.#files = new FileReads(files, this.#coverage, now, (read) => {
      if (read.file.interest === 'kernel') this.kernelRead = true;
      this.#events.fileRead(read);
    });
    if (this.kernelRead) for (const { extent } of this.#configs) this.#watchConfigs(extent.offset, this.#coveredFrom(extent));
  }

  #coveredFrom({ offset, length }: Extent): number {
    return offset + this.#coverage.within(offset, offset + length);
  }

  get injectsConfig(): boolean {
    return this.#configs.length > 0;
  }

  delivered(offset: number, length: number, now: number): void {
    const end = offset + length;
    this.lastAt = now;
    this.#bytes += length;
    this.#lastOffset = end - 1;
    if (this.#coverage.accepts(offset, end)) {
      this.#files?.add(offset, end, now);
      this.#coverage.add(offset, end);
    }
    this.#watchPatches(offset, end);
    this.#watchConfigs(offset, end);
    if (this.completed || this.#coverage.covered !== this.view.source.size) return;
    this.completed = true;
    this.#events.completed();
  }

  /** Milliseconds since the rate was last measured. */
  sinceMeasured(now: number): number {
    return now - this.#rateAt;
  }

  measure(now: number): void {
    const elapsed = this.sinceMeasured(now);
    if (elapsed > 0) {
      const current = ((this.#bytes - this.#rateBytes) / elapsed) * 1000;
      this.#rate = this.#rate === 0 ? current : this.#rate * 0.7 + current * 0.3;
    }
    this.#rateAt = now;
    this.#rateBytes = this.#bytes;
  }

  progress(): Pick<Progress, 'done' | 'total' | 'rate' | 'part' | 'strip'> {
    return {
      done: this.#coverage.covered,
      total: this.view.source.size,
      rate: this.stalledSince === undefined ? Math.round(this.#rate) : 0,
      part: this.#part(),
      strip: stripDigits(this.#strip()),
    };
  }

  reading(): Reading {
    const { view, ip, startedAt, lastAt, patchedReadAt, configReadAt, stalledSince } = this;
    return {
      host: view.host,
      image: view.image,
      token: view.token,
      ip,
      size: view.source.size,
      covered: this.#coverage.covered,
      rate: stalledSince === undefined ? Math.round(this.#rate) : 0,
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
      patchedReadAt,
      configReadAt,
      stalledSince,
    };
  }

  #watchPatches(start: number, end: number): void {
    if (this.patchedReadAt !== undefined) return;
    const next = this.#own[firstEndingAbove(this.#own, start)];
    if (next && next.offset < end) this.patchedReadAt = this.#events.patchedRead();
  }

  /**
   * Boot loaders read in units of up to 64 KiB, and a config lies beside the boot configuration they are after. So it counts
   * as read when a request begins with it, or once the kernel is loaded.
   */
  #watchConfigs(start: number, end: number): void {
    if (this.configReadAt !== undefined || end <= start) return;
    for (const { path, extent } of this.#configs) {
      if (extent.offset >= end || extent.offset + extent.length <= start) continue;
      if (start !== extent.offset && !this.kernelRead) continue;
      this.configReadAt = this.#events.configRead(path);
      return;
    }
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

/**
 * Where what was made for the host lies: its boot configurations, else its files. Volume descriptors and folders differ too, but
 * any machine that finds the ISO reads those.
 */
function ownPlaces({ receipt, patched }: View): readonly Extent[] {
  const places = (kinds: readonly ReceiptFile['what'][]): Extent[] =>
    receipt
      .filter(({ what, after }) => kinds.includes(what) && after > 0)
      .map(({ offset, after }) => ({ offset, length: after }))
      .sort((a, b) => a.offset - b.offset);
  const edited = places(['in place', 'relocated']);
  const own = edited.length > 0 ? edited : places(['injected']);
  return own.length > 0 ? own : patched;
}

/** 0 is nothing, 9 is all, and what lies between is never either. */
export function stripDigits(strip: readonly number[]): string {
  return strip.map((part) => (part <= 0 ? 0 : part >= 1 ? 9 : 1 + Math.floor(part * 8))).join('');
}

/** Index of the first extent that ends behind `offset`; they are in order. */
function firstEndingAbove(extents: readonly Extent[], offset: number): number {
  let low = 0;
  let high = extents.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const extent = extents[middle];
    if (extent && extent.offset + extent.length <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
