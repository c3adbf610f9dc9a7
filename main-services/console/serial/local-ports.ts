import { write } from 'node:fs';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { errnoOf } from '../../../contract/errors.ts';
import type { Clock } from '../../../contract/runtime.ts';
import { sleep } from '../../../util/async.ts';
import { asBuffer } from '../../../util/text.ts';
import { wordsOf, type ListedPort, type NativePort, type NativePorts } from './native.ts';
import { libraryMissing } from './sentences.ts';

const READ_BYTES = 65_536;
const writeTo = promisify(write);
/** 58 bytes at 115,200 baud: the kernel's buffer has room again. */
const FULL_RETRY_MS = 5;

/** What Bootbench uses of serialport's port. Its stream is not used: reading there cannot be paused without a buffer that grows. */
interface LibraryPort {
  readonly isOpen: boolean;
  /** The file's number on Linux and macOS, a handle on Windows. */
  readonly fd: number | null;
  read(buffer: Buffer, offset: number, length: number): Promise<{ bytesRead: number }>;
  write(buffer: Buffer): Promise<void>;
  update(options: { baudRate: number }): Promise<void>;
  set(lines: { dtr: boolean; rts: boolean; brk: boolean }): Promise<void>;
  get(): Promise<{ cts: boolean; dsr: boolean; dcd: boolean }>;
  drain(): Promise<void>;
  close(): Promise<void>;
}

interface Library {
  readonly list: () => Promise<ListedPort[]>;
  readonly binding: { open(options: { path: string; baudRate: number; lock: boolean }): Promise<LibraryPort> };
}

/** Ports by serialport itself. For the main thread: its native part uses the main event loop and aborts the program in any other thread. */
export function localPorts(clock: Clock): NativePorts {
  return {
    load: async () => {
      await Promise.resolve(load());
    },
    list: async () => load().list(),
    open: async (path, baud) => {
      const { binding } = load();
      return new LocalPort(await binding.open({ path, baudRate: baud, lock: true }), clock);
    },
  };
}

/** Electron loads CommonJS from its archive in every version; import() of a package in it fails in some. */
const requirePackage = createRequire(import.meta.url);

/** Loaded when a port is needed first: a computer without the native part starts, and its consoles say so. */
function load(): Library {
  if (!isMainThread) throw libraryMissing('the library works in the main thread only');
  try {
    const { SerialPort } = requirePackage('serialport') as { SerialPort: Library };
    return SerialPort;
  } catch (error) {
    throw libraryMissing(wordsOf(error));
  }
}

class LocalPort implements NativePort {
  readonly #port: LibraryPort;
  readonly #clock: Clock;
  readonly #buffer = Buffer.alloc(READ_BYTES);
  readonly #closed = new AbortController();
  #writing: Promise<void> = Promise.resolve();

  constructor(port: LibraryPort, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
  }

  async read(): Promise<Uint8Array> {
    const { bytesRead } = await this.#port.read(this.#buffer, 0, this.#buffer.length);
    return Uint8Array.from(this.#buffer.subarray(0, bytesRead));
  }

  async write(bytes: Uint8Array): Promise<void> {
    const writing = this.#write(asBuffer(bytes));
    this.#writing = writing.catch(() => undefined);
    return writing;
  }

  async setBaud(baud: number): Promise<void> {
    await this.#port.update({ baudRate: baud });
  }

  async setLines(lines: { dtr: boolean; rts: boolean; brk: boolean }): Promise<void> {
    await this.#port.set(lines);
  }

  async lines(): Promise<{ cts: boolean; dsr: boolean; dcd: boolean }> {
    return this.#port.get();
  }

  async drain(): Promise<void> {
    await this.#port.drain();
  }

  /** After a write in progress: the file's number must not be reused under it. */
  async close(): Promise<void> {
    this.#closed.abort(new Error('Port is not open'));
    await this.#writing;
    if (this.#port.isOpen) await this.#port.close().catch(() => undefined);
  }

  /**
   * On Linux and macOS not by the library, whose poller watches one of read and write: a write that waits there stops the reading, and with a peer
   * that waits until its own output is read, both for ever.
   */
  async #write(buffer: Buffer): Promise<void> {
    if (process.platform === 'win32') return this.#port.write(buffer);
    const { signal } = this.#closed;
    for (let at = 0; at < buffer.length;) {
      signal.throwIfAborted();
      if (this.#port.fd === null) throw new Error('Port is not open');
      try {
        at += (await writeTo(this.#port.fd, buffer, at, buffer.length - at)).bytesWritten;
      } catch (error) {
        if (!['EAGAIN', 'EINTR'].includes(errnoOf(error) ?? '')) throw error;
        await sleep(this.#clock, FULL_RETRY_MS, signal);
      }
    }
  }
}
