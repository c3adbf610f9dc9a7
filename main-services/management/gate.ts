import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import { BootbenchError } from '../../contract/errors.ts';
import { sameToken } from './token.ts';
import { printable } from '../../util/text.ts';

/** The WebSocket subprotocol. The browser also offers `bearer.<token>`, because it cannot set headers. */
export const SUBPROTOCOL = 'bootbench.v1';
const BEARER = 'bearer.';

/** Who may talk to the management plane: see docs/security.md. Each check throws the refusal. */
export interface Gate {
  readonly authority: string;
  /** Host must be the literal listen address (against DNS rebinding), Origin, when sent, our own page. */
  checkPage(request: IncomingMessage): void;
  /** The token, as Authorization header or WebSocket subprotocol; never a cookie, never the query, never what a browser adds by itself. */
  checkToken(request: IncomingMessage): void;
}

export function createGate(host: string, port: number, token: string): Gate {
  const literal = isIPv6(host) ? `[${host}]` : host;
  const authority = `${literal}:${port}`;
  const hosts = port === 80 ? [authority, literal] : [authority];
  const origins = hosts.map((name) => `http://${name}`);

  return {
    authority,
    checkPage({ headers }) {
      if (!hosts.includes(headers.host ?? ''))
        throw new BootbenchError('E_FORBIDDEN_ORIGIN', `The request is for host "${printable(headers.host ?? '')}"; this is ${authority}.`);
      if (headers.origin !== undefined && !origins.includes(headers.origin))
        throw new BootbenchError('E_FORBIDDEN_ORIGIN', `The request came from the page ${printable(headers.origin ?? '')}.`);
    },
    checkToken(request) {
      const given = tokenOf(request);
      if (given === undefined) throw new BootbenchError('E_AUTH', 'The request has no token.');
      if (!sameToken(given, token)) throw new BootbenchError('E_AUTH', 'Invalid token.');
    },
  };
}

function tokenOf({ headers }: IncomingMessage): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  return passwordOf(headers) ?? tokenAmong(headers['sec-websocket-protocol']);
}

/**
 * The password of Basic (RFC 7617), with any user name: kubectl sends no `--token` over plain http, but the credentials of its server's URL.
 * Not from browsers, which would add a remembered password to the requests of any page; they mark each request with Sec-Fetch-… headers.
 */
function passwordOf(headers: IncomingMessage['headers']): string | undefined {
  if (headers['sec-fetch-mode'] !== undefined || headers['sec-fetch-site'] !== undefined || headers.upgrade !== undefined) return undefined;
  const encoded = /^Basic +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString();
  const colon = decoded.indexOf(':');
  return colon === -1 ? undefined : decoded.slice(colon + 1);
}

function tokenAmong(offered: string | undefined): string | undefined {
  return subprotocols(offered)
    .find((name) => name.startsWith(BEARER))
    ?.slice(BEARER.length);
}

export function subprotocols(header: string | undefined): string[] {
  return (header ?? '').split(',').map((name) => name.trim());
}

/** The literal loopback address to listen on. E_USAGE for any other: only TLS could protect the token there. */
export function loopbackAddress(host: string): string {
  if (host === 'localhost') return '127.0.0.1';
  if ((isIPv4(host) && host.startsWith('127.')) || host === '::1') return host;
  throw new BootbenchError(
    'E_USAGE',
    `--api ${host}: the management plane requires TLS on other addresses, and TLS is not supported yet.`,
    {
      next: 'Use 127.0.0.1, with an SSH tunnel from other machines.',
    },
  );
}
