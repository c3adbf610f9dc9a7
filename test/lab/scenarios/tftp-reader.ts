import { createHash } from 'node:crypto';
import dgram from 'node:dgram';
import { pathToFileURL } from 'node:url';
import { decode, type Options, type Packet } from '../../../main-services/tftp/codec.ts';
import { encodeAck, encodeRequest } from '../../fixtures/tftp-packets.ts';

/**
 * A TFTP client with windows (RFC 7440) and patience, which no packaged client has; run inside a namespace.
 *
 *   tftp-reader <server> <file> [option=value]…   prints one JSON line: Reading
 */
export interface Reading {
  readonly bytes: number;
  readonly sha256: string;
  /** From the request to the last block. */
  readonly ms: number;
  readonly agreed: Options;
  /** The server's ERROR instead of a file. */
  readonly error?: { code: number; message: string };
}

const PORT = 69;
const PATIENCE_MS = 60_000;
const REPEAT_MS = 500;

/** What the file's bytes and the agreed options come to, block by block. Says which block to acknowledge, if any. */
class Receiver {
  readonly #hash = createHash('sha256');
  agreed: Options = [];
  bytes = 0;
  done = false;
  #expected = 1;
  #inWindow = 0;
  #toldOfGap = false;

  take(packet: Packet): number | undefined {
    if (packet.kind === 'oack' && this.#expected === 1) {
      this.agreed = packet.options;
      return 0;
    }
    if (packet.kind !== 'data' || this.done) return undefined;
    return packet.block === (this.#expected & 0xffff) ? this.#inOrder(packet.bytes) : this.#gap();
  }

  sha256(): string {
    return this.#hash.digest('hex');
  }

  #inOrder(bytes: Uint8Array): number | undefined {
    this.#hash.update(bytes);
    this.bytes += bytes.length;
    this.#toldOfGap = false;
    this.done = bytes.length < this.#option('blksize', 512);
    const block = this.#expected++;
    if (++this.#inWindow < this.#option('windowsize', 1) && !this.done) return undefined;
    this.#inWindow = 0;
    return block;
  }

  /** RFC 7440 §4: a block out of order is answered with the last one in order, so that the server continues from there. */
  #gap(): number | undefined {
    if (this.#toldOfGap) return undefined;
    this.#toldOfGap = true;
    this.#inWindow = 0;
    return this.#expected - 1;
  }

  #option(name: string, otherwise: number): number {
    return Number(new Map(this.agreed).get(name) ?? otherwise);
  }
}

/** Reads a file; `local` is the address to read from, where the machine has several. Rejects when a minute was not enough. */
export function read(server: string, file: string, options: Options, local?: string): Promise<Reading> {
  const socket = dgram.createSocket('udp4');
  const receiver = new Receiver();
  const began = performance.now();
  let last = { bytes: encodeRequest({ kind: 'rrq', file, mode: 'octet', options }), port: PORT };
  let timer: NodeJS.Timeout | undefined;

  const send = (then?: () => void): void => {
    clearTimeout(timer);
    timer = setTimeout(send, REPEAT_MS);
    socket.send(last.bytes, last.port, server, () => then?.());
  };
  return new Promise<Reading>((resolve, reject) => {
    const end = (error?: Reading['error']): void => {
      const { bytes, agreed } = receiver;
      resolve({ bytes, sha256: receiver.sha256(), ms: Math.round(performance.now() - began), agreed, ...(error ? { error } : {}) });
    };
    const patience = setTimeout(() => reject(new Error(`no end of ${file} in ${PATIENCE_MS} ms`)), PATIENCE_MS).unref();
    socket.on('message', (message, from) => {
      if (last.port !== PORT && from.port !== last.port) return;
      const packet = decode(message);
      if (packet.kind === 'error') end({ code: packet.code, message: packet.message });
      const block = receiver.take(packet);
      if (block === undefined) return;
      last = { bytes: encodeAck(block), port: from.port };
      send(receiver.done ? () => end() : undefined);
    });
    socket.on('close', () => clearTimeout(patience));
    // A network without a route is a lost packet: it is sent again.
    socket.on('error', () => undefined);
    socket.bind(0, local, () => send());
  }).finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

async function main([server = '', file = '', ...pairs]: readonly string[]): Promise<void> {
  const options = pairs.map((pair) => pair.split('=') as [string, string]);
  console.log(JSON.stringify(await read(server, file, options)));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2));
