import type { IncomingMessage, ServerResponse } from 'node:http';
import { BootbenchError } from '../../../../contract/errors.ts';
import { SAFE_HEADERS } from '../../reply.ts';
import { openApiDocument } from './document.ts';
import { openApiPage, PAGE_POLICY } from './page.ts';

interface Answer {
  readonly type: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * `/openapi.json` and `/openapi.html`, made when they are first requested; undefined for other paths. They need no token: they contain
 * what is in Bootbench's source, and a browser sends no token with a link.
 */
export function openApiFiles(version: () => string): (request: IncomingMessage, response: ServerResponse, url: URL) => boolean {
  const document = once(() => openApiDocument({ version: version() }));
  const answers: Readonly<Record<string, () => Answer>> = {
    '/openapi.json': once(() => ({ type: 'application/json; charset=utf-8', text: `${JSON.stringify(document())}\n` })),
    '/openapi.html': once(() => ({
      ...{ type: 'text/html; charset=utf-8', text: openApiPage(document()) },
      headers: { 'Content-Security-Policy': PAGE_POLICY },
    })),
  };
  return ({ method }, response, { pathname }) => {
    const answer = Object.hasOwn(answers, pathname) ? answers[pathname] : undefined;
    if (!answer) return false;
    if (method !== 'GET' && method !== 'HEAD') throw new BootbenchError('E_METHOD', `${pathname} is read-only.`);
    const { type, text, headers } = answer();
    response.writeHead(200, {
      ...SAFE_HEADERS,
      ...headers,
      ...{ 'Content-Type': type, 'Content-Length': Buffer.byteLength(text), 'Cache-Control': 'no-cache' },
    });
    response.end(text);
    return true;
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
