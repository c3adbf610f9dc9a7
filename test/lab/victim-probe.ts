import { on, once } from 'node:events';
import dgram from 'node:dgram';
import net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { OPTION } from '../../main-services/dhcp/codes.ts';
import { ipValue } from '../../main-services/dhcp/options.ts';
import { decodePacket, encodePacket } from '../../main-services/dhcp/packet.ts';
import { decode } from '../../main-services/tftp/codec.ts';
import { encodeRequest } from '../fixtures/tftp-packets.ts';
import { read } from './scenarios/tftp-reader.ts';
import { dhcpRequest } from './victim-dhcp-packet.ts';

/**
 * The victim: repeats one request and prints how long it took, as one JSON line; run inside a namespace.
 *
 *   victim-probe answer|transfer|script|healthz|boot-file|offer|ack <server> <seconds>
 */
export interface Figures {
  readonly count: number;
  readonly failed: number;
  /** Milliseconds, of the requests that succeeded; the time limit for those that did not. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** What failed ones said, each once. */
  readonly errors: readonly string[];
}

const BOOT_FILE = 'undionly.kpxe';
const MAC = '52:54:00:91:00:01';
const ADDRESS = '192.168.91.50';
const HTTP_PORT = 7080;
const TFTP_PORT = 69;
/** A request that takes longer has failed. */
const LIMIT_MS = 5000;
const PAUSE_MS = 20;
/** No machine sends DHCP as often; a server may limit what is sent in one MAC's name. */
const DHCP_PAUSE_MS = 150;

type Probe = (server: string) => Promise<void>;

const PROBES: Readonly<Record<string, Probe>> = {
  answer: firstAnswer,
  async transfer(server) {
    const { error, bytes } = await read(server, BOOT_FILE, [
      ['blksize', '1428'],
      ['windowsize', '8'],
    ]);
    if (error) throw new Error(`TFTP error ${error.code}: ${error.message}`);
    if (bytes !== 100_000) throw new Error(`${bytes} bytes`);
  },
  script: (server) => get(server, `/ipxe?mac=${MAC}`, /#!ipxe/),
  healthz: (server) => get(server, '/healthz', /\r\n\r\nok/),
  'boot-file': (server) => get(server, `/boot/${BOOT_FILE}`, /^HTTP\/1\.1 200/),
  offer: (server) => dhcp(server, 'DISCOVER'),
  ack: (server) => dhcp(server, 'REQUEST'),
};

/** From a DHCP message to its reply, which is broadcast. One datagram: what is lost is not repeated. */
async function dhcp(server: string, type: 'DISCOVER' | 'REQUEST'): Promise<void> {
  const chosen: [number, Uint8Array][] = [
    [OPTION.requestedIp, ipValue(ADDRESS)],
    [OPTION.serverId, ipValue(server)],
  ];
  const request = dhcpRequest({ type, mac: MAC, options: type === 'REQUEST' ? chosen : [] });
  // One that has got no reply is still open.
  const socket = dgram.createSocket({ type: 'udp4', reuseAddr: true });
  try {
    await new Promise<void>((bound) => socket.bind(68, bound));
    socket.setBroadcast(true);
    socket.send(encodePacket(request).bytes, 67, '255.255.255.255');
    for await (const [bytes] of on(socket, 'message') as AsyncIterable<[Buffer]>) {
      const decoded = decodePacket(bytes);
      if (decoded.kind !== 'packet' || decoded.packet.xid !== request.xid) continue;
      const { yiaddr, options } = decoded.packet;
      const expected = type === 'DISCOVER' ? 2 : 5;
      if (yiaddr !== ADDRESS || options.get(OPTION.messageType)?.[0] !== expected)
        throw new Error(`type ${options.get(53)?.[0]} with ${yiaddr}`);
      return;
    }
  } finally {
    socket.close();
  }
}

/** From the request to the OACK, which is then refused as a probe of the size does. One datagram: what is lost is not repeated. */
async function firstAnswer(server: string): Promise<void> {
  const socket = dgram.createSocket('udp4');
  try {
    const options = [['tsize', '0']] as const;
    socket.send(encodeRequest({ kind: 'rrq', file: BOOT_FILE, mode: 'octet', options }), TFTP_PORT, server);
    const [bytes, from] = (await once(socket, 'message')) as [Buffer, dgram.RemoteInfo];
    const packet = decode(bytes);
    if (packet.kind !== 'oack') throw new Error(packet.kind === 'error' ? `TFTP error ${packet.code}: ${packet.message}` : packet.kind);
    await new Promise((sent) => socket.send(Buffer.from('\0\x05\0\0aborted\0'), from.port, server, sent));
  } finally {
    socket.close();
  }
}

/** One connection for each request, as a machine that has just started. */
async function get(server: string, path: string, expected: RegExp): Promise<void> {
  const socket = net.connect(HTTP_PORT, server);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${server}\r\nConnection: close\r\n\r\n`);
  const parts: Buffer[] = [];
  try {
    for await (const part of socket) parts.push(part as Buffer);
  } finally {
    socket.destroy();
  }
  const text = Buffer.concat(parts).toString('latin1');
  if (!expected.test(text)) throw new Error(text === '' ? 'closed without a response' : (text.split('\r\n', 1)[0] ?? ''));
}

async function timed(probe: Probe, server: string): Promise<{ ms: number; error?: string }> {
  const began = performance.now();
  const late = new AbortController();
  try {
    await Promise.race([
      probe(server),
      wait(LIMIT_MS, undefined, { signal: late.signal }).then(() => {
        throw new Error(`no answer in ${LIMIT_MS} ms`);
      }),
    ]);
    return { ms: performance.now() - began };
  } catch (error) {
    return { ms: LIMIT_MS, error: error instanceof Error ? error.message : String(error) };
  } finally {
    late.abort();
  }
}

function figures(results: readonly { ms: number; error?: string }[]): Figures {
  const sorted = results.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number): number => Math.round((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0) * 10) / 10;
  const errors = results.flatMap(({ error }) => (error === undefined ? [] : [error]));
  return {
    count: results.length,
    failed: errors.length,
    p50: at(0.5),
    p99: at(0.99),
    max: at(1),
    errors: [...new Set(errors)].slice(0, 5),
  };
}

const [what = '', server = '', seconds = '10'] = process.argv.slice(2);
const probe = PROBES[what];
if (!probe) throw new Error(`not a probe: ${what}`);
const results: { ms: number; error?: string }[] = [];
for (const end = performance.now() + Number(seconds) * 1000; performance.now() < end;) {
  results.push(await timed(probe, server));
  await wait(what === 'offer' || what === 'ack' ? DHCP_PAUSE_MS : PAUSE_MS);
}
console.log(JSON.stringify(figures(results)));
process.exit(0);
