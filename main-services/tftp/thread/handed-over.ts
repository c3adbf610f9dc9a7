import { errorBody } from '../../../contract/errors.ts';
import type { Clock, Log } from '../../../contract/runtime.ts';
import type { PeerSockets } from '../../network/types.ts';
import type { RunningSession, SessionEnd, Stop } from '../session.ts';
import type { SessionRequest } from '../sessions.ts';
import type { FromThread, ToThread } from './messages.ts';

export interface HandedOverOptions {
  readonly id: number;
  readonly request: SessionRequest;
  readonly sockets: PeerSockets;
  readonly clock: Clock;
  readonly log: Log;
  readonly post: (message: ToThread) => void;
}

/** A transfer that the thread serves, as the service sees it. It owns the sockets and the file, which the thread only uses. */
export class HandedOver implements RunningSession {
  readonly #options: HandedOverOptions;
  readonly #reading = new AbortController();
  readonly #closed = Promise.withResolvers<undefined>();
  #hasEnded = false;
  #isCheckingFile = false;
  progressAt: number;
  isUnanswered = true;

  constructor(options: HandedOverOptions) {
    this.#options = options;
    this.progressAt = options.clock.monotonic();
    const { id, request, sockets } = options;
    const { peer, agreed, source } = request;
    options.post({
      kind: 'open',
      id,
      transfer: { sockets: { fd: sockets.fd, strangers: sockets.strangers }, peer, agreed, size: source.size, file: source.descriptor },
    });
  }

  requestedAgain(): void {
    this.progressAt = this.#options.clock.monotonic();
    this.#options.post({ kind: 'requested-again', id: this.#options.id });
  }

  stop(end: Stop): Promise<void> {
    if (!this.#hasEnded) this.#options.post({ kind: 'stop', id: this.#options.id, end });
    return this.#closed.promise;
  }

  /** What the thread says of this transfer. */
  receive(message: Exclude<FromThread, { kind: 'ready' | 'log' }>): void {
    if (this.#hasEnded) return;
    switch (message.kind) {
      case 'started':
        this.#moved();
        this.#options.request.onStarted();
        return;
      case 'progress':
        this.#moved();
        this.#options.request.onProgress(message.bytes);
        return;
      case 'read':
        void this.#read(message);
        return;
      case 'ended':
        if (message.bytes > 0) this.#options.request.onProgress(message.bytes);
        this.end(message.end);
        return;
    }
  }

  /** The thread no longer uses sockets and file. */
  end(end: SessionEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#reading.abort();
    const { request, sockets, log } = this.#options;
    sockets.close();
    void request.source
      .close()
      .catch((error: unknown) => log.warn({ error }, 'A boot file could not be closed'))
      .then(() => this.#closed.resolve(undefined));
    request.onEnd(end);
  }

  /** The thread reads the page cache and does not see that the file at its path is another one now. A read of the source does. */
  async checkFile(): Promise<void> {
    const { source } = this.#options.request;
    if (source.descriptor === undefined || source.size === 0 || this.#isCheckingFile) return;
    this.#isCheckingFile = true;
    try {
      await source.read(0, 1, this.#reading.signal);
    } catch (error) {
      if (!this.#hasEnded) void this.stop({ kind: 'unreadable', message: errorBody(error).message });
    }
    this.#isCheckingFile = false;
  }

  #moved(): void {
    this.progressAt = this.#options.clock.monotonic();
    this.isUnanswered = false;
  }

  async #read({ read, offset, length }: Extract<FromThread, { kind: 'read' }>): Promise<void> {
    const { id, request, post } = this.#options;
    try {
      const bytes = await request.source.read(offset, length, this.#reading.signal);
      // A copy: others may read the same memory.
      if (!this.#hasEnded) post({ kind: 'bytes', id, read, bytes: Uint8Array.from(bytes) });
    } catch (error) {
      if (!this.#hasEnded) post({ kind: 'unread', id, read, error: errorBody(error) });
    }
  }
}
