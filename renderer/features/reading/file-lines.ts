import type { Progress } from '../../../contract/appliance.ts';
import type { PatchReceipt, Reading } from '../../../contract/views.ts';
import { percentOf } from '../../format/bytes.ts';

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

/** What was read of each file, in the order of their first read; then this host's own files that it has not read yet. */
export function fileLines(reading: Reading, receipt: PatchReceipt | undefined, now: number): FileLine[] {
  const read = reading.files.map((file): FileLine => {
    const { path, own } = file;
    if (file.read >= file.size) return { path, own, mark: 'read', word: 'read' };
    const isNow = now - file.lastAt < NOW && reading.stalledSince === undefined;
    return { path, own, mark: isNow ? 'now' : 'part', word: `${percentOf(file.read, file.size)} %` };
  });
  const known = new Set(read.map(({ path }) => path));
  const missing = (receipt?.token === reading.token ? receipt.files : []).filter(
    ({ path, what, where }) => what !== 'root relocated' && where === 'iso' && !known.has(path),
  );
  return [...read, ...missing.map(({ path }): FileLine => ({ path, own: true, mark: 'none', word: 'not read yet' }))];
}

/** The whole as it moves now, or as it was when it was last asked for. */
export function wholeOf(reading: Reading, progress: Progress | undefined): { covered: number; size: number; rate: number; strip: string } {
  const { covered, size, lastAt, stalledSince } = reading;
  const strip = reading.strip.map((part) => (part <= 0 ? 0 : part >= 1 ? 9 : 1 + Math.floor(part * 8))).join('');
  if (!progress || progress.at < lastAt) return { covered, size, rate: stalledSince === undefined ? (reading.rate ?? 0) : 0, strip };
  return { covered: progress.done, size: progress.total ?? size, rate: progress.rate ?? 0, strip: progress.strip ?? strip };
}
