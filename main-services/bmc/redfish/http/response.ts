import type { Dispatcher } from 'undici';
import { isDeeperThan } from '../../../../util/json-depth.ts';
import { record, text } from './json.ts';
import { messagesOf, type BmcMessage } from './problem.ts';

/** What a BMC answered, read to its end. */
export interface RedfishResponse {
  readonly status: number;
  readonly ok: boolean;
  readonly body: unknown;
  readonly messages: readonly BmcMessage[];
  readonly headers: Readonly<Record<string, string>>;
}

/** The largest recorded document has 60 KiB. */
const MAX_BODY = 2 * 1024 * 1024;
/** Levels of JSON; recorded documents have 10. */
const MAX_DEPTH = 100;

export async function readAnswer(response: Dispatcher.ResponseData): Promise<RedfishResponse> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > MAX_BODY) break;
    chunks.push(bytes);
  }
  const body = parse(Buffer.concat(chunks).toString('utf8'));
  const status = response.statusCode;
  return { status, ok: status >= 200 && status < 300, body, messages: messagesOf(body), headers: flat(response.headers) };
}

/** JSON whatever its content type; anything else stays text. */
function parse(content: string): unknown {
  // What reads a document calls itself once for each level.
  if (isDeeperThan(content, MAX_DEPTH)) return content;
  try {
    return JSON.parse(content) as unknown;
  } catch {
    return content;
  }
}

function flat(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) found[name.toLowerCase()] = first;
  }
  return found;
}

/** The header first, then the body. An empty one is none (it would be answered by 412). */
export function etagOf(answer: RedfishResponse): string | undefined {
  return text(answer.headers.etag) ?? text(record(answer.body)['@odata.etag']);
}

/** Milliseconds to wait as the BMC asks, at most `most`. */
export function retryAfter(answer: RedfishResponse, most: number): number | undefined {
  const seconds = Number(answer.headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1000, most) : undefined;
}
