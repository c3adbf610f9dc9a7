import type { SourceRequest } from '../reply.ts';

/** The head of a GET or HEAD request without anything unusual. */
export interface RequestHead extends SourceRequest {
  /** The request target, as sent. */
  readonly url: string;
  readonly accept: string | undefined;
  /** The client closes the connection after the answer. */
  readonly closes: boolean;
  /** Characters of the head, the empty line included. */
  readonly length: number;
}

/**
 * Reads the request heads of one connection. Most clients send the same head again and change only the range: such a head is compared with the
 * latest, which takes a tenth of the time.
 */
export class RequestHeads {
  #latest: { readonly head: RequestHead; readonly before: string; readonly after: string } | undefined;

  /** The head that `text` (Latin-1) begins with; undefined as for parseRequestHead. */
  read(text: string): RequestHead | undefined {
    return this.#readLike(text) ?? this.#parse(text);
  }

  #readLike(text: string): RequestHead | undefined {
    if (!this.#latest || !text.startsWith(this.#latest.before)) return undefined;
    const { head, before, after } = this.#latest;
    const end = text.indexOf('\r', before.length);
    if (end === -1 || !text.startsWith(after, end)) return undefined;
    const range = text.slice(before.length, end);
    return ONE_RANGE.test(range) ? withRange(head, range, end + after.length) : undefined;
  }

  #parse(text: string): RequestHead | undefined {
    const head = parseRequestHead(text);
    const { range } = head ?? {};
    this.#latest = undefined;
    if (!head || range === undefined) return head;
    const at = text.indexOf(range, text.search(RANGE_HEADER) + 1);
    this.#latest = { head, before: text.slice(0, at), after: text.slice(at + range.length, head.length) };
    return head;
  }
}

/** Written out: V8 adds properties behind a spread one by one. */
function withRange(head: RequestHead, range: string, length: number): RequestHead {
  const { method, url, ifRange, ifMatch, ifNoneMatch, userAgent, accept, closes } = head;
  return { method, url, range, ifRange, ifMatch, ifNoneMatch, userAgent, accept, closes, length };
}

const RANGE_HEADER = /\r\nrange:/i;
const ONE_RANGE = /^bytes=\d{1,15}-\d{1,15}$/;

/** Longer ones are node:http's, which takes 16 KiB. */
const MAX_HEAD = 8192;

/** Headers that change what a request means, or what an answer may be. */
const UNUSUAL = new Set([
  'content-length',
  'transfer-encoding',
  'expect',
  'upgrade',
  'te',
  'trailer',
  'proxy-connection',
  'keep-alive',
  'http2-settings',
]);
const KEPT = new Set(['range', 'if-range', 'if-match', 'if-none-match', 'user-agent', 'accept', 'connection', 'host']);

/**
 * Reads the request head that `text` (Latin-1) begins with (RFC 9112 §2–5). undefined: it is incomplete, too long, malformed, of another version than
 * HTTP/1.1, of another method, or has a header whose meaning is node:http's to know.
 */
export function parseRequestHead(text: string): RequestHead | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1 || end > MAX_HEAD) return undefined;
  const firstEnd = text.indexOf('\r\n');
  const request = /^(GET|HEAD) (\/[\x21-\x7e]*) HTTP\/1\.1$/.exec(text.slice(0, firstEnd));
  if (!request) return undefined;
  const headers = firstEnd === end ? NO_HEADERS : parseHeaders(text.slice(firstEnd + 2, end));
  const connection = headers?.connection?.toLowerCase() ?? 'keep-alive';
  if (!headers || (connection !== 'keep-alive' && connection !== 'close')) return undefined;
  return {
    method: request[1] ?? '',
    url: request[2] ?? '',
    range: headers.range,
    ifRange: headers['if-range'],
    ifMatch: headers['if-match'],
    ifNoneMatch: headers['if-none-match'],
    userAgent: headers['user-agent'] ?? '',
    accept: headers.accept,
    closes: connection === 'close',
    length: end + 4,
  };
}

type Headers = Partial<Record<string, string>>;

const NO_HEADERS: Headers = {};
/** Characters of a token (RFC 9110 §5.6.2), and of a value (§5.5). Each is checked by itself, so that no text takes more than its length. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const MAX_HEADERS = 64;

function parseHeaders(text: string): Headers | undefined {
  const lines = text.split('\r\n');
  if (lines.length > MAX_HEADERS) return undefined;
  const headers: Headers = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const written = line.slice(0, Math.max(colon, 0));
    if (!NAME.test(written) || !VALUE.test(line)) return undefined;
    const name = written.toLowerCase();
    if (UNUSUAL.has(name)) return undefined;
    if (!KEPT.has(name)) continue;
    if (headers[name] !== undefined) return undefined;
    headers[name] = trimmed(line, colon + 1);
  }
  return headers;
}

/** From `at`, without the spaces and tabs around. */
function trimmed(line: string, at: number): string {
  let [first, end] = [at, line.length];
  while (first < end && isBlank(line, first)) first += 1;
  while (end > first && isBlank(line, end - 1)) end -= 1;
  return line.slice(first, end);
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}
