import type { Clock } from '../../contract/runtime.ts';
import { TokenBucket, type TokenRate } from '../../util/token-bucket.ts';
import { BOOTREPLY } from './codes.ts';
import type { Arrival } from './destination.ts';

/**
 * Who sent a packet, by what can be read without decoding it. host: the MAC is a host's. known: the machine has a lease or an offer; replies
 * of other servers count too. stranger: everything else.
 */
export type SenderClass = 'host' | 'known' | 'stranger';

/** What a dropped packet says about itself. `relay`: that it came through. */
export interface Dropped {
  readonly kind: SenderClass;
  readonly mac: string;
  readonly relay: string | undefined;
}

export interface IntakeOptions {
  readonly classOf: (mac: string) => SenderClass;
  /** Handles one packet. Never throws. */
  readonly handle: (bytes: Uint8Array, arrival: Arrival) => void;
  /** Whether a stranger can be handled now; otherwise strangers wait. */
  readonly hasRoomForStrangers: () => boolean;
  readonly dropped: (packet: Dropped) => void;
  readonly clock: Clock;
}

/** A room of a few hundred machines that is switched on at once passes; they repeat a DISCOVER after 4, 8, 16 and 32 s. */
const STRANGERS: TokenRate = { perSecond: 250, burst: 1000 };
/** Of the machines on the wire, and of each relay, so that one of them leaves something to the others. */
const STRANGERS_OF_RELAY: TokenRate = { perSecond: 150, burst: 750 };
const KNOWN: TokenRate = { perSecond: 400, burst: 1500 };
/** Of one host, or one machine with a lease: its firmware may loop, and its MAC can be forged. No machine sends as much otherwise. */
const OF_MACHINE: TokenRate = { perSecond: 20, burst: 100 };
/** Replies of other servers. They are not of the machine that they name. */
const REPLIES: TokenRate = { perSecond: 100, burst: 400 };

const MAX_WAITING: Readonly<Record<SenderClass, number>> = { host: 2048, known: 1024, stranger: 512 };
/** Relays and machines that have a share of their own at a time. */
const MAX_RELAYS = 256;
const MAX_MACHINES = 10_000;
/** An empty bucket has filled again after this time. */
const FULL_AGAIN_MS = 10_000;
const OTHERS = 'others';
/** Packets are handled for so long before other work has its turn. */
const TURN_MS = 2;
/** A stranger has sent its DISCOVER again after this time. */
const STRANGER_WAITS_MS = 4000;
/** How soon it is checked again whether strangers can be handled. */
const RETRY_MS = 10;

const CLASSES = ['host', 'known', 'stranger'] as const;
/** RFC 2131 §2: where giaddr and chaddr are. */
const GIADDR = 24;
const CHADDR = 28;
const MAC_BYTES = 6;

interface Packet {
  readonly bytes: Uint8Array;
  readonly arrival: Arrival;
  /** When it came; in ms of the monotonic clock. */
  readonly at: number;
}

