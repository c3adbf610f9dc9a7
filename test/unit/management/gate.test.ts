import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createGate, loopbackAddress } from '../../../main-services/management/gate.ts';
import { sameToken } from '../../../main-services/management/token.ts';

const request = (headers: Record<string, string>): IncomingMessage => ({ headers }) as unknown as IncomingMessage;

describe('Host and Origin', () => {
  it.each([
    ['127.0.0.1', 7780, { host: '127.0.0.1:7780' }, true],
    ['127.0.0.1', 7780, { host: '127.0.0.1:7780', origin: 'http://127.0.0.1:7780' }, true],
    ['127.0.0.1', 80, { host: '127.0.0.1' }, true],
    ['127.0.0.1', 80, { host: '127.0.0.1:80', origin: 'http://127.0.0.1' }, true],
    ['::1', 7780, { host: '[::1]:7780', origin: 'http://[::1]:7780' }, true],
    ['127.0.0.1', 7780, {}, false],
    ['127.0.0.1', 7780, { host: '127.0.0.1' }, false],
    ['127.0.0.1', 7780, { host: '127.0.0.1.evil.example:7780' }, false],
    ['127.0.0.1', 7780, { host: '127.0.0.1:7780', origin: 'https://127.0.0.1:7780' }, false],
    ['127.0.0.1', 7780, { host: '127.0.0.1:7780', origin: 'http://127.0.0.1:7780.evil.example' }, false],
    ['127.0.0.1', 7780, { host: '127.0.0.1:7780', origin: '' }, false],
  ])('%s:%i with %j → %s', (host, port, headers, allowed) => {
    const check = (): void => createGate(host, port, 't').checkPage(request(headers));
    if (allowed) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: 'E_FORBIDDEN_ORIGIN' }) as Error);
  });
});

describe('the token', () => {
  it.each([
    ['Authorization', { authorization: 'Bearer secret' }, true],
    ['Authorization in another case', { authorization: 'bearer  secret' }, true],
    ['the subprotocol', { 'sec-websocket-protocol': 'bootbench.v1, bearer.secret' }, true],
    ['the password of Basic', { authorization: `Basic ${btoa(':secret')}` }, true],
    ['the password of Basic with a user name', { authorization: `basic ${btoa('kubectl:secret')}` }, true],
    ['the user name of Basic', { authorization: `Basic ${btoa('secret:')}` }, false],
    ['another password', { authorization: `Basic ${btoa(':secrets')}` }, false],
    ['a password that a browser adds', { authorization: `Basic ${btoa(':secret')}`, 'sec-fetch-site': 'cross-site' }, false],
    ['a password that a browser adds to a page', { authorization: `Basic ${btoa(':secret')}`, 'sec-fetch-mode': 'navigate' }, false],
    ['a password of a WebSocket', { authorization: `Basic ${btoa(':secret')}`, upgrade: 'websocket' }, false],
    ['Basic without base64', { authorization: 'Basic secret' }, false],
    ['a longer one', { authorization: 'Bearer secrets' }, false],
    ['nothing', {}, false],
    ['a cookie', { cookie: 'token=secret' }, false],
  ])('as %s → %s', (_name, headers, allowed) => {
    const check = (): void => createGate('127.0.0.1', 1, 'secret').checkToken(request(headers));
    if (allowed) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: 'E_AUTH' }) as Error);
  });

  it('is compared whole', () => {
    expect(sameToken('abc', 'abc')).toBe(true);
    for (const other of ['', 'ab', 'abcd', 'abd']) expect(sameToken('abc', other)).toBe(false);
  });
});

it.each([
  ['localhost', '127.0.0.1'],
  ['127.0.0.1', '127.0.0.1'],
  ['127.8.8.8', '127.8.8.8'],
  ['::1', '::1'],
  ['127.evil.example', undefined],
  ['0.0.0.0', undefined],
  ['', undefined],
])('listening on %j → %s', (host, address) => {
  if (address === undefined) expect(() => loopbackAddress(host)).toThrow(expect.objectContaining({ code: 'E_USAGE' }) as Error);
  else expect(loopbackAddress(host)).toBe(address);
});
