import type { Clock } from '../../../../contract/runtime.ts';
import { encodeSol, HIGHEST_SEQUENCE, NO_CHARACTERS, SOL_OPERATION, type SolFromBmc } from './sol-packet.ts';
import type { SolTiming } from './sol-timing.ts';

export interface SolSenderEvents {
  send(payload: Uint8Array): void;
  /** Whether the BMC answers one command that is sent once, now. Never rejects. */
  check(): Promise<boolean>;
  /** The BMC ignores a packet without an acknowledgement; it has it, as far as can be known. */
  unacknowledged(): void;
  silent(): void;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly operation: number;
  readonly done: () => void;
  readonly failed: () => void;
}

interface Outstanding {
  readonly sequence: number;
  readonly payload: Uint8Array;
  readonly characters: number;
  readonly item: Waiting;
  sendings: number;
  /** How many of the sendings the BMC ignored, although it answered a command that was sent with them. */
  ignored: number;
}

/** Sendings without an acknowledgement before the BMC is checked with each one. */
const CHECKED_AFTER = 4;
const IGNORED_MOST = 3;
/** So many acknowledgements in a row are not lost. */
const PRESUMED_MOST = 4;

/**
 * The characters to the BMC (§15.11): one packet at a time is on its way, and is sent again until it is acknowledged. What was not taken goes
 * again in the next packet. BMCs take each number that differs from the last as new, so an old copy must not arrive after the next packet.
 *
 * OpenBMC takes a packet once, and ignores it when it comes again because the acknowledgement was lost (sol_context.cpp, “Out of sequence SOL
 * packet”). So a packet that a BMC ignores several times while it answers commands counts as taken; one that ignores many in a row is gone.
 */
export class SolSender {
  readonly #events: SolSenderEvents;
  readonly #clock: Clock;
  readonly #timing: SolTiming;
  /** Characters of one packet. */
  readonly #most: number;
  readonly #queue: Waiting[] = [];
  #outstanding: Outstanding | undefined;
  #sequence = 0;
  #refusals = 0;
  #isWaiting = false;
  /** Packets in a row that count as taken without an acknowledgement. */
  #presumed = 0;
  #isOver = false;
  #stopTimer = (): void => undefined;

  constructor(options: { events: SolSenderEvents; clock: Clock; timing: SolTiming; mostCharacters: number }) {
    this.#events = options.events;
    this.#clock = options.clock;
    this.#timing = options.timing;
    this.#most = Math.max(1, options.mostCharacters);
  }

  /** Resolves when the BMC has taken all of it; rejects where the link ends before. */
  write(bytes: Uint8Array): Promise<void> {
    return bytes.length === 0 ? Promise.resolve() : this.#enqueue(bytes, 0);
  }

  sendBreak(): Promise<void> {
    return this.#enqueue(NO_CHARACTERS, SOL_OPERATION.generateBreak);
  }

  acknowledged({ acknowledged, accepted, nack }: SolFromBmc): void {
    const outstanding = this.#outstanding;
    if (outstanding?.sequence !== acknowledged) return;
    this.#presumed = 0;
    const isBreak = outstanding.item.operation !== 0;
    const taken = Math.min(accepted, outstanding.characters);
    const isProgress = isBreak ? !nack : taken > 0;
    this.#refusals = isProgress ? 0 : this.#refusals + 1;
    this.#settle(outstanding, taken, isProgress);
    const refused = nack || !isProgress ? this.#refusedMs() : 0;
    this.#nextIn(Math.max(refused, outstanding.sendings > 1 ? this.#timing.settle : 0));
  }

  close(): void {
    this.#isOver = true;
    this.#stopTimer();
    this.#outstanding?.item.failed();
    for (const { failed } of this.#queue.splice(0)) failed();
    this.#outstanding = undefined;
  }

  #enqueue(bytes: Uint8Array, operation: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (): void => reject(new Error('SOL has ended'));
      if (this.#isOver) {
        failed();
        return;
      }
      this.#queue.push({ bytes, operation, done: resolve, failed });
      this.#next();
    });
  }

  /** The packet is answered; what is left of it is first in the queue. */
  #settle({ item }: Outstanding, taken: number, isProgress: boolean): void {
    this.#stopTimer();
    this.#outstanding = undefined;
    const rest = item.bytes.subarray(taken);
    if (rest.length === 0 && isProgress) item.done();
    else this.#queue.unshift({ ...item, bytes: rest });
  }

  #refusedMs(): number {
    const [first, most] = this.#timing.refused;
    return Math.min(most, first * 2 ** Math.max(0, this.#refusals - 1));
  }

  #nextIn(ms: number): void {
    if (ms === 0) {
      this.#next();
      return;
    }
    this.#isWaiting = true;
    this.#stopTimer = this.#clock.after(ms, () => {
      this.#isWaiting = false;
      this.#next();
    });
  }

  #next(): void {
    if (this.#outstanding || this.#isWaiting || this.#isOver) return;
    const item = this.#queue.shift();
    if (!item) return;
    this.#sequence = (this.#sequence % HIGHEST_SEQUENCE) + 1;
    const characters = item.bytes.subarray(0, this.#most);
    const payload = encodeSol({ sequence: this.#sequence, acknowledged: 0, accepted: 0, characters }, item.operation);
    this.#outstanding = { sequence: this.#sequence, payload, characters: characters.length, item, sendings: 0, ignored: 0 };
    this.#send(this.#outstanding);
  }

  #send(outstanding: Outstanding): void {
    const wait = this.#timing.waits[outstanding.sendings];
    if (wait === undefined) {
      this.#events.silent();
      return;
    }
    if (outstanding.ignored >= IGNORED_MOST) {
      this.#presume(outstanding);
      return;
    }
    outstanding.sendings++;
    this.#stopTimer = this.#clock.after(wait, () => this.#send(outstanding));
    this.#events.send(outstanding.payload);
    if (outstanding.sendings > CHECKED_AFTER) void this.#check(outstanding);
  }

  async #check(outstanding: Outstanding): Promise<void> {
    const { sendings } = outstanding;
    if ((await this.#events.check()) && outstanding.sendings === sendings) outstanding.ignored++;
  }

  #presume(outstanding: Outstanding): void {
    if (this.#presumed >= PRESUMED_MOST) {
      this.#events.silent();
      return;
    }
    this.#presumed++;
    this.#events.unacknowledged();
    this.#settle(outstanding, outstanding.characters, true);
    this.#nextIn(this.#timing.settle);
  }
}
