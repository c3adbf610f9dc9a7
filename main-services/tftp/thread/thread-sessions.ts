import type { Clock } from '../../../contract/runtime.ts';
import type { RawSockets } from '../../network/types.ts';
import type { RunningSession, SessionEnd } from '../session.ts';
import { openFor, type SessionRequest, type Sessions, type SessionsDeps } from '../sessions.ts';
import { THREAD_ENDED } from '../sentences.ts';
import { HandedOver } from './handed-over.ts';
import type { FromThread } from './messages.ts';
import { startTransferThread, type TransferThread } from './transfer-thread.ts';

const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 60_000;
/** How often the files of running transfers are checked, as their sources do while they are read. */
const FILE_CHECK_MS = 1000;
export interface ThreadSessionsDeps extends Omit<SessionsDeps, 'sockets'> {
  readonly raw: RawSockets;
  /** Serves what comes while no thread runs. */
  readonly meanwhile: Sessions;
  /** The thread ended by itself and runs again. */
  readonly onRestart: (reason: string) => void;
  readonly worker?: URL | undefined;
}

/**
 * Transfers in a thread of their own, over descriptors, so that nothing on the appliance's loop delays them, nor they it. When the thread
 * ends by itself, its transfers end with it, it is started again, and new ones run on the loop until then. Rejects where
 * the thread cannot serve here.
 */
export async function threadSessions(deps: ThreadSessionsDeps): Promise<Sessions> {
  const sessions = new ThreadSessions(deps);
  await sessions.start();
  return sessions;
}

class ThreadSessions implements Sessions {
  readonly #deps: ThreadSessionsDeps;
  readonly #running = new Map<number, HandedOver>();
  #thread: TransferThread | undefined;
  #lastId = 0;
  #retryMs = FIRST_RETRY_MS;
  #cancelRetry: () => void = () => undefined;
  #isStopped = false;
  #isWatching = false;

  constructor(deps: ThreadSessionsDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    const thread = await startTransferThread(
      { onMessage: (message) => this.#receive(message), onDeath: (reason) => this.#died(reason) },
      this.#deps.worker,
    );
    if (this.#isStopped) await thread.end();
    else this.#thread = thread;
  }

  async open(request: SessionRequest): Promise<RunningSession | undefined> {
    const { raw, binding, clock, log, meanwhile } = this.#deps;
    if (!this.#thread) return meanwhile.open(request);
    const sockets = await openFor(request, () => raw.udp(binding.nic, binding.address, request.peer));
    if (!sockets) return undefined;
    const thread = this.#thread as TransferThread | undefined;
    if (request.isDropped() || !thread) {
      sockets.close();
      if (!request.isDropped()) return meanwhile.open(request);
      await request.source.close();
      return undefined;
    }
    const id = ++this.#lastId;
    const listening = { ...request, onEnd: (end: SessionEnd) => this.#ended(id, request, end) };
    const session = new HandedOver({ id, request: listening, sockets, clock, log, post: (message) => thread.post(message) });
    this.#running.set(id, session);
    this.#watchFiles(clock);
    return session;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelRetry();
    await this.#thread?.end();
    this.#thread = undefined;
    for (const session of [...this.#running.values()]) session.end({ kind: 'unreadable', message: THREAD_ENDED });
    await this.#deps.meanwhile.stop();
  }

  #receive(message: FromThread): void {
    if (message.kind === 'log') this.#deps.log[message.level](message.fields, message.message);
    else if (message.kind !== 'ready') this.#running.get(message.id)?.receive(message);
  }

  #ended(id: number, request: SessionRequest, end: SessionEnd): void {
    this.#running.delete(id);
    request.onEnd(end);
  }

  #died(reason: string): void {
    this.#thread = undefined;
    this.#deps.log.error({ code: 'E_THREAD_DIED', reason, transfers: this.#running.size }, 'The thread of TFTP transfers ended');
    for (const session of [...this.#running.values()]) session.end({ kind: 'unreadable', message: THREAD_ENDED });
    this.#restartLater(reason);
  }

  #restartLater(reason: string): void {
    if (this.#isStopped) return;
    this.#cancelRetry = this.#deps.clock.after(this.#retryMs, () => {
      this.start().then(
        () => {
          if (!this.#isStopped) this.#deps.onRestart(reason);
        },
        (error: unknown) => {
          this.#deps.log.warn({ error }, 'The thread of TFTP transfers did not start again');
          this.#restartLater(reason);
        },
      );
    });
    this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS);
  }

  #watchFiles(clock: Clock): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    clock.after(FILE_CHECK_MS, () => {
      this.#isWatching = false;
      for (const session of this.#running.values()) void session.checkFile();
      if (this.#running.size > 0) this.#watchFiles(clock);
    });
  }
}
