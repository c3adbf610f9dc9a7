import { Worker } from 'node:worker_threads';

/** SHA-256 in a thread of its own: hashing gigabytes costs the loop only copies of memory. One call at a time. */
export interface Hasher {
  /** Resolves when the bytes are taken, and the caller may change them; that waits while the thread is behind. */
  update(bytes: Uint8Array): Promise<void>;
  /** Of all bytes so far, as hex; more may follow. */
  digest(): Promise<string>;
  /** Every place of the text that was to be found in the bytes so far, ascending. */
  found(): Promise<number[]>;
  /** Ends the thread; what waits rejects. */
  close(): void;
}

/** The thread may be behind by so many pieces of so many bytes. */
const PIECES = 4;
const PIECE = 1024 * 1024;

type FromThread = { readonly free: number } | Summary;
interface Summary {
  readonly digest: string;
  readonly found: number[];
}

/** As text, the thread's program needs no file of its own in any bundle or package. */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const hash = require('node:crypto').createHash('sha256');
const needle = Buffer.from(workerData.find, 'latin1');
const found = [];
let carried = Buffer.alloc(0);
let done = 0;

// A place across the border of two pieces is in the joint, and no other place is.
function search(bytes) {
  const most = needle.length - 1;
  const joint = Buffer.concat([carried, bytes.subarray(0, most)]);
  note(joint, done - carried.length);
  note(bytes, done);
  const end = bytes.length < most ? joint : bytes;
  carried = Buffer.from(end.subarray(Math.max(0, end.length - most)));
  done += bytes.length;
}
function note(bytes, start) {
  for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + needle.length)) found.push(start + at);
}

parentPort.on('message', (message) => {
  if (message === 'sum up') return parentPort.postMessage({ digest: hash.copy().digest('hex'), found });
  const bytes = Buffer.from(workerData.pieces[message.piece].buffer, 0, message.length);
  hash.update(bytes);
  if (needle.length > 0) search(bytes);
  parentPort.postMessage({ free: message.piece });
});`;

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** With `find`, an ASCII text that does not overlap itself, its places are found in the same pass. */
export function hasher(find = ''): Hasher {
  const pieces = Array.from({ length: PIECES }, () => new Uint8Array(new SharedArrayBuffer(PIECE)));
  const worker = new Worker(PROGRAM, { eval: true, workerData: { pieces, find }, execArgv: [], name: 'hasher' });
  const free = [...pieces.keys()];
  let filling: { readonly piece: number; readonly bytes: Uint8Array; used: number } | undefined;
  let piecesWanted: Waiter<undefined> | undefined;
  let summaryWanted: Waiter<Summary> | undefined;
  let failure: Error | undefined;

  const fail = (error: Error): void => {
    failure ??= error;
    piecesWanted?.reject(failure);
    summaryWanted?.reject(failure);
  };
  worker.on('error', (error: unknown) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => fail(new Error('the thread that hashes has ended')));
  worker.on('message', (message: FromThread) => {
    if ('digest' in message) return summaryWanted?.resolve(message);
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
  const sumUp = async (): Promise<Summary> => {
    if (failure) throw failure;
    send();
    worker.postMessage('sum up');
    return new Promise((resolve, reject) => (summaryWanted = { resolve, reject }));
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
    digest: async () => (await sumUp()).digest,
    found: async () => (await sumUp()).found,
    close: () => void worker.terminate(),
  };
}
