import type { Clock } from '../../../../contract/runtime.ts';
import type { SolFromBmc } from './sol-packet.ts';
import { SolReceiver } from './sol-receiver.ts';
import { SolSender } from './sol-sender.ts';
import { SOL_TIMING, type SolTiming } from './sol-timing.ts';

/** What a technician should know of the connection. */
export type SolReport =
  /** The BMC cannot pass characters: the machine is off, or its port is in use otherwise. */
  | 'unavailable'
  | 'available'
  /** The machine printed faster than the BMC could send. */
  | 'overrun'
  /** The BMC gave up sending a packet. */
  | 'skipped'
  | 'break'
  /** Typed characters count as taken without an acknowledgement. */
  | 'unacknowledged';

export interface SolLinkEvents {
  send(payload: Uint8Array): void;
  data(characters: Uint8Array): void;
  report(what: SolReport): void;
  /** Whether the BMC answers one command that is sent once, now. Never rejects. */
  check(): Promise<boolean>;
  /** The BMC does not acknowledge, or has ended SOL. */
  ended(reason: 'silent' | 'deactivated'): void;
}

export interface SolLinkOptions {
  readonly events: SolLinkEvents;
  readonly clock: Clock;
  readonly timing?: Partial<SolTiming>;
  /** Characters of one packet to the BMC. */
  readonly mostCharacters: number;
  /** Characters that are held while the link is paused. */
  readonly room?: number;
}

/** The characters of SOL in both directions, complete and in order over datagrams. Never throws. */
export class SolLink {
  readonly #events: SolLinkEvents;
  readonly #sender: SolSender;
  readonly #receiver: SolReceiver;
  #isUnavailable = false;
  #isOver = false;

  constructor({ events, clock, timing: changes, mostCharacters, room }: SolLinkOptions) {
    const timing = { ...SOL_TIMING, ...changes };
    this.#events = events;
    this.#sender = new SolSender({
      events: {
        send: (payload) => events.send(payload),
        check: () => events.check(),
        unacknowledged: () => events.report('unacknowledged'),
        silent: () => this.#end('silent'),
      },
      clock,
      timing,
      mostCharacters,
    });
    this.#receiver = new SolReceiver({
      events: {
        send: (payload) => events.send(payload),
        data: (characters) => events.data(characters),
        skipped: () => events.report('skipped'),
      },
      clock,
      timing,
      room,
    });
  }

  /** Resolves when the BMC has taken all of it; rejects where the link ends before. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#sender.write(bytes);
  }

  sendBreak(): Promise<void> {
    return this.#sender.sendBreak();
  }

  /** Output is held until `resume`, then by the BMC. */
  pause(): void {
    this.#receiver.pause();
  }

  resume(): void {
    if (!this.#isOver) this.#receiver.resume();
  }

  receive(packet: SolFromBmc): void {
    if (this.#isOver) return;
    this.#readStatus(packet);
    if (packet.sequence !== 0) this.#receiver.take(packet);
    if (packet.acknowledged !== 0) this.#sender.acknowledged(packet);
    if (packet.deactivating) this.#end('deactivated');
  }

  /** Output that is held is delivered. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sender.close();
    this.#receiver.close();
  }

  #readStatus(packet: SolFromBmc): void {
    if (packet.unavailable !== this.#isUnavailable) {
      this.#isUnavailable = packet.unavailable;
      this.#events.report(packet.unavailable ? 'unavailable' : 'available');
    }
    if (this.#receiver.isRepeated(packet)) return;
    if (packet.overrun) this.#events.report('overrun');
    if (packet.breakDetected) this.#events.report('break');
  }

  #end(reason: 'silent' | 'deactivated'): void {
    if (this.#isOver) return;
    this.close();
    this.#events.ended(reason);
  }
}
