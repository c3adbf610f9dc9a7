import type { MessagePort } from 'node:worker_threads';
import { asBootbenchError, fromBody } from '../../../contract/errors.ts';
import type { Log } from '../../../contract/runtime.ts';
import { pageCache } from '../../iso/source/page-cache.ts';
import { Session } from '../session.ts';
import { loadCalls } from './calls.ts';
import { ChunkPool, FilePieces } from './file-pieces.ts';
import { EpollLoop } from './loop.ts';
import type { FromThread, OpenTransfer, ThreadInit, ToThread } from './messages.ts';
import { RawChannel, SharedBuffers } from './raw-channel.ts';

/** Progress of a transfer is reported this often: the service's own reports and limits are coarser. */
const PROGRESS_INTERVAL_MS = 50;

interface Served {
  readonly session: Session;
  readonly reads: Reads;
}

/** Serves the transfers that the service hands over, until the thread is ended. Throws where the system calls are missing. */
export async function runTransfers(port: MessagePort, { wake }: ThreadInit): Promise<void> {
  const calls = await loadCalls();
  const loop = new EpollLoop(calls, wake);
  const shared = new SharedBuffers(calls);
  const cache = await pageCache();
  const pool = new ChunkPool();
  const served = new Map<number, Served>();
  const post = (message: FromThread): void => port.postMessage(message);
  const log = logTo(post);

  const open = (id: number, transfer: OpenTransfer): void => {
    const { sockets, peer, agreed, size, file } = transfer;
    const reads = new Reads((read, offset, length) => post({ kind: 'read', id, read, offset, length }));
    const progress = { bytes: 0, reportedAt: 0, hasEnded: false };
    const session = new Session({
      channel: new RawChannel(calls, loop, shared, { ...sockets, blksize: agreed.blksize }),
      source: new FilePieces({ size, file, cache, pool, read: reads.start }),
      ...{ peer, agreed, log, clock: loop },
      onStarted: () => post({ kind: 'started', id }),
      onProgress(bytes) {
        progress.bytes = bytes;
        const now = loop.monotonic();
        if (now - progress.reportedAt < PROGRESS_INTERVAL_MS) return;
        progress.reportedAt = now;
        post({ kind: 'progress', id, bytes });
      },
      onEnd(end) {
        progress.hasEnded = true;
        served.delete(id);
        post({ kind: 'ended', id, bytes: progress.bytes, end });
      },
    });
    if (!progress.hasEnded) served.set(id, { session, reads });
  };

  port.on('message', (message: ToThread) => {
    if (message.kind !== 'open') {
      answer(served.get(message.id), message);
      return;
    }
    try {
      open(message.id, message.transfer);
    } catch (error) {
      post({ kind: 'ended', id: message.id, bytes: 0, end: { kind: 'unreadable', message: asBootbenchError(error).message } });
    }
  });
  post({ kind: 'ready' });
  loop.run();
}

/** Messages for a transfer that has ended meanwhile are dropped. */
function answer(transfer: Served | undefined, message: Exclude<ToThread, { kind: 'open' }>): void {
  switch (message.kind) {
    case 'requested-again':
      transfer?.session.requestedAgain();
      return;
    case 'stop':
      void transfer?.session.stop(message.end);
      return;
    case 'bytes':
      transfer?.reads.finish(message.read)?.resolve(message.bytes);
      return;
    case 'unread':
      transfer?.reads.finish(message.read)?.reject(fromBody(message.error));
      return;
  }
}

/** What a transfer has asked the service for. */
class Reads {
  readonly #waiting = new Map<number, PromiseWithResolvers<Uint8Array>>();
  readonly #ask: (read: number, offset: number, length: number) => void;
  #last = 0;

  constructor(ask: (read: number, offset: number, length: number) => void) {
    this.#ask = ask;
  }

  readonly start = (offset: number, length: number): Promise<Uint8Array> => {
    const waiting = Promise.withResolvers<Uint8Array>();
    this.#waiting.set(++this.#last, waiting);
    this.#ask(this.#last, offset, length);
    return waiting.promise;
  };

  finish(read: number): PromiseWithResolvers<Uint8Array> | undefined {
    const waiting = this.#waiting.get(read);
    this.#waiting.delete(read);
    return waiting;
  }
}

function logTo(post: (message: FromThread) => void): Log {
  const at =
    (level: 'debug' | 'warn' | 'error'): Log['debug'] =>
    (fields, message) => {
      const { error, ...rest } = fields;
      const shown = error === undefined ? rest : { ...rest, error: asBootbenchError(error).message };
      post({ kind: 'log', level, fields: shown, message });
    };
  const log: Log = { debug: at('debug'), info: at('debug'), warn: at('warn'), error: at('error'), child: () => log };
  return log;
}
