import { check, NOTHING, SENSE, type Outcome } from './outcome.ts';
import { hasProtection, inRange } from './ranges.ts';
import type { Unit } from './unit.ts';

/** Which blocks a command would change. */
interface Write {
  readonly block: (cdb: Buffer) => number | bigint;
  readonly count: (cdb: Buffer) => number;
  /** WRITE SAME: 0 blocks are not nothing, but the rest of the medium, which the unit does not have (WSNZ, SBC-3 §6.5.3). */
  readonly isSame?: boolean;
}

const ten = { block: (cdb: Buffer): number => cdb.readUInt32BE(2), count: (cdb: Buffer): number => cdb.readUInt16BE(7) };
const twelve = { block: ten.block, count: (cdb: Buffer): number => cdb.readUInt32BE(6) };
const sixteen = { block: (cdb: Buffer): bigint => cdb.readBigUInt64BE(2), count: (cdb: Buffer): number => cdb.readUInt32BE(10) };

/** WRITE, WRITE AND VERIFY, WRITE SAME, COMPARE AND WRITE, ORWRITE and WRITE ATOMIC, by opcode. */
const RANGED: Readonly<Record<number, Write>> = {
  0x2a: ten,
  0x2e: ten,
  0x41: { ...ten, isSame: true },
  0xaa: twelve,
  0xae: twelve,
  0x8a: sixteen,
  0x8e: sixteen,
  0x8b: sixteen,
  0x93: { ...sixteen, isSame: true },
  0x89: { block: sixteen.block, count: (cdb) => cdb[13] ?? 0 },
  0x9c: { block: sixteen.block, count: (cdb) => cdb.readUInt16BE(12) },
};

/** FORMAT UNIT, WRITE(6), UNMAP, SANITIZE. */
const OTHERS: ReadonlySet<number> = new Set([0x04, 0x0a, 0x42, 0x48]);

/** A command that would change the medium: what is wrong with it, nothing where it would change nothing, or WRITE PROTECTED. */
export function write(cdb: Buffer, unit: Unit): Outcome | undefined {
  const opcode = cdb[0] ?? 0;
  if (OTHERS.has(opcode)) return check(SENSE.writeProtected);
  const ranged = RANGED[opcode];
  if (!ranged) return undefined;
  const count = ranged.count(cdb);
  if (hasProtection(cdb)) return check(SENSE.invalidField);
  const range = inRange(unit, ranged.block(cdb), count);
  if (range.kind === 'check') return range;
  if (count > 0) return check(SENSE.writeProtected);
  return ranged.isSame === true ? check(SENSE.invalidField) : NOTHING;
}
