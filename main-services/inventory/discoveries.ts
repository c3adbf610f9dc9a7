import type { Discovered } from '../../contract/inventory.ts';

/** Unknown machines that are listed. */
export const MAX_DISCOVERED = 2000;
/** How often a machine that keeps asking is written, at most. */
const REWRITE_AFTER_MS = 10_000;
/** A machine that is seen again after this time came back: forged MACs are seen once. */
const RETURNED_AFTER_MS = 2000;
/** A machine that is removed from the list after less than this, for others, means that a flood fills it. */
const FLOOD_MS = 600_000;

export type Report = Pick<Discovered, 'mac' | 'facts' | 'vendorClass' | 'address'>;

/**
 * Unknown machines in memory, and which of their rows have to be written. Machines that were seen once are removed first, the least
 * recently seen of them first; so a flood of random MACs does not remove machines that boot again. Every call takes constant time.
 */
export class Discoveries {
  /** Least recently seen first. */
  readonly #once = new Map<string, Discovered>();
  readonly #returned = new Map<string, Discovered>();
  /** What the database has: when each row says that its machine was seen last. */
  readonly #stored = new Map<string, number>();
  readonly #unwritten = new Set<string>();

  constructor(rows: readonly Discovered[]) {
    for (const row of [...rows].sort((a, b) => a.lastSeen - b.lastSeen)) {
      this.#stored.set(row.mac, row.lastSeen);
      this.#put(row);
    }
    this.#removeOldest();
  }

  /** Sorted by MAC. */
  list(): Discovered[] {
    return [...this.#once.values(), ...this.#returned.values()].sort((a, b) => (a.mac < b.mac ? -1 : 1));
  }

  get(mac: string): Discovered | undefined {
    return this.#returned.get(mac) ?? this.#once.get(mac);
  }

  /** Whether the machine is new, and whether another one was removed for it that was new too. */
  see({ mac, facts, vendorClass, address }: Report, now: number): { isNew: boolean; isFlood: boolean } {
    const known = this.get(mac);
    const seen: Discovered = {
      mac,
      facts: { ...known?.facts, ...facts },
      vendorClass: vendorClass ?? known?.vendorClass,
      address: address ?? known?.address,
      firstSeen: known?.firstSeen ?? now,
      lastSeen: now,
    };
    const hadReturned = this.#returned.has(mac);
    this.#put(seen);
    // The database must show that it came back, for the next start.
    if (this.#returned.has(mac) !== hadReturned) this.#unwritten.add(mac);
    if (!known || Math.abs(now - (this.#stored.get(mac) ?? 0)) >= REWRITE_AFTER_MS || !sameBut(known, seen)) this.#unwritten.add(mac);
    const removed = this.#removeOldest();
    return { isNew: known === undefined, isFlood: removed.some(({ firstSeen }) => now - firstSeen < FLOOD_MS) };
  }

  /** It is a host now. */
  forget(mac: string): void {
    this.#once.delete(mac);
    this.#returned.delete(mac);
    if (this.#stored.has(mac)) this.#unwritten.add(mac);
    else this.#unwritten.delete(mac);
  }

  get hasUnwritten(): boolean {
    return this.#unwritten.size > 0;
  }

  /** The next rows to write, at most `limit`; undefined: to remove. Machines that came back first. */
  nextToWrite(limit: number): { mac: string; row: Discovered | undefined }[] {
    const returned: string[] = [];
    const others: string[] = [];
    for (const mac of this.#unwritten) (this.#returned.has(mac) ? returned : others).push(mac);
    return [...returned, ...others].slice(0, limit).map((mac) => ({ mac, row: this.get(mac) }));
  }

  written(rows: readonly { mac: string; row: Discovered | undefined }[]): void {
    for (const { mac, row } of rows) {
      this.#unwritten.delete(mac);
      if (row) this.#stored.set(mac, row.lastSeen);
      else this.#stored.delete(mac);
    }
  }

  #put(seen: Discovered): void {
    const { mac, firstSeen, lastSeen } = seen;
    const hasReturned = this.#returned.delete(mac) || lastSeen - firstSeen >= RETURNED_AFTER_MS;
    this.#once.delete(mac);
    (hasReturned ? this.#returned : this.#once).set(mac, seen);
  }

  #removeOldest(): Discovered[] {
    const removed: Discovered[] = [];
    while (this.#once.size + this.#returned.size > MAX_DISCOVERED) {
      const [oldest] = (this.#once.size > 0 ? this.#once : this.#returned).values();
      if (!oldest) break;
      this.forget(oldest.mac);
      removed.push(oldest);
    }
    return removed;
  }
}

function sameBut(a: Discovered, b: Discovered): boolean {
  return JSON.stringify({ ...a, lastSeen: 0 }) === JSON.stringify({ ...b, lastSeen: 0 });
}
