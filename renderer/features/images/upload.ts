import type { ErrorBody } from '../../../contract/errors.ts';
import { failure, TRANSIENT_ERRORS, type ImportEnd } from './import-item.ts';
import { fileUnreadable, NO_REPLY, UPLOAD_STUCK, uploadRefused } from './labels.ts';

/** Bytes of one request, and so the most that is lost when a request fails. */
export const SLICE_BYTES = 8 * 1024 * 1024;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** Attempts at one offset while the server answers other requests. */
const MAX_ATTEMPTS = 6;

export interface UploadJob {
  readonly name: string;
  readonly file: Blob;
  /** Distinguishes this file from others of the same size. */
  readonly id: string;
  readonly token: string;
  readonly signal: AbortSignal;
  readonly onSent: (sent: number) => void;
  /** A sentence while the appliance does not answer; undefined when it answers again. */
  readonly onProblem: (sentence: string | undefined) => void;
}

export interface UploadDeps {
  readonly fetch: typeof fetch;
  /** Rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly sliceBytes?: number;
}

/** What came of one request. `offset-differs`: the server expects other bytes. */
type Step = { kind: 'at'; offset: number } | { kind: 'no-reply' } | { kind: 'offset-differs' } | { kind: 'failed'; error: ErrorBody };

/** Sends a file in slices from the offset that the server reports, over any number of interruptions. Never rejects. */
export async function upload(job: UploadJob, deps: UploadDeps): Promise<ImportEnd> {
  try {
    const error = await new Upload(job, deps).run();
    return error ? { kind: 'failed', error } : { kind: 'done' };
  } catch (error) {
    if (job.signal.aborted) return { kind: 'cancelled' };
    return { kind: 'failed', error: failure('E_IMAGE_GONE', fileUnreadable(error instanceof Error ? error.name : undefined)) };
  }
}

class Upload {
  readonly #job: UploadJob;
  readonly #deps: UploadDeps;
  /** Undefined until the server has reported it. */
  #offset: number | undefined;
  #lastOffset = -1;
  #attempts = 0;
  #wait = FIRST_WAIT_MS;

  constructor(job: UploadJob, deps: UploadDeps) {
    this.#job = job;
    this.#deps = deps;
  }

  /** Returns the error that ended it, if one did. Rejects when the file cannot be read or the signal aborts. */
  async run(): Promise<ErrorBody | undefined> {
    while (this.#offset === undefined || this.#offset < this.#job.file.size) {
      if (this.#offset !== undefined && this.#isStuck(this.#offset)) return failure('E_API_UNREACHABLE', UPLOAD_STUCK);
      const step = await this.#step();
      if (step.kind === 'failed') return step.error;
      await this.#pauseAfter(step);
      this.#offset = step.kind === 'at' ? step.offset : undefined;
      if (this.#offset !== undefined) this.#job.onSent(this.#offset);
    }
    return undefined;
  }

  #isStuck(offset: number): boolean {
    this.#attempts = offset === this.#lastOffset ? this.#attempts + 1 : 1;
    this.#lastOffset = offset;
    return this.#attempts > MAX_ATTEMPTS;
  }

  #step(): Promise<Step> {
    return this.#offset === undefined ? this.#serverOffset() : this.#sendSlice(this.#offset);
  }

  async #pauseAfter({ kind }: Step): Promise<void> {
    const { signal, onProblem } = this.#job;
    onProblem(kind === 'no-reply' ? NO_REPLY : undefined);
    if (kind === 'at') {
      this.#wait = FIRST_WAIT_MS;
      return;
    }
    await this.#deps.sleep(this.#wait, signal);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
  }

  /** How much the server has (headers of draft-ietf-httpbis-resumable-upload). The partial of another file is not continued. */
  async #serverOffset(): Promise<Step> {
    const response = await this.#request({ method: 'HEAD' });
    // Replies to HEAD have no body with a code.
    if (!response || response.status === 503) return { kind: 'no-reply' };
    if (!response.ok) return refusalOf(response);
    const offset = Number(response.headers.get('Upload-Offset') ?? 0);
    const length = Number(response.headers.get('Upload-Length') ?? 0);
    const id = response.headers.get('Upload-Id');
    const isSameFile = length === this.#job.file.size && (id === null || id === this.#job.id);
    return { kind: 'at', offset: isSameFile ? offset : 0 };
  }

  async #sendSlice(from: number): Promise<Step> {
    const { file, id } = this.#job;
    const to = Math.min(from + (this.#deps.sliceBytes ?? SLICE_BYTES), file.size);
    // Read before the request: a file that was removed must not look like a lost connection.
    const body = await file.slice(from, to).arrayBuffer();
    const headers = {
      'Content-Range': `bytes ${from}-${to - 1}/${file.size}`,
      'Content-Type': 'application/octet-stream',
      'Upload-Id': id,
    };
    const response = await this.#request({ method: 'PUT', headers, body });
    if (!response) return { kind: 'no-reply' };
    return response.ok ? { kind: 'at', offset: to } : refusalOf(response);
  }

  /** Undefined when no reply came. */
  async #request(init: RequestInit): Promise<Response | undefined> {
    const { name, token, signal } = this.#job;
    const headers = { ...(init.headers as Record<string, string> | undefined), Authorization: `Bearer ${token}` };
    try {
      return await this.#deps.fetch(`/api/v1/iscsi-cdroms/${encodeURIComponent(name)}/iso`, { ...init, headers, signal });
    } catch (error) {
      if (signal.aborted) throw error;
      return undefined;
    }
  }
}

async function refusalOf(response: Response): Promise<Step> {
  const body: unknown = await response.json().catch(() => undefined);
  const error = isErrorBody(body) ? body : failure('E_INTERNAL', uploadRefused(response.status));
  if (error.code === 'E_UPLOAD_OFFSET' || response.status === 416) return { kind: 'offset-differs' };
  return TRANSIENT_ERRORS.has(error.code) ? { kind: 'no-reply' } : { kind: 'failed', error };
}

function isErrorBody(body: unknown): body is ErrorBody {
  return typeof body === 'object' && body !== null && 'code' in body && 'message' in body && 'next' in body;
}
