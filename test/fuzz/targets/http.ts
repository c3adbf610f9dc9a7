import { IncomingMessage, ServerResponse } from 'node:http';
import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { BootbenchError } from '../../../contract/errors.ts';
import { entityOf } from '../../../main-services/http/entity.ts';
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
    await answered(method, url, headers, routed.kind === 'refused' ? routed.error : undefined);
  },
};

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
