import type { Dispatcher } from 'undici';
import { BootbenchError, errnoOf } from '../../../contract/errors.ts';
import { shown, takeCredentials, Transient, type UpstreamRoute } from './route.ts';

/** What the server says the bytes are. */
export interface Pin {
  /** Bytes; undefined when the server does not tell them (a chunked answer): then they are counted. */
  readonly size: number | undefined;
  /** Strong ETag or date; undefined when the server names neither. */
  readonly validator: string | undefined;
  readonly etag: string | undefined;
  /** false: the server sends the whole file whatever is asked for. */
  readonly ranges: boolean;
}

export const MAX_SIZE = 2 ** 40;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Asks for the first byte: the answer tells size and identity, or where to go. The route is closed unless it is the last. */
export async function look(route: UpstreamRoute, signal?: AbortSignal): Promise<{ pin: Pin } | { redirect: URL }> {
  let last = false;
  try {
    const answer = await route.request({ range: 'bytes=0-0' }, signal);
    try {
      if (REDIRECTS.has(answer.statusCode)) return { redirect: redirectOf(route.url, answer) };
      const pin = pinOf(route.url, answer);
      if (pin.ranges) await answer.body.dump({ limit: 1024, signal });
      last = true;
      return { pin };
    } finally {
      discard(answer);
    }
  } finally {
    if (!last) await route.close();
  }
}

function redirectOf(from: URL, answer: Dispatcher.ResponseData): URL {
  const location = header(answer, 'location');
  const target = location === undefined ? null : URL.parse(location, from);
  if (!target) throw wrong(from, 'redirects to nowhere');
  if (target.protocol !== 'http:' && target.protocol !== 'https:') {
    throw new BootbenchError('E_SOURCE_FORBIDDEN', `${shown(from)} redirects to a ${target.protocol.slice(0, -1)} URL.`);
  }
  takeCredentials(target);
  target.hash = '';
  return target;
}

export function pinOf(url: URL, answer: Dispatcher.ResponseData): Pin {
  const { statusCode } = answer;
  checkStatus(url, statusCode);
  const encoding = header(answer, 'content-encoding') ?? 'identity';
  if (encoding !== 'identity') throw wrong(url, `compresses the ISO (${encoding})`);
  const size = checkedSize(url, answer);
  const etag = header(answer, 'etag');
  const strong = etag?.startsWith('"') === true ? etag : undefined;
  return { size, etag, validator: strong ?? header(answer, 'last-modified'), ranges: statusCode === 206 };
}

function checkStatus(url: URL, status: number): void {
  if (isTransient(status)) throw new Transient(`answered ${status}`);
  if (status === 416) throw wrong(url, 'holds an empty file');
  if (status !== 206 && status !== 200) throw new Transient(`answered ${status}`, { final: true });
}

/** undefined: the server sends the complete file and does not report its size, so its bytes are counted. */
function checkedSize(url: URL, answer: Dispatcher.ResponseData): number | undefined {
  const isRange = answer.statusCode === 206;
  const size = isRange ? sizeOfRange(answer) : sizeOfWhole(answer);
  // Further ranges of a file of unknown size cannot be requested.
  if (size === undefined && isRange) throw wrong(url, 'does not report the size of the ISO');
  if (size === 0) throw wrong(url, 'holds an empty file');
  if (size !== undefined && size > MAX_SIZE) throw wrong(url, `claims ${size} bytes, which no ISO has`);
  return size;
}

function sizeOfRange(answer: Dispatcher.ResponseData): number | undefined {
  const range = contentRange(answer);
  return range?.start === 0 ? range.total : undefined;
}

export function sizeOfWhole(answer: Dispatcher.ResponseData): number | undefined {
  const length = header(answer, 'content-length') ?? '';
  return /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

export function contentRange(answer: Dispatcher.ResponseData): { start: number; end: number; total: number | undefined } | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(header(answer, 'content-range') ?? '');
  if (!match) return undefined;
  return { start: Number(match[1]), end: Number(match[2]), total: match[3] === '*' ? undefined : Number(match[3]) };
}

export function header(answer: Dispatcher.ResponseData, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Lets go of a body that is not read to its end; one that was read is left in peace. */
export function discard(answer: Dispatcher.ResponseData): void {
  answer.body.on('error', () => undefined);
  if (!answer.body.readableEnded) answer.body.destroy();
}

export function isTransient(status: number): boolean {
  return status >= 500 || status === 429 || status === 408;
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'refuses the connection',
  ECONNRESET: 'cut the connection',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  ETIMEDOUT: 'does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'accepted the connection and then said nothing',
  UND_ERR_BODY_TIMEOUT: 'stopped sending',
  UND_ERR_SOCKET: 'cut the connection',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'cut the connection',
  UND_ERR_DESTROYED: 'cut the connection',
  UND_ERR_CLOSED: 'cut the connection',
};

/** Why an attempt failed, as the predicate of a sentence about the server. */
export function reason(error: unknown): string {
  const code = errnoOf(error);
  if (code !== undefined && REASONS[code] !== undefined) return REASONS[code];
  return error instanceof Transient ? error.message : `failed: ${error instanceof Error ? error.message : String(error)}`;
}

/** `url`: as text it is one that may be shown. */
export function wrong(url: URL | string, how: string, cause?: unknown): BootbenchError {
  return new BootbenchError('E_UPSTREAM', `The server of ${typeof url === 'string' ? url : shown(url)} ${how}.`, { cause });
}

/** `url`: as text it is one that may be shown. */
export function changed(url: URL | string, how: string): BootbenchError {
  return new BootbenchError(
    'E_UPSTREAM_CHANGED',
    `${typeof url === 'string' ? url : shown(url)} is not what it was when it was opened: ${how}.`,
  );
}
