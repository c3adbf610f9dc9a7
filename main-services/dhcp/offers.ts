/** How long an offered address is reserved for the machine that it was offered to. */
export const OFFER_MS = 60_000;
/** The same for a machine that is not a host. Firmware requests an address within seconds; a flood of forged MACs never does. */
export const STRANGER_OFFER_MS = 20_000;

export interface Offer {
  readonly ip: string;
  readonly isHost: boolean;
  /** In ms of the monotonic clock, as every `now` here. */
  readonly until: number;
}

/** Addresses that were offered and not requested yet: in memory only, each for one machine. Every call takes constant time, amortized. */
export class Offers {
  readonly #byMac = new Map<string, Offer>();
  readonly #macOfIp = new Map<string, string>();
  /** MACs, oldest offer first. */
  readonly #hosts = new Set<string>();
  readonly #strangers = new Set<string>();

  of(mac: string, now: number): string | undefined {
    const offer = this.#byMac.get(mac);
    return offer && isValid(offer, now) ? offer.ip : undefined;
  }

  to(ip: string, now: number): string | undefined {
    const mac = this.#macOfIp.get(ip);
    return mac !== undefined && this.of(mac, now) === ip ? mac : undefined;
  }

  /** Whether the address is listed, even if its offer has ended and was not removed yet. */
  lists(ip: string): boolean {
    return this.#macOfIp.has(ip);
  }

  /** The machine with the oldest offer among those that are not hosts. */
  oldestOfStrangers(): string | undefined {
    const [mac] = this.#strangers;
    return mac;
  }

  /** Instead of the machine's offer before. An offer of this address to another machine ends. */
  add(mac: string, ip: string, isHost: boolean, now: number): void {
    const holder = this.#macOfIp.get(ip);
    if (holder !== undefined) this.remove(holder);
    this.#byMac.set(mac, { ip, isHost, until: now + (isHost ? OFFER_MS : STRANGER_OFFER_MS) });
    this.#macOfIp.set(ip, mac);
    (isHost ? this.#hosts : this.#strangers).add(mac);
  }

  /** Returns the address that is free now. */
  remove(mac: string): string | undefined {
    const offer = this.#byMac.get(mac);
    if (!offer) return undefined;
    this.#byMac.delete(mac);
    this.#macOfIp.delete(offer.ip);
    (offer.isHost ? this.#hosts : this.#strangers).delete(mac);
    return offer.ip;
  }

  /** Removes the offers that have ended, and returns their addresses. */
  removeEnded(now: number): string[] {
    const freed: string[] = [];
    for (const macs of [this.#hosts, this.#strangers]) {
      for (const mac of macs) {
        const offer = this.#byMac.get(mac);
        if (offer && isValid(offer, now)) break;
        const ip = this.remove(mac);
        if (ip !== undefined) freed.push(ip);
      }
    }
    return freed;
  }
}

/** One that seems to last longer than any offer was made before the clock was set back. */
function isValid({ until, isHost }: Offer, now: number): boolean {
  return until > now && until <= now + (isHost ? OFFER_MS : STRANGER_OFFER_MS);
}
