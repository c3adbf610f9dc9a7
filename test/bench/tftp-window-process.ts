import { createHash } from 'node:crypto';
import koffi from 'koffi';
import { OPCODE } from '../../main-services/tftp/codec.ts';
import { encodeAck, encodeRequest } from '../fixtures/tftp-packets.ts';

/**
 * `tftp-window-process '<WindowJob as JSON>'`, run in the client's namespace: reads a file with windows (RFC 7440) and prints a WindowReading as JSON.
 * One thread that blocks in recv(2), without an event loop, so that the client is not what is measured. Linux.
 */
export interface WindowJob {
  readonly server: string;
  readonly port: number;
  readonly file: string;
  readonly blksize: number;
  readonly windowsize: number;
}

export interface WindowReading {
  readonly bytes: number;
  readonly sha256: string;
  readonly seconds: number;
  /** Blocks per acknowledgement in the server's OACK. */
  readonly agreed: number;
  /** Acknowledgements after a block that did not come in order or in time. */
  readonly repeats: number;
}

const libc = koffi.load('libc.so.6');
const socket = libc.func('int socket(int domain, int type, int protocol)') as (...args: number[]) => number;
const connect = libc.func('int connect(int fd, const uint8_t *address, uint32_t length)') as (
  fd: number,
  to: Buffer,
  length: number,
) => number;
const setsockopt = libc.func('int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)') as Setsockopt;
const sendto = libc.func(
  'long sendto(int fd, const uint8_t *buffer, size_t length, int flags, const uint8_t *to, uint32_t toLength)',
) as Sendto;
const send = libc.func('long send(int fd, const uint8_t *buffer, size_t length, int flags)') as Transfer;
const recv = libc.func('long recv(int fd, uint8_t *buffer, size_t length, int flags)') as Transfer;
const recvfrom = libc.func(
  'long recvfrom(int fd, uint8_t *buffer, size_t length, int flags, uint8_t *from, uint8_t *fromLength)',
) as Recvfrom;

type Transfer = (fd: number, buffer: Uint8Array, length: number, flags: number) => number;
type Setsockopt = (fd: number, level: number, name: number, value: Buffer, length: number) => number;
type Sendto = (fd: number, buffer: Uint8Array, length: number, flags: number, to: Buffer, toLength: number) => number;
type Recvfrom = (fd: number, buffer: Uint8Array, length: number, flags: number, from: Buffer, fromLength: Buffer) => number;

// asm-generic/socket.h and bits/socket.h.
const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const SO_RCVBUFFORCE = 33;
const RECEIVE_BUFFER = 8 << 20;
/** Without a packet for so long, the last acknowledgement is repeated. */
const REPEAT_SECONDS = 1;
const MAX_REPEATS = 50;
const MAX_FILE = 128 << 20;

function main(job: WindowJob): WindowReading {
  const fd = openSocket();
  const packet = Buffer.alloc(65_536);
  const started = performance.now();
  const agreed = request(fd, packet, job);
  const file = Buffer.alloc(MAX_FILE);
  const last = { ack: encodeAck(0) };
  let [bytes, expected, inWindow, repeats] = [0, 1, 0, 0];
  send(fd, last.ack, 4, 0);
  for (let done = false; !done;) {
    const length = recv(fd, packet, packet.length, 0);
    const isNext = length >= 4 && packet[1] === OPCODE.data && packet.readUInt16BE(2) === (expected & 0xffff);
    if (isNext) {
      packet.copy(file, bytes, 4, length);
      bytes += length - 4;
      done = length - 4 < job.blksize;
      if (++inWindow < agreed && !done) {
        expected++;
        continue;
      }
      last.ack = encodeAck(expected++);
    } else {
      if (length >= 4 && packet[1] === OPCODE.error) throw new Error(packet.toString('latin1', 4, length));
      if (++repeats > MAX_REPEATS) throw new Error(`no block ${expected} after ${MAX_REPEATS} repeats`);
      last.ack = encodeAck(expected - 1);
    }
    inWindow = 0;
    send(fd, last.ack, 4, 0);
  }
  const seconds = (performance.now() - started) / 1000;
  return { bytes, sha256: createHash('sha256').update(file.subarray(0, bytes)).digest('hex'), seconds, agreed, repeats };
}

function openSocket(): number {
  const fd = socket(AF_INET, SOCK_DGRAM, 0);
  const timeout = Buffer.alloc(16);
  timeout.writeBigInt64LE(BigInt(REPEAT_SECONDS), 0);
  const size = Buffer.alloc(4);
  size.writeInt32LE(RECEIVE_BUFFER);
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout, 16) < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, size, 4) < 0)
    throw new Error(`setsockopt: errno ${koffi.errno()}`);
  return fd;
}

/** Sends the request, connects to the port that answers, and returns the window of its OACK; 1 where it names none. */
function request(fd: number, packet: Buffer, { server, port, file, blksize, windowsize }: WindowJob): number {
  const address = Buffer.alloc(16);
  address.writeUInt16LE(AF_INET, 0);
  address.writeUInt16BE(port, 2);
  address.set(server.split('.').map(Number), 4);
  const options = [
    ['blksize', String(blksize)],
    ['windowsize', String(windowsize)],
  ] as const;
  const bytes = encodeRequest({ kind: 'rrq', file, mode: 'octet', options });
  const [from, length] = [Buffer.alloc(16), Buffer.from([16, 0, 0, 0])];
  for (let tries = 0; tries < 5; tries++) {
    sendto(fd, bytes, bytes.length, 0, address, 16);
    const got = recvfrom(fd, packet, packet.length, 0, from, length);
    if (got < 0) continue;
    if (packet[1] !== OPCODE.oack) throw new Error(`no OACK: ${packet.toString('latin1', 0, Math.min(got, 80))}`);
    if (connect(fd, from, 16) < 0) throw new Error(`connect: errno ${koffi.errno()}`);
    const words = packet.toString('latin1', 2, got).toLowerCase().split('\0');
    const valueOf = (name: string): number => Number(words[words.indexOf(name) + 1] ?? 0);
    if (valueOf('blksize') !== blksize) throw new Error(`the server agreed to blocks of ${valueOf('blksize')} bytes, not ${blksize}`);
    return words.includes('windowsize') ? valueOf('windowsize') : 1;
  }
  throw new Error('no answer to the request');
}

console.log(JSON.stringify(main(JSON.parse(process.argv[2] ?? '') as WindowJob)));
