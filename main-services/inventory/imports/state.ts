import type { ErrorCode } from '../../../contract/errors.ts';
import type { Expected } from './checksums.ts';

/** Where the bytes come from. A path's size and time tell whether it is still the same file. */
export type ImportOrigin =
  | { readonly type: 'path'; readonly path: string; readonly mtimeMs: number }
  /** `id`: what the uploader calls its file, so that two files of one size are not mixed. */
  | { readonly type: 'upload'; readonly id?: string | undefined };

/** What is kept beside the partial file, so that the import can go on after any end of the program. */
export interface ImportPlan {
  /** Of this import, also after a restart. */
  readonly id: string;
  readonly name: string;
  /** Bytes of the whole ISO. */
  readonly size: number;
  readonly origin: ImportOrigin;
  readonly bootConfigs: readonly string[];
  /** What the ISO's SHA-256 is said to be; nothing else lands. */
  readonly expected?: readonly Expected[] | undefined;
  readonly startedAt: number;
}

/** How far an import of a name is. `idle`: on disk, nobody feeds it. */
export interface ImportStatus {
  readonly plan: ImportPlan;
  readonly received: number;
  readonly activity: 'idle' | 'receiving' | 'landing';
}

/** What wants to feed it: a file of this computer always from where the partial ends, an upload from where its range begins. */
export interface ImportSource {
  /** Of the import that is resumed; a new one gets a new id. */
  readonly id?: string;
  readonly name: string;
  readonly size: number;
  readonly origin: ImportOrigin;
  /** Undefined: from wherever the partial ends. */
  readonly start?: number | undefined;
  /** Whether the feeder sends the whole ISO whatever is there (a PUT without a range). */
  readonly whole?: boolean;
}

/** What the library has under that name already. */
export interface NamesInUse {
  readonly image: boolean;
  /** `<name>.iso` lies in the library's folder, though no import put it there. */
  readonly file: boolean;
}

export type Admission =
  | { readonly kind: 'start' }
  | { readonly kind: 'continue'; readonly from: number }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string; readonly offset?: number };

/** Whether a feed may begin or go on. A feed of another file than the idle partial's begins anew, if it begins at byte 0. */
export function admit(standing: ImportStatus | undefined, feed: ImportSource, taken: NamesInUse): Admission {
  if (taken.image) return refused('E_EXISTS', `There is an image "${feed.name}" already.`);
  if (standing && standing.activity !== 'idle') {
    const now = standing.activity === 'landing' ? 'checked' : 'received';
    return refused('E_EXISTS', `Image "${feed.name}" is being ${now} at this moment.`);
  }
  if (taken.file) {
    return refused('E_EXISTS', `There is a file ${feed.name}.iso in the library’s folder already, which belongs to no import.`);
  }
  const from = standing && sameFile(standing.plan, feed) && feed.whole !== true ? standing.received : 0;
  const start = feed.start ?? from;
  if (start !== from) {
    const there = `Image "${feed.name}" goes on at byte ${from}`;
    return { ...refused('E_UPLOAD_OFFSET', `${there}; the range begins at byte ${start}.`), offset: from };
  }
  return from === 0 ? { kind: 'start' } : { kind: 'continue', from };
}

/** FAT keeps times to two seconds and drops parts below; what the same system says twice of one file is equal. */
function sameFile(plan: ImportPlan, { size, origin }: ImportSource): boolean {
  if (plan.size !== size || plan.origin.type !== origin.type) return false;
  if (plan.origin.type === 'path' && origin.type === 'path')
    return plan.origin.path === origin.path && plan.origin.mtimeMs === origin.mtimeMs;
  return plan.origin.type === 'upload' && origin.type === 'upload' && plan.origin.id === origin.id;
}

function refused(code: ErrorCode, sentence: string): Extract<Admission, { kind: 'refused' }> {
  return { kind: 'refused', code, message: sentence };
}

/** Left free for the database and the log, which must not fail because an ISO filled the disk. */
export const KEPT_FREE = 128 * 1024 * 1024;

/** Bytes that are missing on the disk; 0 when `needed` more fit. */
export function missingSpace(needed: number, free: number): number {
  return needed === 0 ? 0 : Math.max(0, needed + KEPT_FREE - free);
}

/** What lies in the library's folder of an import when the program starts. */
export interface StalePartial {
  readonly plan?: ImportPlan | undefined;
  /** Undefined: there is no partial. */
  readonly partial?: number | undefined;
  /** `<name>.iso` is there, put there by this import. */
  readonly landed: boolean;
  /** The image was being removed together with its file. */
  readonly removing: boolean;
  readonly imageExists: boolean;
  /** Some image's source is `<name>.iso`. */
  readonly fileInUse: boolean;
  /** Whether the plan's path still has the planned size and time. */
  readonly sourceSame: boolean;
  readonly ageMs: number;
}

export type AfterStart = 'keep' | 'resume' | 'land' | 'forget' | 'remove-partial' | 'remove-image-file';

export const KEPT_FOR_MS = 7 * 24 * 3600 * 1000;

/** What to do with it. `forget` drops the note alone. */
export function afterStart(left: StalePartial): AfterStart {
  if (left.removing) return left.fileInUse ? 'forget' : 'remove-image-file';
  const landed = left.landed && left.partial === undefined;
  if (left.imageExists && landed) return left.fileInUse ? 'forget' : 'remove-image-file';
  if (left.imageExists) return 'remove-partial';
  if (left.plan && landed) return 'land';
  if (left.plan && left.partial === left.plan.size) return 'land';
  if (left.plan?.origin.type === 'path' && left.sourceSame) return 'resume';
  return left.ageMs > KEPT_FOR_MS ? 'remove-partial' : 'keep';
}

/** Bytes per second over the last seconds; begins anew after a pause. */
export interface RateMeter {
  readonly at: number;
  readonly done: number;
  readonly rate: number | undefined;
}

const SAMPLE_MS = 500;

export function measure(before: RateMeter | undefined, now: number, done: number): RateMeter {
  if (!before || done < before.done) return { at: now, done, rate: undefined };
  const elapsed = now - before.at;
  if (elapsed < SAMPLE_MS) return before;
  const current = ((done - before.done) * 1000) / elapsed;
  const rate = before.rate === undefined ? current : before.rate * 0.6 + current * 0.4;
  return { at: now, done, rate: Math.round(rate) };
}
