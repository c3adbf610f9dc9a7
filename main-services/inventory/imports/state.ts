import type { ErrorCode } from '../../../contract/error-codes.ts';
import { exists } from '../sentences.ts';
import type { Expected } from './checksums.ts';
import { fileInLibrary, importing, wrongOffset } from './sentences.ts';

/** Where the bytes come from. Its size and time show whether a local file is still the same. */
export type ImportOrigin =
  | { readonly type: 'path'; readonly path: string; readonly mtimeMs: number }
  /** `id`: what the uploader calls its file, so that two files of one size are not mixed. */
  | { readonly type: 'upload'; readonly id?: string | undefined };

/** Stored next to the partial file, so that the import can continue after Bootbench was stopped or killed. */
export interface ImportPlan {
  /** Of this import, also after a restart. */
  readonly id: string;
  readonly name: string;
  /** Bytes of the whole ISO. */
  readonly size: number;
  readonly origin: ImportOrigin;
  readonly bootConfigs: readonly string[];
  /** SHA-256 sums that the ISO must have. */
  readonly expected?: readonly Expected[] | undefined;
  readonly startedAt: number;
}

/** How far the import of a name is. `idle`: a partial file on disk that is not being written. */
export interface ImportStatus {
  readonly plan: ImportPlan;
  readonly received: number;
  readonly activity: 'idle' | 'receiving' | 'landing';
}

/** Where bytes come from: a local file continues where the partial ends, an upload starts where its range starts. */
export interface ImportSource {
  /** Of the import that is resumed; a new one gets a new id. */
  readonly id?: string;
  readonly name: string;
  readonly size: number;
  readonly origin: ImportOrigin;
  /** Undefined: from wherever the partial ends. */
  readonly start?: number | undefined;
  /** The complete ISO is sent, whatever is on disk (a PUT without a range). */
  readonly whole?: boolean;
}

/** What already has that name in the library. */
export interface NamesInUse {
  readonly image: boolean;
  /** `<name>.iso` is in the library folder, and no import put it there. */
  readonly file: boolean;
}

export type Admission =
  | { readonly kind: 'start' }
  | { readonly kind: 'continue'; readonly from: number }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string; readonly offset?: number };

/** Whether a source may start or continue an import. Another file than the idle partial's starts over, if it starts at byte 0. */
export function admit(standing: ImportStatus | undefined, feed: ImportSource, taken: NamesInUse): Admission {
  if (taken.image) return refused('E_EXISTS', exists('image', feed.name));
  if (standing && standing.activity !== 'idle') {
    return refused('E_EXISTS', importing(feed.name, standing.activity));
  }
  if (taken.file) {
    return refused('E_EXISTS', fileInLibrary(feed.name));
  }
  const from = standing && sameFile(standing.plan, feed) && feed.whole !== true ? standing.received : 0;
  const start = feed.start ?? from;
  if (start !== from) {
    return { ...refused('E_UPLOAD_OFFSET', wrongOffset(feed.name, from, start)), offset: from };
  }
  return from === 0 ? { kind: 'start' } : { kind: 'continue', from };
}

/** FAT stores times with two seconds of precision, and reports the same value each time. */
function sameFile(plan: ImportPlan, { size, origin }: ImportSource): boolean {
  if (plan.size !== size || plan.origin.type !== origin.type) return false;
  if (plan.origin.type === 'path' && origin.type === 'path')
    return plan.origin.path === origin.path && plan.origin.mtimeMs === origin.mtimeMs;
  return plan.origin.type === 'upload' && origin.type === 'upload' && plan.origin.id === origin.id;
}

function refused(code: ErrorCode, sentence: string): Extract<Admission, { kind: 'refused' }> {
  return { kind: 'refused', code, message: sentence };
}

/** Reserved for the database and the log, which must not fail because an ISO filled the disk. */
export const RESERVED_BYTES = 128 * 1024 * 1024;

/** Bytes that are missing on the disk; 0 when `needed` more fit. */
export function missingSpace(needed: number, free: number): number {
  return needed === 0 ? 0 : Math.max(0, needed + RESERVED_BYTES - free);
}

/** What an earlier import left in the library folder. */
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

/** How long an interrupted upload waits for its rest. */
export const PARTIAL_MAX_AGE_MS = 7 * 24 * 3600 * 1000;

/** What to do with it. `forget` removes only the note. */
export function afterStart(left: StalePartial): AfterStart {
  const landed = left.landed && left.partial === undefined;
  if (left.removing || (left.imageExists && landed)) return left.fileInUse ? 'forget' : 'remove-image-file';
  if (left.imageExists) return 'remove-partial';
  if (left.plan && (landed || left.partial === left.plan.size)) return 'land';
  return continuation(left);
}

/** A local file is copied further while it is still the same; an upload waits for its client. */
function continuation({ plan, sourceSame, ageMs }: StalePartial): AfterStart {
  if (plan?.origin.type === 'path' && sourceSame) return 'resume';
  return ageMs > PARTIAL_MAX_AGE_MS ? 'remove-partial' : 'keep';
}

/** Bytes per second over the last seconds; starts over after a pause. */
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
