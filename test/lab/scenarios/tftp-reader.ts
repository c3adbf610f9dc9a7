import { createHash } from 'node:crypto';
import dgram from 'node:dgram';
import { pathToFileURL } from 'node:url';
import { decode, encodeAck, encodeRequest, type Options } from '../../../main-services/tftp/codec.ts';

/**
 * A TFTP client with windows (RFC 7440), which no packaged client has; run inside a namespace, for networks that lose nothing.
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
const PATIENCE_MS = 8000;

export function read(server: string, file: string, options: Options): Promise<Reading> {
  const socket = dgram.createSocket('udp4');
  const hash = createHash('sha256');
  const began = performance.now();
  let agreed: Options = [];
  let bytes = 0;
  let expected = 1;
  let inWindow = 0;
  const option = (name: string, otherwise: number): number => Number(new Map(agreed).get(name) ?? otherwise);

  return new Promise<Reading>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no end of ${file} in ${PATIENCE_MS} ms`)), PATIENCE_MS);
    const end = (error?: Reading['error']): void => {
      clearTimeout(timer);
      const ms = Math.round(performance.now() - began);
      resolve({ bytes, sha256: hash.digest('hex'), ms, agreed, ...(error ? { error } : {}) });
    };
    socket.on('message', (message, from) => {
      const packet = decode(message);
      const acknowledge = (block: number, then?: () => void): void => {
        inWindow = 0;
        socket.send(encodeAck(block), from.port, from.address, then);
      };
      if (packet.kind === 'error') end({ code: packet.code, message: packet.message });
      else if (packet.kind === 'oack') {
        agreed = packet.options;
        acknowledge(0);
      } else if (packet.kind === 'data' && packet.block === (expected & 0xffff)) {
        hash.update(packet.bytes);
        bytes += packet.bytes.length;
        expected++;
        inWindow++;
        if (packet.bytes.length < option('blksize', 512)) acknowledge(packet.block, () => end());
        else if (inWindow === option('windowsize', 1)) acknowledge(packet.block);
      }
    });
    socket.send(encodeRequest({ kind: 'rrq', file, mode: 'octet', options }), PORT, server);
  }).finally(() => socket.close());
}

async function main([server = '', file = '', ...pairs]: readonly string[]): Promise<void> {
  const options = pairs.map((pair) => pair.split('=') as [string, string]);
  console.log(JSON.stringify(await read(server, file, options)));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2));