/**
 * Received packets that wait to be handled: those of hosts first, then those of machines with a lease or offer, strangers last. Strangers have
 * a share of packets per second, in all and for each relay; what exceeds a share or a queue is dropped after its MAC was read.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #waiting: Record<SenderClass, PacketQueue> = { host: new PacketQueue(), known: new PacketQueue(), stranger: new PacketQueue() };
  readonly #strangers: TokenBucket;
  readonly #known: TokenBucket;
  readonly #relays: Buckets;
  readonly #replies: TokenBucket;
  readonly #machines: Record<'host' | 'known', Buckets>;
  #isScheduled = false;
  #cancelRetry: (() => void) | undefined;
  #droppedAt = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
    const now = options.clock.monotonic();
    this.#strangers = new TokenBucket(STRANGERS, now);
    this.#known = new TokenBucket(KNOWN, now);
    this.#relays = new Buckets(STRANGERS_OF_RELAY, MAX_RELAYS, now);
    this.#replies = new TokenBucket(REPLIES, now);
    const ofMachine = (): Buckets => new Buckets(OF_MACHINE, MAX_MACHINES, now);
    this.#machines = { host: ofMachine(), known: ofMachine() };
  }

  /** When a packet of a stranger was dropped last; in ms of the monotonic clock. */
  get droppedAt(): number {
    return this.#droppedAt;
  }

  /** Takes a packet or drops it. Costs microseconds. */
  push(bytes: Uint8Array, arrival: Arrival): void {
    if (this.#isClosed) return;
    const kind = this.#classOf(bytes);
    if (!this.#isWithinShare(kind, bytes) || this.#waiting[kind].length >= MAX_WAITING[kind]) {
      this.#drop(kind, bytes);
      return;
    }
    this.#waiting[kind].push({ bytes, arrival, at: this.#options.clock.monotonic() });
    this.#schedule();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelRetry?.();
  }

  #classOf(bytes: Uint8Array): SenderClass {
    if (bytes.length < CHADDR + MAC_BYTES) return 'stranger';
    return bytes[0] === BOOTREPLY ? 'known' : this.#options.classOf(macIn(bytes));
  }

  #isWithinShare(kind: SenderClass, bytes: Uint8Array): boolean {
    const now = this.#options.clock.monotonic();
    switch (kind) {
      case 'host':
        return this.#machines.host.of(macIn(bytes), now).take(now);
      case 'known':
        if (bytes[0] === BOOTREPLY) return this.#replies.take(now);
        return this.#machines.known.of(macIn(bytes), now).take(now) && this.#known.take(now);
      case 'stranger':
        return this.#strangers.has(now) && this.#relays.of(relayOf(bytes) ?? '', now).take(now) && this.#strangers.take(now);
    }
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#handleSome();
    });
  }

  #handleSome(): void {
    const end = performance.now() + TURN_MS;
    for (;;) {
      if (this.#isClosed) return;
      const packet = this.#next();
      if (!packet) break;
      this.#options.handle(packet.bytes, packet.arrival);
      if (performance.now() < end) continue;
      this.#schedule();
      return;
    }
    if (this.#waiting.stranger.length > 0) this.#retryLater();
  }

  #next(): Packet | undefined {
    for (const kind of CLASSES) {
      if (this.#waiting[kind].length === 0) continue;
      return kind === 'stranger' ? this.#nextStranger() : this.#waiting[kind].shift();
    }
    return undefined;
  }

  #nextStranger(): Packet | undefined {
    while (this.#waiting.stranger.length > 0 && this.#options.hasRoomForStrangers()) {
      const packet = this.#waiting.stranger.shift();
      if (!packet || this.#options.clock.monotonic() - packet.at < STRANGER_WAITS_MS) return packet;
      this.#drop('stranger', packet.bytes);
    }
    return undefined;
  }

  #drop(kind: SenderClass, bytes: Uint8Array): void {
    if (kind === 'stranger') this.#droppedAt = this.#options.clock.monotonic();
    this.#options.dropped({ kind, mac: macIn(bytes), relay: relayOf(bytes) });
  }

  #retryLater(): void {
    this.#cancelRetry ??= this.#options.clock.after(RETRY_MS, () => {
      this.#cancelRetry = undefined;
      this.#schedule();
    });
  }
}

/** First in, first out, in constant time: an array's `shift` moves all that follow. */
class PacketQueue {
  #packets: (Packet | undefined)[] = [];
  #first = 0;

  get length(): number {
    return this.#packets.length - this.#first;
  }

  push(packet: Packet): void {
    this.#packets.push(packet);
  }

  shift(): Packet | undefined {
    const packet = this.#packets[this.#first];
    this.#packets[this.#first] = undefined;
    this.#first += 1;
    if (2 * this.#first >= this.#packets.length) {
      this.#packets = this.#packets.slice(this.#first);
      this.#first = 0;
    }
    return packet;
  }
}

/** One bucket for each relay or machine that was seen lately. All further ones share one, so that forged addresses do not fill the memory. */
class Buckets {
  readonly #rate: TokenRate;
  readonly #max: number;
  readonly #buckets = new Map<string, TokenBucket>();
  #emptiedAt: number;

  constructor(rate: TokenRate, max: number, now: number) {
    this.#rate = rate;
    this.#max = max;
    this.#emptiedAt = now;
  }

  of(key: string, now: number): TokenBucket {
    const known = this.#buckets.get(key);
    if (known) return known;
    if (this.#buckets.size >= this.#max && Math.abs(now - this.#emptiedAt) >= FULL_AGAIN_MS) {
      this.#buckets.clear();
      this.#emptiedAt = now;
    }
    const name = this.#buckets.size < this.#max ? key : OTHERS;
    const bucket = this.#buckets.get(name) ?? new TokenBucket(this.#rate, now);
    this.#buckets.set(name, bucket);
    return bucket;
  }
}

function macIn(bytes: Uint8Array): string {
  let text = '';
  for (let at = CHADDR; at < CHADDR + MAC_BYTES; at += 1) {
    if (at > CHADDR) text += ':';
    text += (bytes[at] ?? 0).toString(16).padStart(2, '0');
  }
  return text;
}

/** Undefined: the packet came directly, or is too short. */
function relayOf(bytes: Uint8Array): string | undefined {
  if (bytes.length < CHADDR) return undefined;
  const address = bytes.subarray(GIADDR, CHADDR);
  return address.every((byte) => byte === 0) ? undefined : address.join('.');
}
