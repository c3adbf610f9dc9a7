import type { Calls } from './calls.ts';

/** `struct mmsghdr` and `struct iovec` of 64-bit Linux (<bits/types/struct_msghdr.h>), as offsets in 32-bit words. */
const HEADER = { words: 16, iovec: 4, iovecCount: 6 } as const;
const IOVEC = { words: 4, base: 0, length: 2 } as const;
const WORD = 4;

/** Bytes for system calls. V8 moves small arrays that it allocates itself. */
export function outsideHeap(bytes: number): Buffer {
  return Buffer.from(new ArrayBuffer(bytes));
}

/** An array of message headers for a connected socket, each with one piece of memory. */
export class MessageHeaders {
  /** For sendmmsg(2). */
  readonly address: number;
  readonly #headers: Buffer;
  readonly #iovecs: Buffer;
  readonly #iovecWords: Uint32Array;

  constructor(calls: Pick<Calls, 'addressOf'>, count: number) {
    this.#headers = outsideHeap(count * HEADER.words * WORD);
    this.#iovecs = outsideHeap(count * IOVEC.words * WORD);
    this.#iovecWords = wordsOf(this.#iovecs);
    this.address = calls.addressOf(this.#headers);
    const [iovecs, words] = [calls.addressOf(this.#iovecs), wordsOf(this.#headers)];
    for (let index = 0; index < count; index++) {
      const header = index * HEADER.words;
      setAddress(words, header + HEADER.iovec, iovecs + index * IOVEC.words * WORD);
      words[header + HEADER.iovecCount] = 1;
    }
  }

  /** The memory of message `index`. */
  set(index: number, address: number, bytes: number): void {
    const iovec = index * IOVEC.words;
    setAddress(this.#iovecWords, iovec + IOVEC.base, address);
    this.#iovecWords[iovec + IOVEC.length] = bytes;
  }
}

function wordsOf(bytes: Buffer): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / WORD);
}

function setAddress(words: Uint32Array, at: number, address: number): void {
  words[at] = address >>> 0;
  words[at + 1] = Math.floor(address / 2 ** 32);
}
