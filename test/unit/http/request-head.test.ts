import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRequestHead, RequestHeads } from '../../../main-services/http/front/request-head.ts';

const URL = '/iso/52-54-00-88-00-03/token/a.iso';
const head = (...lines: string[]) => `GET ${URL} HTTP/1.1\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;

describe('a request head', () => {
  it('is read with the headers that decide the answer', () => {
    const text = head(
      'Host: 192.0.2.1',
      'user-agent:  iPXE/1.21.1+ \t',
      'RANGE: bytes=0-4',
      'If-Range: "x"',
      'X-Other: y',
      'Connection: close',
    );
    expect(parseRequestHead(`${text}GET /next`)).toEqual({
      method: 'GET',
      url: URL,
      range: 'bytes=0-4',
      ifRange: '"x"',
      ifMatch: undefined,
      ifNoneMatch: undefined,
      userAgent: 'iPXE/1.21.1+',
      accept: undefined,
      closes: true,
      length: text.length,
    });
  });

  it.each([
    ['incomplete', `GET ${URL} HTTP/1.1\r\nHost: a\r\n`],
    ['of HTTP/1.0', `GET ${URL} HTTP/1.0\r\n\r\n`],
    ['of another method', `POST ${URL} HTTP/1.1\r\n\r\n`],
    ['with an absolute URL', `GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['with a body', head('Content-Length: 5')],
    ['with a chunked body', head('Transfer-Encoding: chunked')],
    ['that waits for 100', head('Expect: 100-continue')],
    ['of another protocol', head('Connection: Upgrade', 'Upgrade: websocket')],
    ['with a header twice', head('Range: bytes=0-1', 'range: bytes=5-6')],
    ['with a folded header', head('Range: bytes=0-1', ' ,5-6')],
    ['with a space before the colon', head('Range : bytes=0-1')],
    ['with a control character', head('Range: bytes=0-\x001')],
    ['with a bare line feed', head('Range: bytes=0-1\nContent-Length: 5')],
    ['that is too long', head(`X: ${'y'.repeat(8192)}`)],
    ['with too many headers', head(...Array.from({ length: 65 }, (_, at) => `X-${at}: y`))],
  ])('%s is left to node:http', (_, text) => expect(parseRequestHead(text)).toBeUndefined());
});

it('a header of blanks takes no time', () => {
  const blanks = ' \t'.repeat(3500);
  const began = performance.now();
  for (const line of [
    `Range:${blanks}\x01`,
    `Range:${blanks}x${blanks}\x01`,
    `${blanks}:`,
    `Range: ${'x '.repeat(3000)}`,
    'x'.repeat(8000),
  ])
    parseRequestHead(head(line));
  expect(performance.now() - began).toBeLessThan(100);
  expect(parseRequestHead(head(`Range:${blanks}bytes=1-2${blanks.slice(0, 100)}`))?.range).toBe('bytes=1-2');
});

describe('heads of one connection', () => {
  const number = fc.oneof(fc.nat({ max: 99 }).map(String), fc.constantFrom('', '00', '99999999999999999999', 'x', '1-', ' 1'));
  const range = fc
    .tuple(fc.constantFrom('bytes=', 'Bytes=', 'bytes= ', '', 'items='), number, number)
    .map(([unit, a, b]) => `${unit}${a}-${b}`);
  const lines = fc.array(
    fc.oneof(
      range.map((value) => `Range: ${value}`),
      fc.constantFrom(
        'range:bytes=1-2',
        'Range: bytes=1-2 ',
        'X: Range: bytes=1-2',
        'Host: a',
        'Connection: close',
        'If-Range: bytes=1-2',
        'Expect: x',
        'broken',
      ),
    ),
    { maxLength: 4 },
  );

  it('are each read as if it was the only one', () => {
    fc.assert(
      fc.property(fc.array(lines, { minLength: 2, maxLength: 8 }), fc.constantFrom('', 'GET / HTTP/1.1\r\n'), (all, next) => {
        const heads = new RequestHeads();
        for (const one of all) {
          const text = head(...one) + next;
          expect(heads.read(text)).toEqual(parseRequestHead(text));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('that differ only in their range are recognized', () => {
    const heads = new RequestHeads();
    const [first, second] = ['bytes=0-16383', 'bytes=1048576-1064959'].map((value) => head('Host: a', `Range: ${value}`, 'Accept: */*'));
    expect(heads.read(first!)?.range).toBe('bytes=0-16383');
    expect(heads.read(second!)).toEqual(parseRequestHead(second!));
  });
});
