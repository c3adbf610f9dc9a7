import type { Clock } from '../../../contract/runtime.ts';
import type { Identity } from '../boot.ts';

/** How long after fetching its boot file an iPXE counts as the one we sent, in milliseconds: the time to start and ask DHCP. */
const FRESH = 120_000;

/**
 * Which machines have just fetched their interface's own boot file. An iPXE in ROM and the one we sent look alike on the
 * wire (observed: the same build differs in the broadcast flag only), so the order of what they did tells them apart.
 */
export class ChainMemory {
  readonly #clock: Clock;
  readonly #at = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes a fetch when it is the interface's own boot file. */
  note(mac: string, file: string, identity: Identity): void {
    if (identity.kind !== 'host' || identity.iface.bootFile !== file) return;
    for (const [known, at] of this.#at) if (this.#clock.now() - at > FRESH) this.#at.delete(known);
    this.#at.set(mac, this.#clock.now());
  }

  fetched(mac: string): boolean {
    const at = this.#at.get(mac);
    return at !== undefined && this.#clock.now() - at <= FRESH;
  }
}
