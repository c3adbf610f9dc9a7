import { check, data, SENSE, type Outcome } from './outcome.ts';
import { blockSizeOf, blocksOf, type Unit } from './unit.ts';

/** What the unit says of its blocks (SBC-3 §5). */

export function readCapacity10(cdb: Buffer, unit: Unit): Outcome {
  const isPartial = ((cdb[8] ?? 0) & 1) !== 0;
  if (!isPartial && cdb.readUInt32BE(2) !== 0) return check(SENSE.invalidField);
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(Math.min(blocksOf(unit) - 1, 0xffffffff), 0);
  bytes.writeUInt32BE(blockSizeOf(unit), 4);
  return data(bytes, bytes.length);
}

export function readCapacity16(cdb: Buffer, unit: Unit): Outcome {
  const bytes = Buffer.alloc(32);
  bytes.writeBigUInt64BE(BigInt(blocksOf(unit) - 1), 0);
  bytes.writeUInt32BE(blockSizeOf(unit), 8);
  return data(bytes, cdb.readUInt32BE(10));
}

/** GET LBA STATUS: each block from the given one on is mapped. */
export function getLbaStatus(cdb: Buffer, unit: Unit): Outcome {
  const block = cdb.readBigUInt64BE(2);
  const blocks = BigInt(blocksOf(unit));
  if (block >= blocks) return check(SENSE.outOfRange);
  const left = blocks - block;
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32BE(bytes.length - 4, 0);
  bytes.writeBigUInt64BE(block, 8);
  bytes.writeUInt32BE(left > 0xffffffffn ? 0xffffffff : Number(left), 16);
  return data(bytes, cdb.readUInt32BE(10));
}

/** READ DEFECT DATA(10) and (12): the lists are empty. */
export function readDefectData10(cdb: Buffer): Outcome {
  return data(Buffer.from([0, (cdb[2] ?? 0) & 0x1f, 0, 0]), cdb.readUInt16BE(7));
}

export function readDefectData12(cdb: Buffer): Outcome {
  return data(Buffer.from([0, (cdb[1] ?? 0) & 0x1f, 0, 0, 0, 0, 0, 0]), cdb.readUInt32BE(6));
}
