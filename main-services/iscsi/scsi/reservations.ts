import { check, CONFLICT, data, NOTHING, SENSE, type Outcome } from './outcome.ts';

/** One session of an initiator. Initiators are known by their name: a firmware and the system that it boots are the same one. */
export interface Nexus {
  readonly initiator: string;
}

/** Types of persistent reservations (SPC-4 §6.15.3.4), and who has access: the holder, those that registered, or all holders. */
const WRITE_EXCLUSIVE = 0x01;
const EXCLUSIVE_ACCESS = 0x03;
const WRITE_EXCLUSIVE_REGISTRANTS = 0x05;
const EXCLUSIVE_ACCESS_REGISTRANTS = 0x06;
const WRITE_EXCLUSIVE_ALL = 0x07;
const EXCLUSIVE_ACCESS_ALL = 0x08;
const TYPES: ReadonlySet<number> = new Set([
  WRITE_EXCLUSIVE,
  EXCLUSIVE_ACCESS,
  WRITE_EXCLUSIVE_REGISTRANTS,
  EXCLUSIVE_ACCESS_REGISTRANTS,
  WRITE_EXCLUSIVE_ALL,
  EXCLUSIVE_ACCESS_ALL,
]);
const ALL_HOLD: ReadonlySet<number> = new Set([WRITE_EXCLUSIVE_ALL, EXCLUSIVE_ACCESS_ALL]);
const ONLY_HOLDER: ReadonlySet<number> = new Set([WRITE_EXCLUSIVE, EXCLUSIVE_ACCESS]);
const BLOCKS_READS: ReadonlySet<number> = new Set([EXCLUSIVE_ACCESS, EXCLUSIVE_ACCESS_REGISTRANTS, EXCLUSIVE_ACCESS_ALL]);
/** The types as REPORT CAPABILITIES has them (§6.15.4). */
const TYPE_MASK = [0xea, 0x01];

const MAX_REGISTRATIONS = 64;
/** Bytes of a PERSISTENT RESERVE OUT parameter list (§6.16.3). */
const PARAMETER_BYTES = 24;
const SPEC_I_PT = 0x08;
const APTPL = 0x01;

/** What an initiator wants of the unit. `control`: commands that any initiator may send, or that check reservations themselves. */
export type Access = 'control' | 'state' | 'read' | 'write';

/**
 * Reservations of one logical unit (SPC-4 §5.13, SPC-2 §5.5): shared by all sessions of a target, gone with the process. There are no unit
 * attentions.
 */
export class Reservations {
  /** Keys by initiator. */
  readonly #keys = new Map<string, bigint>();
  #generation = 0;
  #held: { readonly holder: string; readonly type: number } | undefined;
  /** The session that has the whole unit by RESERVE. */
  #whole: Nexus | undefined;

