import type { ErrorBody } from '../../../contract/errors.ts';

/** Bytes of one request; what is lost at most when one breaks off. */
export const SLICE = 8 * 1024 * 1024;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;
/** How often one place may break off while the server answers otherwise. */
const TRIES = 6;

/** What passes by itself: the program restarts, or its services do. */
const PASSING = new Set(['E_API_UNREACHABLE', 'E_THREAD_DIED', 'E_SLOW_READER']);

export interface UploadJob {
  readonly name: string;
  readonly file: Blob;
  /** Tells this file from others of the same size. */
  readonly id: string;
  readonly token: string;
  readonly signal: AbortSignal;
  readonly onSent: (sent: number) => void;
  /** Waiting for the appliance; undefined when it answers again. */
  readonly onTrouble: (sentence: string | undefined) => void;
}

export interface UploadWorld {
  readonly fetch: typeof fetch;
  /** Rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly slice?: number;
}

export type UploadEnd = { readonly kind: 'done' } | { readonly kind: 'cancelled' } | { readonly kind: 'failed'; readonly error: Failed };
export type Failed = Pick<ErrorBody, 'code' | 'message' | 'next'>;

type Step = { kind: 'sent'; to: number } | { kind: 'lost' } | { kind: 'elsewhere' } | { kind: 'failed'; error: Failed };

const BREAKS_OFF: Failed = {
  code: 'E_API_UNREACHABLE',
  message: 'The upload breaks off at the same place every time.',
  next: 'Look at the events for the cause, then try again.',
};

/** Sends a file in slices from where the server stands, over any number of interruptions. */
export async function upload(job: UploadJob, world: UploadWorld): Promise<UploadEnd> {
  const { file, signal } = job;
  let wait = FIRST_WAIT;
  let at: number | undefined;
  let place = -1;
  let tries = 0;
  try {
    while (at === undefined || at < file.size) {
      if (at !== undefined) tries = at === place ? tries + 1 : 1;
      if (tries > TRIES) return { kind: 'failed', error: BREAKS_OFF };
      place = at ?? place;
      const step: Step = at === undefined ? await standing(job, world) : await sendSlice(job, at, world);
      if (step.kind === 'failed') return step;
      if (step.kind === 'lost') {
        job.onTrouble('Bootbench does not answer; the upload goes on by itself.');
        await world.sleep(wait, signal);
        wait = Math.min(wait * 2, LONGEST_WAIT);
      } else {
        job.onTrouble(undefined);
        wait = step.kind === 'sent' ? FIRST_WAIT : Math.min(wait * 2, LONGEST_WAIT);
        if (step.kind === 'elsewhere') await world.sleep(wait, signal);
      }
      at = step.kind === 'sent' ? step.to : undefined;
      if (at !== undefined) job.onSent(at);
    }
    return { kind: 'done' };
  } catch (error) {
    if (signal.aborted) return { kind: 'cancelled' };
    return { kind: 'failed', error: unreadable(error) };
  }
}

/** Where the server stands (draft-ietf-httpbis-resumable-upload's headers). Another file's remains under the name are no beginning of this one. */
async function standing(job: UploadJob, world: UploadWorld): Promise<Step> {
  const response = await ask(job, world, { method: 'HEAD' });
  if (!response) return { kind: 'lost' };
  // Answers to HEAD have no body that could tell more.
  if (response.status === 503) return { kind: 'lost' };
  if (!response.ok) return refusalStep(response);
  const offset = Number(response.headers.get('Upload-Offset') ?? 0);
  const length = Number(response.headers.get('Upload-Length') ?? 0);
  const id = response.headers.get('Upload-Id');
  const same = length === job.file.size && (id === null || id === job.id);
  return { kind: 'sent', to: same ? offset : 0 };
}

async function sendSlice(job: UploadJob, from: number, world: UploadWorld): Promise<Step> {
  const { file, id } = job;
  const to = Math.min(from + (world.slice ?? SLICE), file.size);
  // Read here, for a file that went away must not look like a lost connection.
  const body = await file.slice(from, to).arrayBuffer();
  const headers = { 'Content-Range': `bytes ${from}-${to - 1}/${file.size}`, 'Content-Type': 'application/octet-stream', 'Upload-Id': id };
  const response = await ask(job, world, { method: 'PUT', headers, body });
  if (!response) return { kind: 'lost' };
  return response.ok ? { kind: 'sent', to } : refusalStep(response);
}

/** Undefined: nobody answered. */
async function ask({ name, token, signal }: UploadJob, world: UploadWorld, init: RequestInit): Promise<Response | undefined> {
  const headers = { ...(init.headers as Record<string, string> | undefined), Authorization: `Bearer ${token}` };
  try {
    return await world.fetch(`/api/v1/iscsi-cdroms/${encodeURIComponent(name)}/iso`, { ...init, headers, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}

async function refusalStep(response: Response): Promise<Step> {
  const error = await failureOf(response);
  if (error.code === 'E_UPLOAD_OFFSET' || response.status === 416) return { kind: 'elsewhere' };
  return PASSING.has(error.code) ? { kind: 'lost' } : { kind: 'failed', error };
}

async function failureOf(response: Response): Promise<Failed> {
  const body: unknown = await response.json().catch(() => undefined);
  if (isFailure(body)) return body;
  return { code: 'E_INTERNAL', message: `The upload was refused (HTTP ${response.status}).`, next: 'Try again; see the log if it stays.' };
}

function isFailure(body: unknown): body is Failed {
  return typeof body === 'object' && body !== null && 'code' in body && 'message' in body && 'next' in body;
}

function unreadable(error: unknown): Failed {
  const why = error instanceof Error ? ` (${error.name})` : '';
  return {
    code: 'E_IMAGE_GONE',
    message: `The file can no longer be read${why}.`,
    next: 'Drop it again; the upload goes on where it was.',
  };
}
