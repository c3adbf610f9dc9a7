import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { isIP } from 'node:net';
import { BootbenchError } from '../../contract/errors.ts';
import * as sentences from './sentences.ts';

export interface HttpOptions {
  /** Plain HTTP to any server; without it, to this computer only. */
  readonly allowHttp: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Certificates to trust instead of Node's own, for tests. */
  readonly ca?: string | undefined;
}

/** Larger than any boot file: GRUB has 3 MB. */
export const FILE_LIMIT = 32 * 2 ** 20;
const IDLE_MS = 30_000;
const MOST_REDIRECTS = 5;

/**
 * The bytes at an address, and the address after redirects; undefined where the server has no such file (404, 410).
 * E_BOOT_FILE_SOURCE for an address that is not allowed and every failure. A redirect from https to http is always refused.
 */
export async function readHttpFile(address: URL, options: HttpOptions): Promise<{ bytes: Uint8Array; url: string } | undefined> {
  let url = address;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    checkAddress(url, options);
    const response = await request(url, options);
    const status = response.statusCode ?? 0;
    const location = response.headers.location;
    if (status >= 300 && status < 400 && location !== undefined) {
      response.destroy();
      const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
      if (!next || (url.protocol === 'https:' && next.protocol !== 'https:')) throw failed(sentences.redirectRefused(url.href, location));
      url = next;
      continue;
    }
    if (status === 200) return { bytes: await bodyOf(response, url), url: url.href };
    response.destroy();
    if (status === 404 || status === 410) return undefined;
    throw failed(sentences.unexpectedStatus(url.href, status));
  }
  throw failed(sentences.tooManyRedirects(address.href));
}

/** E_BOOT_FILE_SOURCE for another scheme than https, and for http to another computer without permission. */
export function checkAddress(url: URL, { allowHttp }: Pick<HttpOptions, 'allowHttp'>): void {
  if (url.username !== '' || url.password !== '') throw failed(sentences.ADDRESS_WITH_PASSWORD);
  if (url.protocol === 'https:') return;
  if (url.protocol !== 'http:') throw failed(sentences.otherScheme(url.protocol));
  if (!allowHttp && !isLoopback(url.hostname)) throw failed(sentences.plainHttp(url.href));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));
}

function request(url: URL, { signal, ca }: HttpOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const settings = { ...(signal && { signal }), ...(ca !== undefined && { ca }), timeout: IDLE_MS, agent: false as const };
    const sent = url.protocol === 'https:' ? httpsGet(url, settings, resolve) : httpGet(url, settings, resolve);
    sent.on('timeout', () => sent.destroy(new Error(sentences.NO_ANSWER)));
    sent.on('error', (error) => reject(failed(sentences.unreachable(url.href, error.message))));
  });
}

/** Node reports a response that is shorter than its Content-Length, or cut off between chunks, as an error. */
async function bodyOf(response: IncomingMessage, url: URL): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > FILE_LIMIT) throw new Error(sentences.TOO_LARGE);
      chunks.push(chunk);
    }
  } catch (error) {
    throw failed(sentences.interrupted(url.href, error instanceof Error ? error.message : String(error)));
  }
  return Buffer.concat(chunks);
}

function failed(message: string): BootbenchError {
  return new BootbenchError('E_BOOT_FILE_SOURCE', message);
}
