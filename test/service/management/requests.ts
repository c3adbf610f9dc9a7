import { request, type IncomingHttpHeaders } from 'node:http';
import type { ManagementServer } from '../../fixtures/management-server.ts';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json(): Record<string, unknown>;
}

export interface Ask {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** False: without the token. */
  token?: boolean | string;
}

/** One request by node:http, which sends whatever Host and Origin it is told. */
export function ask(
  { management, token }: ManagementServer,
  path: string,
  { method = 'GET', body, headers = {}, token: use = true }: Ask = {},
): Promise<Answer> {
  const auth = use === false ? {} : { Authorization: `Bearer ${use === true ? token : use}` };
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  // node:http announces no body of a DELETE by itself.
  const length = text !== undefined && method === 'DELETE' ? { 'Content-Length': String(Buffer.byteLength(text)) } : {};
  return new Promise((resolve, reject) => {
    const sent = request(`${management.url}${path}`, { method, headers: { ...auth, ...length, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: () => JSON.parse(text) as Record<string, unknown>,
        });
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}
