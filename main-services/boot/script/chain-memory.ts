import type { Clock } from '../../../contract/runtime.ts';
import type { Identity } from '../boot.ts';

/** How long after fetching its boot file an iPXE counts as the one that Bootbench sent: the time to start and to send DHCP. */
const CHAINED_FOR_MS = 120_000;

/**
 * Which machines have just fetched their interface's own boot file. An iPXE in ROM and the one that Bootbench sent look alike on the
 * wire (observed: the same build differs in the broadcast flag only), so the order of their requests tells them apart.
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
    for (const [known, at] of this.#at) if (this.#clock.monotonic() - at > CHAINED_FOR_MS) this.#at.delete(known);
    this.#at.set(mac, this.#clock.monotonic());
  }

  fetched(mac: string): boolean {
    const at = this.#at.get(mac);
    return at !== undefined && this.#clock.monotonic() - at <= CHAINED_FOR_MS;
  }
}
