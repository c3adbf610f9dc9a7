import type { ServerResponse } from 'node:http';
import { asBootbenchError, errorBody } from '../../contract/errors.ts';

/** Sent with every response: the management plane must not be framed, sniffed, cached or referred to by other sites. */
export const SAFE_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

export function sendJson(response: ServerResponse, status: number, body: unknown, warnings: readonly string[] = []): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    ...SAFE_HEADERS,
    ...(warnings.length > 0 && { Warning: warnings.map(warning) }),
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  });
  response.end(text);
}

/** `{code, title, message, next}` with the status of the code. A reply already under way is cut off instead. */
export function sendError(response: ServerResponse, error: unknown): void {
  sendErrorBody(response, asBootbenchError(error).http, errorBody(error));
}

/** An error in another shape. */
export function sendErrorBody(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // After an error the rest of the request's body may be unread; it must not be taken for the next request.
  response.setHeader('Connection', 'close');
  sendJson(response, status, body);
}

/** RFC 9111 §5.5 as Kubernetes uses it: 299, for a person to read. Header text is ASCII. */
function warning(sentence: string): string {
  const ascii = sentence.replaceAll('’', "'").replace(/[^\x20-\x7e]/g, '?');
  return `299 - "${ascii.replace(/["\\]/g, '\\$&')}"`;
}
