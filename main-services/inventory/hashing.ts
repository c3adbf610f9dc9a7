import { Worker } from 'node:worker_threads';

/** SHA-256 in a thread of its own: hashing gigabytes costs the loop only copies of memory. One call at a time. */
export interface Hasher {
  /** Resolves when the bytes are taken, and the caller may change them; that waits while the thread is behind. */
  update(bytes: Uint8Array): Promise<void>;
  /** Of all bytes so far, as hex; more may follow. */
  digest(): Promise<string>;
  /** Ends the thread; what waits rejects. */
  close(): void;
}

/** The thread may be behind by so many pieces of so many bytes. */
const PIECES = 4;
const PIECE = 1024 * 1024;

type FromThread = { readonly free: number } | { readonly digest: string };

/** As text, the thread's program needs no file of its own in any bundle or package. */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const hash = require('node:crypto').createHash('sha256');
parentPort.on('message', (message) => {
  if (message === 'digest') return parentPort.postMessage({ digest: hash.copy().digest('hex') });
  hash.update(workerData[message.piece].subarray(0, message.length));
  parentPort.postMessage({ free: message.piece });
});`;

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

export function hasher(): Hasher {
  const pieces = Array.from({ length: PIECES }, () => new Uint8Array(new SharedArrayBuffer(PIECE)));
  const worker = new Worker(PROGRAM, { eval: true, workerData: pieces, execArgv: [], name: 'hasher' });
  const free = [...pieces.keys()];
  let filling: { readonly piece: number; readonly bytes: Uint8Array; used: number } | undefined;
  let piecesWanted: Waiter<undefined> | undefined;
  let digestWanted: Waiter<string> | undefined;
  let failure: Error | undefined;

  const fail = (error: Error): void => {
    failure ??= error;
    piecesWanted?.reject(failure);
    digestWanted?.reject(failure);
  };
  worker.on('error', (error: unknown) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => fail(new Error('the thread that hashes has ended')));
  worker.on('message', (message: FromThread) => {
    if ('digest' in message) return digestWanted?.resolve(message.digest);
    free.push(message.free);
    piecesWanted?.resolve(undefined);
  });

  const emptyPiece = async (): Promise<NonNullable<typeof filling>> => {
    for (;;) {
      if (failure) throw failure;
      const piece = free.pop();
      const bytes = piece === undefined ? undefined : pieces[piece];
      if (piece !== undefined && bytes) return { piece, bytes, used: 0 };
      await new Promise((resolve, reject) => (piecesWanted = { resolve, reject }));
    }
  };
  const send = (): void => {
    if (filling) worker.postMessage({ piece: filling.piece, length: filling.used });
    filling = undefined;
  };

  return {
    async update(bytes) {
      for (let at = 0; at < bytes.length;) {
        filling ??= await emptyPiece();
        const part = bytes.subarray(at, at + PIECE - filling.used);
        filling.bytes.set(part, filling.used);
        filling.used += part.length;
        at += part.length;
        if (filling.used === PIECE) send();
      }
    },
    async digest() {
      if (failure) throw failure;
      send();
      worker.postMessage('digest');
      return new Promise((resolve, reject) => (digestWanted = { resolve, reject }));
    },
    close: () => void worker.terminate(),
  };
}
