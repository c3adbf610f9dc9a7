export interface AdmissionLimits {
  /** Places in all. */
  readonly places: number;
  /** Places of one address: machines behind one router share theirs, except those that are proven. */
  readonly perAddress: number;
  /** Milliseconds that a holder may wait for its client before it gives way to a newcomer that finds no place. */
  readonly giveWayAfterMs: number;
}

/** A client that sends a request in every millisecond does not have to be moved each time. */
const MOMENT_MS = 50;

export type Entry<T> =
  /** `gaveWay`: lost its place to this one; end it. It has left already. */
  | { readonly kind: 'admitted'; readonly gaveWay?: T }
  /** Nothing could give way: the address has its share, or all places are taken. */
  | { readonly kind: 'refused'; readonly full: 'address' | 'all' };

interface Place<T> {
  readonly holder: T;
  readonly address: string;
  /** A known host, or proven since: counts in no address's share, and gives way last. */
  isKnown: boolean;
  isCounted: boolean;
  isWaiting: boolean;
  /** When it began to wait, or when it last moved. */
  since: number;
}

/**
 * Who gets one of a limited number of places: transfers, connections. Known hosts come first, one address has a share, and holders that wait
 * for their client give way to newcomers, longest first. So silence costs the silent. A decision takes O(1), except where a
 * newcomer finds only places that move.
 */
export class Admission<T> {
  readonly #limits: AdmissionLimits;
  readonly #places = new Map<T, Place<T>>();
  /** Those that wait, longest first. */
  readonly #waiting = { known: new Set<Place<T>>(), strangers: new Set<Place<T>>() };
  readonly #shares = new Map<string, { counted: number; readonly waiting: Set<Place<T>> }>();

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#places.size;
  }

  /** A new holder, which waits for its client from `now` on. `known`: its address is a known host's. */
  enter(holder: T, address: string, known: boolean, now: number): Entry<T> {
    const { places, perAddress } = this.#limits;
    const isShareFull = (this.#shares.get(address)?.counted ?? 0) >= perAddress;
    const isFull = this.#places.size >= places;
    const leaving = isShareFull ? this.#oldOf(address, now) : isFull ? this.#victim(known, address, now) : undefined;
    if (!leaving && (isShareFull || isFull)) return { kind: 'refused', full: isShareFull ? 'address' : 'all' };
    if (leaving) this.leave(leaving.holder);
    const place = { holder, address, isKnown: known, isCounted: true, isWaiting: false, since: now };
    this.#places.set(holder, place);
    this.#share(address).counted += 1;
    this.#wait(place, now);
    return leaving ? { kind: 'admitted', gaveWay: leaving.holder } : { kind: 'admitted' };
  }

  /** Its client did something. */
  moved(holder: T, now: number): void {
    const place = this.#places.get(holder);
    if (!place) return;
    this.#unwait(place);
    place.since = now;
  }

  /** It waits for its client again. One that began to wait a moment ago stays where it is in the order. */
  waits(holder: T, now: number): void {
    const place = this.#places.get(holder);
    if (!place || (place.isWaiting && now >= place.since && now - place.since < MOMENT_MS)) return;
    this.#unwait(place);
    this.#wait(place, now);
  }

  /** Its client showed a secret that only a known host or its BMC has: it leaves the share of its address. */
  proven(holder: T): void {
    const place = this.#places.get(holder);
    if (!place?.isCounted) return;
    const { isWaiting } = place;
    this.#unwait(place);
    this.#uncount(place);
    place.isKnown = true;
    if (isWaiting) this.#wait(place, place.since);
  }

  leave(holder: T): void {
    const place = this.#places.get(holder);
    if (!place) return;
    this.#places.delete(holder);
    this.#unwait(place);
    this.#uncount(place);
  }

  #oldOf(address: string, now: number): Place<T> | undefined {
    return this.#tired(this.#shares.get(address)?.waiting, now);
  }

  #victim(known: boolean, address: string, now: number): Place<T> | undefined {
    if (!known) return this.#tired(this.#waiting.strangers, now) ?? this.#ofGreediest(address);
    return firstOf(this.#waiting.strangers) ?? this.#longestStill() ?? this.#tired(this.#waiting.known, now);
  }

  #tired(waiting: ReadonlySet<Place<T>> | undefined, now: number): Place<T> | undefined {
    const first = waiting && firstOf(waiting);
    // A clock that was set back must not hold a place.
    return first && (now < first.since || now - first.since >= this.#limits.giveWayAfterMs) ? first : undefined;
  }

  /**
   * The one that moved longest ago of the strangers' address that holds the most places, if that has two more than the newcomer's: a few addresses
   * cannot hold all places by moving now and then.
   */
  #ofGreediest(newcomer: string): Place<T> | undefined {
    let most = (this.#shares.get(newcomer)?.counted ?? 0) + 1;
    let greediest: string | undefined;
    for (const [address, { counted }] of this.#shares) if (counted > most) [most, greediest] = [counted, address];
    return greediest === undefined ? undefined : this.#longestStill(greediest);
  }

  /** The stranger that moved longest ago; of one address, or of all. */
  #longestStill(address?: string): Place<T> | undefined {
    let found: Place<T> | undefined;
    for (const place of this.#places.values()) {
      if (place.isKnown || (address !== undefined && place.address !== address)) continue;
      if (!found || place.since < found.since) found = place;
    }
    return found;
  }

  #wait(place: Place<T>, since: number): void {
    place.isWaiting = true;
    place.since = since;
    this.#waiting[place.isKnown ? 'known' : 'strangers'].add(place);
    if (place.isCounted) this.#share(place.address).waiting.add(place);
  }

  #unwait(place: Place<T>): void {
    if (!place.isWaiting) return;
    place.isWaiting = false;
    this.#waiting[place.isKnown ? 'known' : 'strangers'].delete(place);
    this.#shares.get(place.address)?.waiting.delete(place);
  }

  #uncount(place: Place<T>): void {
    const share = this.#shares.get(place.address);
    if (!place.isCounted || !share) return;
    place.isCounted = false;
    share.counted -= 1;
    if (share.counted === 0) this.#shares.delete(place.address);
  }

  #share(address: string): { counted: number; readonly waiting: Set<Place<T>> } {
    const known = this.#shares.get(address);
    if (known) return known;
    const share = { counted: 0, waiting: new Set<Place<T>>() };
    this.#shares.set(address, share);
    return share;
  }
}

function firstOf<V>(set: ReadonlySet<V>): V | undefined {
  const { value } = set.values().next();
  return value;
}
