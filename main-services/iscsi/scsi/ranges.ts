import { check, NOTHING, SENSE, type Outcome } from './outcome.ts';
import { blockSizeOf, blocksOf, type Unit } from './unit.ts';

/** Protection information, which the unit has not (SBC-3 §4.22). */
export function hasProtection(cdb: Buffer): boolean {
  return ((cdb[1] ?? 0) & 0xe0) !== 0;
}

/** Nothing to send, where the blocks exist. No blocks at the very end do (SBC-3 §5.6). */
export function inRange(unit: Unit, block: number | bigint, count: number): Outcome {
  const blocks = blocksOf(unit);
  const isOut = typeof block === 'number' ? block + count > blocks : block + BigInt(count) > BigInt(blocks);
  return isOut ? check(SENSE.outOfRange) : NOTHING;
}

export function read(unit: Unit, block: number | bigint, count: number): Outcome {
  const range = inRange(unit, block, count);
  if (range.kind === 'check') return range;
  const size = blockSizeOf(unit);
  return count === 0 ? NOTHING : { kind: 'read', offset: Number(block) * size, length: count * size };
}

/** READ(10), (12) and (16): without protection information. */
export function checkedRead(cdb: Buffer, unit: Unit, block: number | bigint, count: number): Outcome {
  return hasProtection(cdb) ? check(SENSE.invalidField) : read(unit, block, count);
}

/** VERIFY (SBC-3 §5.30): BYTCHK 1 compares with as many bytes of the initiator, 3 with one block of them. */
export function verify(cdb: Buffer, unit: Unit, block: number | bigint, count: number): Outcome {
  const compared = ((cdb[1] ?? 0) >> 1) & 3;
  if (hasProtection(cdb) || compared === 2) return check(SENSE.invalidField);
  const range = read(unit, block, count);
  if (range.kind !== 'read' || compared === 0) return range.kind === 'check' ? range : NOTHING;
  return { kind: 'compare', offset: range.offset, length: range.length, received: compared === 3 ? blockSizeOf(unit) : range.length };
}
