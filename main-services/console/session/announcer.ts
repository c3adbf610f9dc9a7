import type { BootbenchError } from '../../../contract/errors.ts';
import type { Clock } from '../../../contract/runtime.ts';
import type { Announcement, LinkState } from './link-state.ts';

/** After a connection shorter than this, the next one is announced only when it has lasted as long: a busy console server accepts and closes. */
export const SETTLED_MS = 1000;

/** Announces each change of a link once, however often it is tried again. */
export class Announcer {
  readonly #clock: Clock;
  readonly #say: (announcement: Announcement) => void;
  #openedAt: number | undefined;
  #wasShort = false;
  #stopTimer: () => void = () => undefined;
  /** What was announced last, and what it was about. */
  #said: { readonly kind: Announcement['kind']; readonly what: string | undefined } | undefined;

  constructor(clock: Clock, say: (announcement: Announcement) => void) {
    this.#clock = clock;
    this.#say = say;
  }

  changed(link: LinkState): void {
    switch (link.state) {
      case 'opening':
        return;
      case 'open': {
        this.#openedAt = this.#clock.monotonic();
        const { description } = link.transport;
        const announce = (): void => this.#announce({ kind: 'opened', description }, description);
        if (this.#wasShort) this.#stopTimer = this.#clock.after(SETTLED_MS, announce);
        else announce();
        return;
      }
      case 'waiting':
      case 'failed':
        this.#ended();
        this.#announceEnd(link.error);
        return;
      case 'closed':
        this.#ended();
        this.#wasShort = false;
        if (this.#said !== undefined) this.#announceEnd(undefined);
    }
  }

  stop(): void {
    this.#stopTimer();
  }

  #ended(): void {
    this.#stopTimer();
    if (this.#openedAt !== undefined) this.#wasShort = this.#clock.monotonic() - this.#openedAt < SETTLED_MS;
    this.#openedAt = undefined;
  }

  #announceEnd(error: BootbenchError | undefined): void {
    const isFirst = this.#said === undefined;
    const wasOpen = this.#said?.kind === 'opened';
    this.#announce(
      isFirst || wasOpen ? { kind: 'closed', error, wasOpen } : { kind: 'failed', error },
      error && `${error.code} ${error.message}`,
    );
  }

  #announce(announcement: Announcement, what: string | undefined): void {
    const isOpened = announcement.kind === 'opened';
    if (this.#said && (this.#said.kind === 'opened') === isOpened && this.#said.what === what) return;
    this.#said = { kind: announcement.kind, what };
    this.#say(announcement);
  }
}
