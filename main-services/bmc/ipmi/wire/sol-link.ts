import type { Clock } from '../../../../contract/runtime.ts';
import { encodeSol, HIGHEST_SEQUENCE, SOL_OPERATION, type SolFromBmc } from './sol-packet.ts';

/** Milliseconds. */
export interface SolTiming {
  /** After each sending of a packet, until it is sent again; after the last one the BMC counts as gone. */
  readonly waits: readonly number[];
  /** Before characters that the BMC did not take are offered again. */
  readonly refusedAfter: number;
}

/** A lost packet costs little, a BMC that answers slowly is not flooded, and one that restarts is noticed within 16 s. */
export const SOL_TIMING: SolTiming = { waits: [100, 200, 400, 800, ...Array.from({ length: 14 }, () => 1000)], refusedAfter: 100 };

export interface SolLinkEvents {
  send(payload: Uint8Array): void;
  data(characters: Uint8Array): void;
  overrun(): void;
  /** The BMC does not acknowledge, or has ended SOL. */
  ended(reason: 'silent' | 'deactivated'): void;
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
  readonly item: Waiting;
  sendings: number;
}

/**
 * The characters of SOL in both directions, complete and in order over datagrams (§15.11): one packet at a time is on its way to the BMC and is
 * sent again until it is acknowledged; what comes from the BMC is acknowledged each time that it comes, and delivered once. A packet that comes
 * again may carry more characters than before. Never throws.
 */
export class SolLink {
  readonly #events: SolLinkEvents;
  readonly #clock: Clock;
  readonly #timing: SolTiming;
  /** Characters of one packet to the BMC. */
  readonly #most: number;
  readonly #queue: Waiting[] = [];
  #outstanding: Outstanding | undefined;
  #sequence = 0;
  #received = { sequence: 0, characters: 0 };
  #stopTimer = (): void => undefined;
  #isOver = false;

  constructor(options: { events: SolLinkEvents; clock: Clock; timing?: Partial<SolTiming>; mostCharacters: number }) {
    this.#events = options.events;
    this.#clock = options.clock;
    this.#timing = { ...SOL_TIMING, ...options.timing };
    this.#most = Math.max(1, options.mostCharacters);
  }

  /** Resolves when the BMC has taken all of it; rejects where the link ends before. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#enqueue(bytes, 0);
  }

  sendBreak(): Promise<void> {
    return this.#enqueue(new Uint8Array(), SOL_OPERATION.generateBreak);
  }

  receive(packet: SolFromBmc): void {
    if (this.#isOver) return;
    if (packet.sequence !== 0) this.#take(packet);
    if (packet.overrun) this.#events.overrun();
    if (packet.acknowledged !== 0) this.#acknowledged(packet);
    if (packet.deactivating) this.#end('deactivated');
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

  #take({ sequence, characters }: SolFromBmc): void {
    const known = sequence === this.#received.sequence ? this.#received.characters : 0;
    this.#received = { sequence, characters: Math.max(known, characters.length) };
    this.#events.send(encodeSol({ sequence: 0, acknowledged: sequence, accepted: characters.length, characters: new Uint8Array() }));
    if (characters.length > known) this.#events.data(characters.subarray(known));
  }

  #acknowledged({ acknowledged, accepted, nack }: SolFromBmc): void {
    const outstanding = this.#outstanding;
    if (outstanding?.sequence !== acknowledged) return;
    this.#stopTimer();
    this.#outstanding = undefined;
    const { item } = outstanding;
    const rest = item.bytes.subarray(Math.min(accepted, this.#most, item.bytes.length));
    const isBreakRefused = nack && item.operation !== 0;
    if (rest.length === 0 && !isBreakRefused) item.done();
    else this.#queue.unshift({ ...item, bytes: rest });
    if (nack) this.#stopTimer = this.#clock.after(this.#timing.refusedAfter, () => this.#next());
    else this.#next();
  }

  #next(): void {
    if (this.#outstanding || this.#isOver) return;
    const item = this.#queue.shift();
    if (!item) return;
    this.#stopTimer();
    this.#sequence = (this.#sequence % HIGHEST_SEQUENCE) + 1;
    const characters = item.bytes.subarray(0, this.#most);
    const payload = encodeSol({ sequence: this.#sequence, acknowledged: 0, accepted: 0, characters }, item.operation);
    this.#outstanding = { sequence: this.#sequence, payload, item, sendings: 0 };
    this.#send(this.#outstanding);
  }

  #send(outstanding: Outstanding): void {
    const wait = this.#timing.waits[outstanding.sendings];
    if (wait === undefined) {
      this.#end('silent');
      return;
    }
    outstanding.sendings++;
    this.#stopTimer = this.#clock.after(wait, () => this.#send(outstanding));
    this.#events.send(outstanding.payload);
  }

  #end(reason: 'silent' | 'deactivated'): void {
    if (this.#isOver) return;
    this.close();
    this.#events.ended(reason);
  }
}
