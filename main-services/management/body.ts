import type { IncomingMessage } from 'node:http';
import { BootbenchError } from '../../contract/errors.ts';

export type JsonObject = Record<string, unknown>;

const MAX_BODY = 2 * 1024 * 1024;

/** The request's JSON object. E_TOO_LARGE over 2 MiB (read no further), E_BAD_INPUT when it is none. */
export async function readJson(request: IncomingMessage): Promise<JsonObject> {
  const type = (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/json' && type !== 'application/merge-patch+json')
    throw new BootbenchError('E_BAD_INPUT', `Unsupported Content-Type ${type}; send application/json or application/merge-patch+json.`);
  const parsed = parse(await readBody(request));
  if (!isObject(parsed)) throw new BootbenchError('E_BAD_INPUT', 'The body is not a JSON object.');
  return parsed;
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
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BootbenchError('E_BAD_INPUT', `The body is not JSON: ${error instanceof Error ? error.message : ''}`, { cause: error });
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
