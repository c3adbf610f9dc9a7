import { inquiry } from './inquiry.ts';
import { modeSense10, modeSense6 } from './modes.ts';
import { getConfiguration, getEventStatus, mechanismStatus, readDiscInformation, readToc } from './discs.ts';
import { check, data, descriptorSense, fixedSense, NOTHING, SENSE, type Outcome } from './outcome.ts';
import { blockSizeOf, blocksOf, type Unit } from './unit.ts';

/**
 * What a command descriptor block of 16 bytes does (SPC-4, SBC-3, MMC-6). `unit` is undefined where the addressed logical unit does not exist.
 * Reads nothing and never throws.
 */
export function execute(cdb: Buffer, unit: Unit | undefined): Outcome {
  const opcode = cdb[0] ?? 0;
  switch (opcode) {
    case 0x12:
      return inquiry(cdb, unit);
    case 0xa0:
      return reportLuns(cdb);
    case 0x03:
      return requestSense(cdb, unit);
  }
  if (!unit) return check(SENSE.noSuchUnit);
  if (WRITES.has(opcode)) return check(SENSE.writeProtected);
  const command = COMMANDS[opcode] ?? (unit.device === 'cd' ? DISC_COMMANDS[opcode] : undefined);
  return command ? command(cdb, unit) : check(SENSE.invalidOpcode);
}

type Command = (cdb: Buffer, unit: Unit) => Outcome;

/** Commands that would change the medium: FORMAT UNIT, WRITE, WRITE AND VERIFY, WRITE SAME, UNMAP, COMPARE AND WRITE, ORWRITE, SANITIZE. */
const WRITES: ReadonlySet<number> = new Set([0x04, 0x0a, 0x2a, 0xaa, 0x8a, 0x2e, 0xae, 0x8e, 0x41, 0x93, 0x42, 0x89, 0x8b, 0x48, 0x9c]);

const COMMANDS: Readonly<Record<number, Command>> = {
  0x00: () => NOTHING,
  0x08: (cdb, unit) => read(unit, (cdb.readUIntBE(1, 3) & 0x1fffff) >>> 0, shortCount(cdb)),
  0x28: (cdb, unit) => checkedRead(cdb, unit, cdb.readUInt32BE(2), cdb.readUInt16BE(7)),
  0xa8: (cdb, unit) => checkedRead(cdb, unit, cdb.readUInt32BE(2), cdb.readUInt32BE(6)),
  0x88: (cdb, unit) => checkedRead(cdb, unit, cdb.readBigUInt64BE(2), cdb.readUInt32BE(10)),
  0x25: readCapacity10,
  0x9e: (cdb, unit) => (((cdb[1] ?? 0) & 0x1f) === 0x10 ? readCapacity16(cdb, unit) : check(SENSE.invalidField)),
  0x1a: modeSense6,
  0x5a: modeSense10,
  // START STOP UNIT: a medium that a person assigned is not ejected by a machine.
  0x1b: (cdb) => (((cdb[4] ?? 0) & 0x03) === 0x02 ? check(SENSE.mediumRemovalPrevented) : NOTHING),
  0x1e: () => NOTHING,
  0x35: (cdb, unit) => inRange(unit, cdb.readUInt32BE(2), cdb.readUInt16BE(7)),
  0x91: (cdb, unit) => inRange(unit, cdb.readBigUInt64BE(2), cdb.readUInt32BE(10)),
  0x2f: (cdb, unit) => verify(cdb, unit, cdb.readUInt32BE(2), cdb.readUInt16BE(7)),
  0xaf: (cdb, unit) => verify(cdb, unit, cdb.readUInt32BE(2), cdb.readUInt32BE(6)),
  0x8f: (cdb, unit) => verify(cdb, unit, cdb.readBigUInt64BE(2), cdb.readUInt32BE(10)),
  // PRE-FETCH: there is no cache to fill.
  0x34: (cdb, unit) => inRange(unit, cdb.readUInt32BE(2), cdb.readUInt16BE(7)),
  0x90: (cdb, unit) => inRange(unit, cdb.readBigUInt64BE(2), cdb.readUInt32BE(10)),
};

const DISC_COMMANDS: Readonly<Record<number, Command>> = {
  0x43: readToc,
  0x46: getConfiguration,
  0x4a: getEventStatus,
  0x51: readDiscInformation,
  0xbd: mechanismStatus,
};

/** READ(6): 0 means 256 blocks. */
function shortCount(cdb: Buffer): number {
  const count = cdb[4] ?? 0;
  return count === 0 ? 256 : count;
}

/** READ(10), (12) and (16): without protection information. */
function checkedRead(cdb: Buffer, unit: Unit, block: number | bigint, count: number): Outcome {
  return hasProtection(cdb) ? check(SENSE.invalidField) : read(unit, block, count);
}

function read(unit: Unit, block: number | bigint, count: number): Outcome {
  const range = inRange(unit, block, count);
  if (range.kind === 'check') return range;
  const size = blockSizeOf(unit);
  return count === 0 ? NOTHING : { kind: 'read', offset: Number(block) * size, length: count * size };
}

/** VERIFY: the medium is not compared with bytes of the initiator. */
function verify(cdb: Buffer, unit: Unit, block: number | bigint, count: number): Outcome {
  return hasProtection(cdb) || ((cdb[1] ?? 0) & 0x06) !== 0 ? check(SENSE.invalidField) : inRange(unit, block, count);
}

function hasProtection(cdb: Buffer): boolean {
  return ((cdb[1] ?? 0) & 0xe0) !== 0;
}

/** Nothing to send, where the blocks exist. No blocks at the very end do (SBC-3 §5.6). */
function inRange(unit: Unit, block: number | bigint, count: number): Outcome {
  return BigInt(block) + BigInt(count) > BigInt(blocksOf(unit)) ? check(SENSE.outOfRange) : NOTHING;
}

function readCapacity10(cdb: Buffer, unit: Unit): Outcome {
  const isPartial = ((cdb[8] ?? 0) & 1) !== 0;
  if (!isPartial && cdb.readUInt32BE(2) !== 0) return check(SENSE.invalidField);
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(Math.min(blocksOf(unit) - 1, 0xffffffff), 0);
  bytes.writeUInt32BE(blockSizeOf(unit), 4);
  return data(bytes, bytes.length);
}

function readCapacity16(cdb: Buffer, unit: Unit): Outcome {
  const bytes = Buffer.alloc(32);
  bytes.writeBigUInt64BE(BigInt(blocksOf(unit) - 1), 0);
  bytes.writeUInt32BE(blockSizeOf(unit), 8);
  return data(bytes, cdb.readUInt32BE(10));
}

/** One unit, number 0 (SPC-4 §6.33). Well-known units do not exist. */
function reportLuns(cdb: Buffer): Outcome {
  const selected = cdb[2] ?? 0;
  const allocated = cdb.readUInt32BE(6);
  if (selected > 2 || allocated < 16) return check(SENSE.invalidField);
  const count = selected === 1 ? 0 : 1;
  const bytes = Buffer.alloc(8 + 8 * count);
  bytes.writeUInt32BE(8 * count, 0);
  return data(bytes, allocated);
}

/** Sense data goes with each response, so none is ever pending (SPC-4 §6.39). */
function requestSense(cdb: Buffer, unit: Unit | undefined): Outcome {
  const sense = unit ? SENSE.none : SENSE.noSuchUnit;
  const isDescriptor = ((cdb[1] ?? 0) & 1) !== 0;
  return data(isDescriptor ? descriptorSense(sense) : fixedSense(sense), cdb[4] ?? 0);
}
