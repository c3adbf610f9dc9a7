import type { Progress } from '../../../contract/appliance.ts';
import type { PatchReceipt, Reading } from '../../../contract/views.ts';

export type Mark = 'read' | 'now' | 'part' | 'none';

/** A file of the ISO, as its line in the list says it. */
export interface FileLine {
  readonly path: string;
  readonly mark: Mark;
  readonly word: string;
  readonly own: boolean;
}

/** After so long another read is news; milliseconds. */
const NOW = 5000;

/** Bytes that were told so long ago say nothing of the rate now. */
const PAUSE = 10_000;

export function isMoving(progress: Progress | undefined, now: number): boolean {
  return progress !== undefined && now - progress.at < PAUSE;
}

/** `images/install.img` is install.img. */
export function baseName(path: string): string {
  return path.split('/').at(-1) ?? path;
}

export function percent(done: number, total: number): number {
  return total > 0 ? Math.min(100, Math.floor((done / total) * 100)) : 100;
}

/** What was read of each file, in the order of their first read; then this host's own files that it has not read yet. */
export function fileLines(reading: Reading, receipt: PatchReceipt | undefined, now: number): FileLine[] {
  const read = reading.files.map((file): FileLine => {
    const { path, own } = file;
    if (file.read >= file.size) return { path, own, mark: 'read', word: 'read' };
    const isNow = now - file.lastAt < NOW && reading.stalledSince === undefined;
    return { path, own, mark: isNow ? 'now' : 'part', word: `${percent(file.read, file.size)} %` };
  });
  const known = new Set(read.map(({ path }) => path));
  const missing = (receipt?.token === reading.token ? receipt.files : []).filter(
    ({ path, what, where }) => what !== 'root relocated' && where === 'iso' && !known.has(path),
  );
  return [...read, ...missing.map(({ path }): FileLine => ({ path, own: true, mark: 'none', word: 'not read yet' }))];
}

/** One thing that moves, by the part of it that moves now where that is known. */
export function partOrWhole({ message: text, done, total, rate, part }: Progress): Pick<Progress, 'message' | 'done' | 'total' | 'rate'> {
  if (!part) return { message: text, done, total, rate };
  return { message: baseName(part.name), done: part.done, total: part.total, rate };
}

/** The whole as it moves now, or as it was when it was last asked for. */
export function wholeOf(reading: Reading, progress: Progress | undefined): { covered: number; size: number; rate: number; strip: string } {
  const { covered, size, lastAt, stalledSince } = reading;
  const strip = reading.strip.map((part) => (part <= 0 ? 0 : part >= 1 ? 9 : 1 + Math.floor(part * 8))).join('');
  if (!progress || progress.at < lastAt) return { covered, size, rate: stalledSince === undefined ? (reading.rate ?? 0) : 0, strip };
  return { covered: progress.done, size: progress.total ?? size, rate: progress.rate ?? 0, strip: progress.strip ?? strip };
}
