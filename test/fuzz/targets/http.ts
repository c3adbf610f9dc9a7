import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { BootbenchError } from '../../../contract/errors.ts';
import { entityOf } from '../../../main-services/http/entity.ts';
import { parseRequestHead, RequestHeads, type RequestHead } from '../../../main-services/http/front/request-head.ts';
import { decideRange, precondition } from '../../../main-services/http/range.ts';
import { route } from '../../../main-services/http/router.ts';
import { sendError, sendSource } from '../../../main-services/http/send.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { must, type Target } from '../engine/target.ts';

const BYTES = Buffer.from(Array.from({ length: 1000 }, (_, at) => at & 0xff));
const SOURCE = memorySource(BYTES, 'etag');
const LARGE = { ...entityOf(SOURCE), size: 5 * 2 ** 30 };

/** A request’s head as text: method and URL, then headers. */
export const target: Target = {
  maxLength: 16_384,
  words: [
    'bytes=',
    '0-',
    '-5',
    '999-1000',
    ', ',
    'Range: bytes=0-4\n',
    'If-Range: "etag"\n',
    'If-None-Match: W/"etag", *\n',
    'User-Agent: iPXE/1.21\n',
    '/iso/52-54-00-88-00-03/token/a.iso',
    '/ipxe?mac=',
    '/boot/ipxe.efi',
    '/config/x/y',
    '/iso-files/52-54-00-88-00-03/t/a/b',
    '/api/v1/boot-complete?token=',
    '%2e%2e',
    '%00',
    '//',
    '\\',
    '?sourceISO=http://x/',
  ],
  seeds: () =>
    [
      'GET /iso/52-54-00-88-00-03/token/a.iso\nRange: bytes=10-19\nIf-Range: "etag"\n',
      'HEAD /boot/ipxe.efi\n',
      'GET /ipxe?mac=52:54:00:88:00:03&uuid=x&wait=3\nUser-Agent: iPXE/1.21\nRange: bytes=-2147483648--2147483000\n',
      'POST /api/v1/boot-complete?token=a\nIf-Match: "x"\n',
      'GET http://h/config/t/user-data\nRange: bytes=0-1,5-6\n',
      'GET /52-54-00-88-00-03/boot/grub.cfg%ff\nIf-None-Match: "etag"\n',
    ].map((text) => Buffer.from(text)),
  run: async (input) => {
    const [first = '', ...lines] = Buffer.from(input).toString('latin1').split('\n');
    const [method = '', url = ''] = first.split(' ', 2);
    const headers = headersOf(lines);
    const routed = route(method, url);
    if (routed.kind === 'refused')
      must(routed.error instanceof BootbenchError && !/[\x00-\x09\x0b-\x1f]/.test(routed.error.message), 'a refusal is printable');
    const { range, 'if-range': ifRange, 'user-agent': agent } = headers;
    for (const entity of [entityOf(SOURCE), LARGE]) {
      const decided = decideRange(range, ifRange, entity, agent);
      if (decided.kind !== 'part') continue;
      const { first: from, last } = decided;
      must(
        Number.isSafeInteger(from) && Number.isSafeInteger(last) && from >= 0 && from <= last && last < entity.size,
        `a range is in the file: ${from}-${last}`,
      );
    }
    precondition(headers['if-match'], headers['if-none-match'], '"etag"');
    await sameHead(`${first} HTTP/1.1\r\n${['Host: a', ...lines].join('\r\n')}\r\n\r\n`);
    await answered(method, url, headers, routed.kind === 'refused' ? routed.error : undefined);
  },
};

/** A head that is read without node:http means the same to node:http, also behind another one on the same connection. */
async function sameHead(text: string): Promise<void> {
  const head = parseRequestHead(text);
  const heads = new RequestHeads();
  for (const one of [text, text.replace(/bytes=\d+/i, 'bytes=7'), text])
    must(JSON.stringify(heads.read(one)) === JSON.stringify(parseRequestHead(one)), 'a head is read the same behind another one');
  if (!head) return;
  const seen = await byNode(text.slice(0, head.length));
  must(seen !== undefined, 'node:http reads the head');
  const { method, url, headers } = seen;
  const expected = { method, url, ...Object.fromEntries(FIELDS.map(([key, name]) => [key, headers[name]])) };
  const found = { method: head.method, url: head.url, ...Object.fromEntries(FIELDS.map(([key]) => [key, head[key]])) };
  if (headers['user-agent'] === undefined) Object.assign(expected, { userAgent: '' });
  must(JSON.stringify(found) === JSON.stringify(expected), `the same head: ${JSON.stringify(found)}, ${JSON.stringify(expected)}`);
}

const FIELDS: readonly (readonly [keyof RequestHead, string])[] = [
  ['range', 'range'],
  ['ifRange', 'if-range'],
  ['ifMatch', 'if-match'],
  ['ifNoneMatch', 'if-none-match'],
  ['userAgent', 'user-agent'],
  ['accept', 'accept'],
];

const server = createServer();

/** The request that node:http makes of a head; undefined where it refuses it. */
function byNode(text: string): Promise<IncomingMessage | undefined> {
  return new Promise((resolve) => {
    const wire = new Wire();
    const end = (request?: IncomingMessage): void => {
      server.removeAllListeners();
      wire.destroy();
      resolve(request);
    };
    server.once('request', (request: IncomingMessage) => end(request));
    server.once('clientError', () => end());
    listener.call(server, wire as unknown as Socket);
    wire.push(Buffer.from(text, 'latin1'));
  });
}

const [listener] = server.listeners('connection') as [(this: typeof server, socket: Socket) => void];

async function answered(method: string, url: string, headers: Record<string, string>, error: BootbenchError | undefined): Promise<void> {
  const wire = new Wire();
  const request = new IncomingMessage(wire as unknown as Socket);
  Object.assign(request, { method: method === 'HEAD' ? 'HEAD' : 'GET', url, headers });
  const response = new ServerResponse(request);
  response.assignSocket(wire as unknown as Socket);
  if (error) sendError(request, response, error);
  else await sendSource(request, response, { source: SOURCE, contentType: 'application/octet-stream' });
  const text = Buffer.concat(wire.written).toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  must(end > 0, 'an answer has a head');
  const head = text.slice(0, end);
  const length = Number(/\r\nContent-Length: (\d+)/i.exec(head)?.[1] ?? 0);
  const body = text.slice(end + 4);
  must(body.length === (request.method === 'HEAD' ? 0 : length), `as many bytes as announced: ${body.length} of ${length}`);
  const part = /\r\nContent-Range: bytes (\d+)-/i.exec(head)?.[1];
  if (error === undefined && part !== undefined)
    must(body === BYTES.toString('latin1', Number(part), Number(part) + length), 'the bytes of the range');
}

function headersOf(lines: readonly string[]): Record<string, string> {
  const pairs = lines
    .slice(0, 32)
    .map((line) => [line.slice(0, Math.max(0, line.indexOf(':'))).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const);
  return Object.fromEntries(pairs.filter(([name]) => /^[a-z-]+$/.test(name) && name !== 'constructor'));
}

class Wire extends Duplex {
  readonly written: Buffer[] = [];
  override _read(): void {
    // Nothing comes.
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    done();
  }
}
