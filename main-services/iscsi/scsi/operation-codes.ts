import type { Command } from './command.ts';
import { check, data, SENSE, type Outcome } from './outcome.ts';

/** REPORT SUPPORTED OPERATION CODES (SPC-4 §6.35) of the given commands. Commands that write are none of them. */
export function reportOperationCodes(cdb: Buffer, commands: readonly Command[]): Outcome {
  const withTimeouts = ((cdb[2] ?? 0) & 0x80) !== 0;
  const allocated = cdb.readUInt32BE(6);
  const option = (cdb[2] ?? 0) & 7;
  if (option === 0) return data(all(commands, withTimeouts), allocated);
  const [opcode, action] = [cdb[3] ?? 0, cdb.readUInt16BE(4)];
  const named = commands.filter((command) => command.opcode === opcode);
  const hasActions = named.some((command) => command.action !== undefined);
  // Option 1 is of opcodes without service actions, 2 of those with, 3 of both.
  if (option > 3 || (option === 1 && hasActions) || (option === 2 && named.length > 0 && !hasActions)) return check(SENSE.invalidField);
  const found = named.find((command) => command.action === undefined || command.action === action);
  return data(one(found, withTimeouts), allocated);
}

function all(commands: readonly Command[], withTimeouts: boolean): Buffer {
  const entries = commands.map(({ opcode, action, usage }) => {
    const bytes = Buffer.alloc(8);
    bytes[0] = opcode;
    bytes.writeUInt16BE(action ?? 0, 2);
    bytes[5] = (withTimeouts ? 2 : 0) | (action === undefined ? 0 : 1);
    bytes.writeUInt16BE(1 + usage.length / 2, 6);
    return withTimeouts ? Buffer.concat([bytes, noTimeouts()]) : bytes;
  });
  const body = Buffer.concat(entries);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

const NOT_SUPPORTED = 1;
const AS_THE_STANDARD_SAYS = 3;

function one(command: Command | undefined, withTimeouts: boolean): Buffer {
  if (!command) return Buffer.from([0, NOT_SUPPORTED, 0, 0]);
  const usage = Buffer.from([command.opcode, ...Buffer.from(command.usage, 'hex')]);
  const head = Buffer.from([0, AS_THE_STANDARD_SAYS | (withTimeouts ? 0x80 : 0), 0, usage.length]);
  return Buffer.concat(withTimeouts ? [head, usage, noTimeouts()] : [head, usage]);
}

/** A command timeouts descriptor that names none (§6.35.4). */
function noTimeouts(): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16BE(10);
  return bytes;
}
