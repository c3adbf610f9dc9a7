import { performance } from 'node:perf_hooks';
import type { Clock } from '../../../contract/runtime.ts';
import { EPOLLIN, EPOLLOUT, type Calls, type Poll } from './calls.ts';

export interface LoopHandler {
  /** A packet is there, or may come soon: then waits a moment for it. Returns whether one came. */
  readable(isWaiting: boolean): boolean;
  writable(): void;
}

/** The longest wait for packets: how late the thread notices that it was ended without being woken. */
const MAX_WAIT_MS = 500;
/** After this long at work, Node's own loop gets a turn: it delivers messages and frees memory. */
const BUSY_MS = 10;

/**
 * Waits for packets with epoll in a thread that has nothing else to do: a turn of Node's loop per packet would cost as much as the packet.
 * The other side of `wake`, an eventfd, ends a turn, so that Node delivers its messages.
 */
export class EpollLoop implements Pick<Clock, 'monotonic' | 'after'> {
  readonly #calls: Calls;
  readonly #poll: Poll;
  readonly #wake: number;
  readonly #handlers = new Map<number, LoopHandler>();
  /** Those of them that are not rare. */
  readonly #busy = new Map<number, LoopHandler>();
  readonly #timers = new Set<{ readonly due: number; readonly run: () => void }>();
  #now = performance.now();
  /** The only busy one, where there is only one: waiting for its packet in one call saves the call of epoll. */
  #alone: LoopHandler | undefined;
  /** No timer is due before. */
  #nextDue = Infinity;

  constructor(calls: Calls, wake: number) {
    this.#calls = calls;
    this.#poll = calls.openPoll();
    this.#wake = wake;
    if (!this.#poll.add(wake, EPOLLIN)) throw new Error(`epoll_ctl: errno ${calls.errno()}`);
  }

  add(fd: number, handler: LoopHandler): void {
    this.addRare(fd, handler);
    this.#busy.set(fd, handler);
    this.#findAlone();
  }

  /** As `add`, for packets that may wait for some milliseconds. */
  addRare(fd: number, handler: LoopHandler): void {
    if (!this.#poll.add(fd, EPOLLIN)) throw new Error(`epoll_ctl: errno ${this.#calls.errno()}`);
    this.#handlers.set(fd, handler);
  }

  /** Whether to call `writable` once the system has room. */
  watchRoom(fd: number, isWatched: boolean): void {
    this.#poll.change(fd, isWatched ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }

  remove(fd: number): void {
    if (this.#handlers.delete(fd)) this.#poll.remove(fd);
    if (this.#busy.delete(fd)) this.#findAlone();
  }

  /** When the packets came that are being handled: a transfer asks several times for each. */
  monotonic(): number {
    return Math.floor(this.#now);
  }

  after(ms: number, run: () => void): () => void {
    const timer = { due: this.#now + ms, run };
    this.#timers.add(timer);
    this.#nextDue = Math.min(this.#nextDue, timer.due);
    return () => this.#timers.delete(timer);
  }

  /** Calls `turn` again and again, and gives Node's loop a turn in between. */
  run(): void {
    this.turn();
    setImmediate(() => this.run());
  }

  /** Waits for packets, timers or `wake`, and handles what is there. */
  turn(): void {
    this.#now = performance.now();
    const until = this.#now + BUSY_MS;
    let isWoken = false;
    let hasRead = false;
    do {
      const alone: LoopHandler | undefined = hasRead ? this.#alone : undefined;
      if (alone) {
        hasRead = alone.readable(true);
        this.#now = performance.now();
      } else {
        const count = this.#poll.wait(Math.max(0, Math.ceil(Math.min(MAX_WAIT_MS, this.#nextDue - this.#now))));
        this.#now = performance.now();
        hasRead = count > 0;
        for (let index = 0; index < count; index++) {
          const fd = this.#poll.fdAt(index);
          if (fd === this.#wake) isWoken = true;
          else this.#handle(fd, this.#poll.eventsAt(index));
        }
      }
      if (this.#now >= this.#nextDue) this.#runTimers(this.#now);
    } while (!isWoken && this.#now < until);
    if (isWoken) this.#calls.reset(this.#wake);
  }

  /** EPOLLERR and EPOLLHUP, too, show when the socket is read. */
  #handle(fd: number, events: number): void {
    if ((events & ~EPOLLOUT) !== 0) this.#handlers.get(fd)?.readable(false);
    if ((events & EPOLLOUT) !== 0) this.#handlers.get(fd)?.writable();
  }

  #findAlone(): void {
    const [first] = this.#busy.values();
    this.#alone = this.#busy.size === 1 ? first : undefined;
  }

  #runTimers(now: number): void {
    this.#nextDue = Infinity;
    for (const timer of [...this.#timers]) {
      if (timer.due > now) this.#nextDue = Math.min(this.#nextDue, timer.due);
      else if (this.#timers.delete(timer)) timer.run();
    }
  }
}
