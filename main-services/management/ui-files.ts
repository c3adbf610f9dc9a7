import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BootbenchError } from '../../contract/errors.ts';
import { pageFileType } from '../../contract/page-files.ts';
import { SAFE_HEADERS } from './reply.ts';

/** Serves the built UI: files of `uiDir` only, by exact name; no listing, no symlink that leads out. */
export async function sendUiFile(uiDir: string, authority: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') throw new BootbenchError('E_METHOD', 'UI files are read-only.');
  const { path, size, type } = await find(uiDir, new URL(request.url ?? '/', 'http://ui').pathname);
  response.writeHead(200, {
    ...SAFE_HEADERS,
    'Content-Type': type,
    'Content-Length': size,
    'Content-Security-Policy': contentSecurityPolicy(authority),
    // Built files carry a hash of their content in the name; index.html does not.
    'Cache-Control': /-[\w-]{8,}\.\w+$/.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(path), response);
}

/** Sources of a policy cannot be IPv6 literals; there, 'self' alone must cover the WebSocket, as it does in current browsers. */
function contentSecurityPolicy(authority: string): string {
  const socket = authority.startsWith('[') ? '' : ` ws://${authority}`;
  return `default-src 'self'; connect-src 'self'${socket}; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

async function find(uiDir: string, pathname: string): Promise<{ path: string; size: number; type: string }> {
  const name = pathname === '/' ? '/index.html' : decode(pathname);
  const type = pageFileType(name);
  const missing = new BootbenchError('E_NOT_FOUND', `Page ${name} not found.`, { next: 'Open / for the UI.' });
  if (type === undefined || name.includes('\0')) throw missing;
  try {
    const root = await realpath(uiDir);
    const path = await realpath(join(root, name));
    const found = await stat(path);
    if (!path.startsWith(root + sep) || !found.isFile()) throw missing;
    return { path, size: found.size, type };
  } catch {
    throw missing;
  }
}

function decode(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    throw new BootbenchError('E_BAD_INPUT', 'Invalid percent-encoding in the URL path.');
  }
}
