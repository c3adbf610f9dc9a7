import { getLbaStatus, readCapacity10, readCapacity16, readDefectData10, readDefectData12 } from './capacity.ts';
import type { Claims, Command } from './command.ts';
import { getConfiguration, getEventStatus, mechanismStatus, readDiscInformation, readToc } from './discs.ts';
import { modeSense10, modeSense6 } from './modes.ts';
import { check, NOTHING, SENSE, type Outcome } from './outcome.ts';
import { checkedRead, inRange, read, verify } from './ranges.ts';
import type { Unit } from './unit.ts';

const LONG = 'ff'.repeat(12);

type Run = Command['run'];

/** A command of the blocks that its CDB of 10, 12 or 16 bytes names. */
function ten(run: (cdb: Buffer, unit: Unit, block: number, count: number) => Outcome): Run {
  return (cdb, unit) => run(cdb, unit, cdb.readUInt32BE(2), cdb.readUInt16BE(7));
}

function twelve(run: (cdb: Buffer, unit: Unit, block: number, count: number) => Outcome): Run {
  return (cdb, unit) => run(cdb, unit, cdb.readUInt32BE(2), cdb.readUInt32BE(6));
}

function sixteen(run: (cdb: Buffer, unit: Unit, block: bigint, count: number) => Outcome): Run {
  return (cdb, unit) => run(cdb, unit, cdb.readBigUInt64BE(2), cdb.readUInt32BE(10));
}

/** PRE-FETCH and SYNCHRONIZE CACHE: there is no cache to fill or to write. */
function nothingIn(_: Buffer, unit: Unit, block: number | bigint, count: number): Outcome {
  return inRange(unit, block, count);
}

/**
 * START STOP UNIT (SBC-3 §5.25): a medium that a person assigned is not ejected by a machine. With a power condition the other bits do not
 * count.
 */
function startStop(cdb: Buffer): Outcome {
  const [condition, ejects] = [(cdb[4] ?? 0) >> 4, ((cdb[4] ?? 0) & 3) === 2];
  return ejects && condition === 0 ? check(SENSE.mediumRemovalPrevented) : NOTHING;
}

const BLOCKS: readonly Command[] = [
  {
    opcode: 0x08,
    usage: '1fffffff00',
    access: 'read',
    run: (cdb, unit) => read(unit, (cdb.readUIntBE(1, 3) & 0x1fffff) >>> 0, shortCount(cdb)),
  },
  { opcode: 0x28, usage: '18ffffffff00ffff00', access: 'read', run: ten(checkedRead) },
  { opcode: 0xa8, usage: '18ffffffffffffffff0000', access: 'read', run: twelve(checkedRead) },
  { opcode: 0x88, usage: `18${LONG}0000`, access: 'read', run: sixteen(checkedRead) },
  { opcode: 0x2f, usage: '16ffffffff00ffff00', access: 'read', run: ten(verify) },
  { opcode: 0xaf, usage: '16ffffffffffffffff0000', access: 'read', run: twelve(verify) },
  { opcode: 0x8f, usage: `16${LONG}0000`, access: 'read', run: sixteen(verify) },
  { opcode: 0x34, usage: '02ffffffff00ffff00', access: 'read', run: ten(nothingIn) },
  { opcode: 0x90, usage: `02${LONG}0000`, access: 'read', run: sixteen(nothingIn) },
  { opcode: 0x35, usage: '02ffffffff00ffff00', access: 'read', run: ten(nothingIn) },
  { opcode: 0x91, usage: `02${LONG}0000`, access: 'read', run: sixteen(nothingIn) },
  { opcode: 0x25, usage: '00ffffffff00000100', access: 'state', run: readCapacity10 },
  { opcode: 0x9e, action: 0x10, usage: '100000000000000000ffffffff0000', access: 'state', run: readCapacity16 },
  { opcode: 0x9e, action: 0x12, usage: `12${LONG}0000`, access: 'read', run: getLbaStatus },
  { opcode: 0x37, usage: '001f00000000ffff00', access: 'read', run: readDefectData10, device: 'disk' },
  { opcode: 0xb7, usage: '1f00000000ffffffff0000', access: 'read', run: readDefectData12, device: 'disk' },
];

const DEVICE: readonly Command[] = [
  { opcode: 0x00, usage: '0000000000', access: 'state', run: () => NOTHING },
  { opcode: 0x1a, usage: '08ffffff00', access: 'read', run: modeSense6 },
  { opcode: 0x5a, usage: '08ffff000000ffff00', access: 'read', run: modeSense10 },
  { opcode: 0x1b, usage: '010000f300', access: 'read', run: startStop },
  { opcode: 0x1e, usage: '0000000300', access: 'state', run: () => NOTHING },
];

/** Of CD-ROM drives (MMC-6). */
const DISCS: readonly Command[] = [
  { opcode: 0x43, usage: '020f000000ffffffc0', access: 'read', device: 'cd', run: readToc },
  { opcode: 0x46, usage: '03ffff000000ffff00', access: 'state', device: 'cd', run: getConfiguration },
  { opcode: 0x4a, usage: '010000ff0000ffff00', access: 'state', device: 'cd', run: getEventStatus },
  { opcode: 0x51, usage: '070000000000ffff00', access: 'read', device: 'cd', run: readDiscInformation },
  { opcode: 0xbd, usage: '00000000000000ffff0000', access: 'state', device: 'cd', run: mechanismStatus },
];

function claimed(run: (claims: Claims, cdb: Buffer) => Outcome): Pick<Command, 'run' | 'access' | 'isReserving'> {
  return {
    access: 'control',
    isReserving: true,
    run: (cdb, _, claims) => (claims ? run(claims, cdb) : check(SENSE.invalidOpcode)),
  };
}

const reserve = claimed(({ reservations, nexus }) => reservations.reserve(nexus));
const release = claimed(({ reservations, nexus }) => reservations.release(nexus));
const persistentIn = claimed(({ reservations, nexus }, cdb) => reservations.in(cdb, nexus));
const persistentOut = claimed(({ reservations, nexus }, cdb) => reservations.out(cdb, nexus));

const RESERVING: readonly Command[] = [
  { opcode: 0x16, usage: '0000000000', ...reserve },
  { opcode: 0x17, usage: '0000000000', ...release },
  { opcode: 0x56, usage: '000000000000000000', ...reserve },
  { opcode: 0x57, usage: '000000000000000000', ...release },
  ...[0, 1, 2, 3].map((action) => ({ opcode: 0x5e, action, usage: `0${action}0000000000ffff00`, ...persistentIn })),
  ...[0, 1, 2, 3, 4, 6].map((action) => ({ opcode: 0x5f, action, usage: `0${action}ff0000ffffffff00`, ...persistentOut })),
];

/** All that need a logical unit. */
export const COMMANDS: readonly Command[] = [...BLOCKS, ...DEVICE, ...DISCS, ...RESERVING];

/** READ(6): 0 means 256 blocks. */
function shortCount(cdb: Buffer): number {
  const count = cdb[4] ?? 0;
  return count === 0 ? 256 : count;
}
