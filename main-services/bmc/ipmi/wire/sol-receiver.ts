import type { Clock } from '../../../../contract/runtime.ts';
import { encodeSol, HIGHEST_SEQUENCE, NO_CHARACTERS, SOL_OPERATION, type SolFromBmc } from './sol-packet.ts';
import type { SolTiming } from './sol-timing.ts';

export interface SolReceiverEvents {
  send(payload: Uint8Array): void;
  data(characters: Uint8Array): void;
  /** A packet never came: the BMC gave up sending it. */
  skipped(): void;
}

/** More than a serial port prints in 20 s at 115,200 baud. */
const HELD_MOST = 262_144;

/**
 * The characters from the BMC (§15.11): each packet is acknowledged each time that it comes, and delivered once. A packet that comes again may
 * carry more characters than before. While paused they are held here; when there is no room, the packet is refused, and the BMC holds it until it
 * is told to resume (table 15-3). An acknowledgement is never repeated by a timer: OpenBMC and pyghmi do harm then (docs/adr/0018-consoles.md).
 */
export class SolReceiver {
  readonly #events: SolReceiverEvents;
  readonly #clock: Clock;
  readonly #timing: SolTiming;
  readonly #room: number;
  #received = { sequence: 0, characters: 0 };
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #isPaused = false;
  /** The packet that was refused last; the BMC has it. */
  #refused: number | undefined;
  #isRefusing = false;
  #stopTimer = (): void => undefined;

  constructor(options: { events: SolReceiverEvents; clock: Clock; timing: SolTiming; room?: number | undefined }) {
    this.#events = options.events;
    this.#clock = options.clock;
    this.#timing = options.timing;
    this.#room = options.room ?? HELD_MOST;
  }

  /** Whether the packet came before. */
  isRepeated({ sequence }: SolFromBmc): boolean {
    return sequence !== 0 && sequence === this.#received.sequence;
  }

  take(packet: SolFromBmc): void {
    const { sequence, characters } = packet;
    const known = this.isRepeated(packet) ? this.#received.characters : 0;
    const added = Math.max(0, characters.length - known);
    if (this.#isPaused && added > 0 && this.#heldBytes + added > this.#room) {
      this.#refuse(sequence);
      return;
    }
    const isSkipped = this.#isSkipped(sequence);
    this.#stopRefusing();
    this.#received = { sequence, characters: known + added };
    this.#acknowledge(sequence, characters.length);
    if (isSkipped) this.#events.skipped();
    if (added > 0) this.#deliver(characters.subarray(known));
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#release() && this.#refused !== undefined) {
      this.#stopTimer();
      this.#isRefusing = false;
      this.#askFor(this.#refused, 0);
    }
  }

  /** What is held is delivered: no pause lasts longer than the link. */
  close(): void {
    this.#stopTimer();
    for (const characters of this.#held.splice(0)) this.#events.data(characters);
  }

  #deliver(characters: Uint8Array): void {
    if (this.#isPaused) {
      this.#held.push(characters);
      this.#heldBytes += characters.length;
    } else this.#events.data(characters);
  }

  /** Delivering may pause again: whether everything was delivered. */
  #release(): boolean {
    while (!this.#isPaused) {
      const characters = this.#held.shift();
      if (!characters) return true;
      this.#heldBytes -= characters.length;
      this.#events.data(characters);
    }
    return false;
  }

  /** OpenBMC sends a refused packet again without delay, so the answer waits; others then hold it until they are asked for it. */
  #refuse(sequence: number): void {
    this.#refused = sequence;
    if (this.#isRefusing) return;
    this.#isRefusing = true;
    this.#stopTimer();
    this.#stopTimer = this.#clock.after(this.#timing.hold, () => {
      this.#isRefusing = false;
      this.#acknowledge(this.#refused ?? sequence, 0, SOL_OPERATION.nack);
    });
  }

  #stopRefusing(): void {
    this.#stopTimer();
    this.#isRefusing = false;
    this.#refused = undefined;
  }

  /** Table 15-3: an acknowledgement of no characters ends the refusal. ipmi_sim counts the refused packet, and expects the number of the next. */
  #askFor(sequence: number, attempt: number): void {
    this.#acknowledge(sequence, 0);
    this.#acknowledge((sequence % HIGHEST_SEQUENCE) + 1, 0);
    const wait = this.#timing.waits[attempt];
    if (wait !== undefined) this.#stopTimer = this.#clock.after(wait, () => this.#askFor(sequence, attempt + 1));
  }

  /** Numbers that are behind, or far ahead, are those of a BMC that counts otherwise; after a refusal it may have counted the refused ones. */
  #isSkipped(sequence: number): boolean {
    if (this.#received.sequence === 0 || this.#refused !== undefined) return false;
    const ahead = (sequence - this.#received.sequence + HIGHEST_SEQUENCE) % HIGHEST_SEQUENCE;
    return ahead >= 2 && ahead <= HIGHEST_SEQUENCE / 2;
  }

  #acknowledge(sequence: number, accepted: number, operation = 0): void {
    this.#events.send(encodeSol({ sequence: 0, acknowledged: sequence, accepted, characters: NO_CHARACTERS }, operation));
  }
}