  /** Whether another initiator keeps this one out. */
  blocks({ initiator }: Nexus, access: Access): boolean {
    if (access === 'control') return false;
    if (this.#whole) return this.#whole.initiator !== initiator;
    if (!this.#held || access === 'state') return false;
    const { holder, type } = this.#held;
    const hasAccess = ONLY_HOLDER.has(type) ? holder === initiator : this.#keys.has(initiator);
    return !hasAccess && (access === 'write' || BLOCKS_READS.has(type));
  }

  /** RESERVE(6) and (10). */
  reserve(nexus: Nexus): Outcome {
    const isOthers = this.#whole !== undefined && this.#whole.initiator !== nexus.initiator;
    if (isOthers || this.#keys.size > 0) return CONFLICT;
    this.#whole = nexus;
    return NOTHING;
  }

  /** RELEASE(6) and (10): those of others stay. */
  release({ initiator }: Nexus): Outcome {
    if (this.#keys.size > 0) return CONFLICT;
    if (this.#whole?.initiator === initiator) this.#whole = undefined;
    return NOTHING;
  }

  /** The session is over: what it reserved by RESERVE is free. */
  ended(nexus: Nexus): void {
    if (this.#whole === nexus) this.#whole = undefined;
  }

  /** A reset of the unit ends RESERVE, and keeps persistent reservations. */
  reset(): void {
    this.#whole = undefined;
  }

  /** PERSISTENT RESERVE IN (§6.15). */
  in(cdb: Buffer, nexus: Nexus): Outcome {
    if (this.#isWholeOfAnother(nexus)) return CONFLICT;
    const allocated = cdb.readUInt16BE(7);
    switch ((cdb[1] ?? 0) & 0x1f) {
      case 0:
        return data(this.#list([...this.#keys.values()].map(keyBytes)), allocated);
      case 1:
        return data(this.#list(this.#held ? [this.#reservation(this.#held)] : []), allocated);
      case 2:
        return data(Buffer.from([0, 8, 0, 0x80, ...TYPE_MASK, 0, 0]), allocated);
      case 3:
        return data(this.#list([...this.#keys].map(([initiator, key]) => this.#fullStatus(initiator, key))), allocated);
      default:
        return check(SENSE.invalidField);
    }
  }

  /** PERSISTENT RESERVE OUT (§6.16). PREEMPT AND ABORT and REGISTER AND MOVE do not exist. */
  out(cdb: Buffer, nexus: Nexus): Outcome {
    if (this.#isWholeOfAnother(nexus)) return CONFLICT;
    const action = (cdb[1] ?? 0) & 0x1f;
    const [scope, type] = [(cdb[2] ?? 0) >> 4, (cdb[2] ?? 0) & 0x0f];
    if (!ACTIONS.has(action) || (TYPED.has(action) && (scope !== 0 || !TYPES.has(type)))) return check(SENSE.invalidField);
    if (cdb.readUInt32BE(5) !== PARAMETER_BYTES) return check(SENSE.parameterListLength);
    return { kind: 'parameters', length: PARAMETER_BYTES, then: (bytes) => this.#change(action, type, nexus.initiator, bytes) };
  }

  #isWholeOfAnother({ initiator }: Nexus): boolean {
    return this.#whole !== undefined && this.#whole.initiator !== initiator;
  }

  #change(action: number, type: number, initiator: string, bytes: Buffer): Outcome {
    const [own, wanted, flags] = [bytes.readBigUInt64BE(0), bytes.readBigUInt64BE(8), bytes[20] ?? 0];
    if ((flags & (SPEC_I_PT | APTPL)) !== 0) return check(SENSE.invalidParameter);
    const key = this.#keys.get(initiator);
    if (action === REGISTER || action === REGISTER_AND_IGNORE) {
      if (action === REGISTER && own !== (key ?? 0n)) return CONFLICT;
      return this.#register(initiator, wanted);
    }
    if (key === undefined || key !== own) return CONFLICT;
    switch (action) {
      case RESERVE:
        return this.#reservePersistently(initiator, type);
      case RELEASE:
        return this.#releasePersistently(initiator, type);
      case CLEAR:
        this.#generation++;
        this.#keys.clear();
        this.#held = undefined;
        return NOTHING;
      default:
        return this.#preempt(initiator, wanted, type);
    }
  }

  #register(initiator: string, key: bigint): Outcome {
    if (key === 0n) this.#unregister(initiator);
    else if (this.#keys.size >= MAX_REGISTRATIONS && !this.#keys.has(initiator)) return check(SENSE.noMoreRegistrations);
    else this.#keys.set(initiator, key);
    this.#generation++;
    return NOTHING;
  }

  #unregister(initiator: string): void {
    this.#keys.delete(initiator);
    if (!this.#held) return;
    const isOver = ALL_HOLD.has(this.#held.type) ? this.#keys.size === 0 : this.#held.holder === initiator;
    if (isOver) this.#held = undefined;
  }

  #holds(initiator: string): boolean {
    return this.#held !== undefined && (ALL_HOLD.has(this.#held.type) ? this.#keys.has(initiator) : this.#held.holder === initiator);
  }

  #reservePersistently(initiator: string, type: number): Outcome {
    if (this.#held && !(this.#holds(initiator) && this.#held.type === type)) return CONFLICT;
    this.#held ??= { holder: initiator, type };
    return NOTHING;
  }

  #releasePersistently(initiator: string, type: number): Outcome {
    if (!this.#holds(initiator)) return NOTHING;
    if (this.#held?.type !== type) return check(SENSE.invalidRelease);
    this.#held = undefined;
    return NOTHING;
  }

  /** Removes the registrations with `key`; its reservation goes to the initiator (§5.13.11.4). */
  #preempt(initiator: string, key: bigint, type: number): Outcome {
    const isAll = this.#held !== undefined && ALL_HOLD.has(this.#held.type);
    const victims = [...this.#keys]
      .filter(([name, each]) => (key === 0n && isAll ? name !== initiator : each === key))
      .map(([name]) => name);
    if (key === 0n && !isAll) return check(SENSE.invalidParameter);
    if (victims.length === 0 && key !== 0n) return CONFLICT;
    const takesOver = isAll ? key === 0n : this.#held !== undefined && victims.includes(this.#held.holder);
    this.#generation++;
    for (const name of victims) if (name !== initiator || !takesOver) this.#unregister(name);
    if (takesOver) this.#held = { holder: initiator, type };
    return NOTHING;
  }

  #list(entries: readonly Buffer[]): Buffer {
    const body = Buffer.concat(entries);
    const head = Buffer.alloc(8);
    head.writeUInt32BE(this.#generation >>> 0, 0);
    head.writeUInt32BE(body.length, 4);
    return Buffer.concat([head, body]);
  }

  #reservation({ holder, type }: { readonly holder: string; readonly type: number }): Buffer {
    const bytes = Buffer.alloc(16);
    bytes.writeBigUInt64BE(ALL_HOLD.has(type) ? 0n : (this.#keys.get(holder) ?? 0n), 0);
    bytes[13] = type;
    return bytes;
  }

  /** §6.15.5, with the transport identifier of an iSCSI initiator (§7.6.4.6). */
  #fullStatus(initiator: string, key: bigint): Buffer {
    const name = Buffer.from(`${initiator}\0`);
    const transport = Buffer.alloc(4 + Math.max(20, (name.length + 3) & ~3));
    transport[0] = 0x05;
    transport.writeUInt16BE(transport.length - 4, 2);
    name.copy(transport, 4);
    const head = Buffer.alloc(24);
    head.writeBigUInt64BE(key, 0);
    if (this.#holds(initiator)) head.set([1, this.#held?.type ?? 0], 12);
    head.writeUInt16BE(1, 18);
    head.writeUInt32BE(transport.length, 20);
    return Buffer.concat([head, transport]);
  }
}

const REGISTER = 0;
const RESERVE = 1;
const RELEASE = 2;
const CLEAR = 3;
const PREEMPT = 4;
const REGISTER_AND_IGNORE = 6;
const ACTIONS: ReadonlySet<number> = new Set([REGISTER, RESERVE, RELEASE, CLEAR, PREEMPT, REGISTER_AND_IGNORE]);
/** Those whose scope and type count. */
const TYPED: ReadonlySet<number> = new Set([RESERVE, RELEASE, PREEMPT]);

function keyBytes(key: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(key);
  return bytes;
}
