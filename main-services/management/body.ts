import type { IncomingMessage } from 'node:http';
import { BootbenchError } from '../../contract/errors.ts';
import { isDeeperThan } from '../../util/json-depth.ts';
import { printable } from '../../util/text.ts';

export type JsonObject = Record<string, unknown>;

/** Bytes. */
export const MAX_BODY = 2 * 1024 * 1024;
/** Levels of JSON. */
export const MAX_DEPTH = 64;

const JSON_TYPES = ['application/json', 'application/merge-patch+json'];

/**
 * The request's JSON object. E_TOO_LARGE over 2 MiB (read no further), E_BAD_INPUT when it is none, E_MEDIA_TYPE for another content type.
 */
export async function readJson(request: IncomingMessage): Promise<JsonObject> {
  const { value } = await readJsonOf(request, JSON_TYPES);
  if (!isObject(value)) throw new BootbenchError('E_BAD_INPUT', 'The body is not a JSON object.');
  return value;
}

/** The request's JSON value and its content type, one of `accepted`; the first one where the request names none. Errors as `readJson`. */
export async function readJsonOf(request: IncomingMessage, accepted: readonly string[]): Promise<{ type: string; value: unknown }> {
  const type = (request.headers['content-type'] ?? accepted[0] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (!accepted.includes(type))
    throw new BootbenchError('E_MEDIA_TYPE', `Content-Type ${printable(type)} is not supported; send ${accepted.join(' or ')}.`);
  return { type, value: parse(await readBody(request)) };
}

/** The same, or undefined where the body is empty. */
export async function readOptionalJson(request: IncomingMessage): Promise<JsonObject | undefined> {
  const text = await readBody(request);
  if (text.trim() === '') return undefined;
  const value = parse(text);
  if (!isObject(value)) throw new BootbenchError('E_BAD_INPUT', 'The body is not a JSON object.');
  return value;
}

/** Whether a value is nested more than 64 levels deep, so that functions which call themselves must not walk it. */
export function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []) as unknown[]);
  }
  return false;
}

async function readBody(request: IncomingMessage): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLarge(): BootbenchError {
  return new BootbenchError('E_TOO_LARGE', 'The body is larger than 2 MiB.');
}

function parse(text: string): unknown {
  // Before it is parsed: what walks the value calls itself once for each level.
  if (isDeeperThan(text, MAX_DEPTH)) throw new BootbenchError('E_BAD_INPUT', `The body is nested more than ${MAX_DEPTH} levels deep.`);
  try {
    return JSON.parse(text);
  } catch (error) {
    // Not the parser's own message: it quotes the body, and there may be a password in it.
    const place = /at position \d+(?: \(line \d+ column \d+\))?/.exec(error instanceof Error ? error.message : '')?.[0];
    throw new BootbenchError('E_BAD_INPUT', place === undefined ? 'The body is not valid JSON.' : `The body is not valid JSON ${place}.`);
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
