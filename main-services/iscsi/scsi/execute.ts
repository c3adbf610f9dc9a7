import { actionOf, type Claims, type Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import { inquiry } from './inquiry.ts';
import { reportOperationCodes } from './operation-codes.ts';
import { check, CONFLICT, data, descriptorSense, fixedSense, SENSE, type Outcome } from './outcome.ts';
import type { Unit } from './unit.ts';
import { write } from './writes.ts';

/**
 * What a command descriptor block of 16 bytes does (SPC-4, SBC-3, MMC-6). `unit` is undefined where the addressed logical unit does not
 * exist, `claims` where nothing can be reserved. Reads nothing and never throws.
 */
export function execute(cdb: Buffer, unit: Unit | undefined, claims?: Claims): Outcome {
  const opcode = cdb[0] ?? 0;
  const always = ALWAYS.get(opcode);
  if (always) return always.run(cdb, unit);
  if (!unit) return check(SENSE.noSuchUnit);
  const written = write(cdb, unit);
  if (written) return claims?.reservations.blocks(claims.nexus, 'write') ? CONFLICT : written;
  const named = BY_DEVICE[unit.device].get(opcode);
  const command = named?.find(({ action }) => action === undefined || action === actionOf(cdb));
  if (!named || (command?.isReserving === true && !claims)) return check(SENSE.invalidOpcode);
  if (!command) return check(SENSE.invalidField);
  return claims?.reservations.blocks(claims.nexus, command.access) ? CONFLICT : command.run(cdb, unit, claims);
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

/** Commands that work without a logical unit, and whatever is reserved. */
const ALWAYS = new Map(
  [
    { opcode: 0x12, usage: '01ffffff00', run: inquiry },
    { opcode: 0x03, usage: '010000ff00', run: requestSense },
    { opcode: 0xa0, usage: '00ff000000ffffffff0000', run: reportLuns },
  ].map((command) => [command.opcode, command] as const),
);

const MAINTENANCE_IN: Command = {
  opcode: 0xa3,
  action: 0x0c,
  usage: '0c87ffffffffffffff0000',
  access: 'state',
  run: (cdb, unit, claims) => {
    const always = [...ALWAYS.values()].map((command) => ({ ...command, access: 'control' }) as const);
    const others = [...BY_DEVICE[unit.device].values()].flat().filter(({ isReserving }) => isReserving !== true || claims !== undefined);
    return reportOperationCodes(cdb, [...always, ...others]);
  },
};

const BY_DEVICE = { cd: commandsOf('cd'), disk: commandsOf('disk') };

function commandsOf(device: Unit['device']): ReadonlyMap<number, readonly Command[]> {
  const its = [...COMMANDS, MAINTENANCE_IN].filter((command) => command.device === undefined || command.device === device);
  return Map.groupBy(its, ({ opcode }) => opcode);
}
