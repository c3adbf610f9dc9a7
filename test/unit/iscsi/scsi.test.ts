import { describe, expect, test } from 'vitest';
import { execute } from '../../../main-services/iscsi/scsi/execute.ts';
import type { Unit } from '../../../main-services/iscsi/scsi/unit.ts';

const DISK: Unit = { device: 'disk', size: 100 * 512 - 1, serial: '0123456789abcdef' };
const CD: Unit = { ...DISK, device: 'cd', size: 100 * 2048 };
const cdbOf = (hex: string): Buffer => Buffer.concat([Buffer.from(hex.replace(/\s/g, ''), 'hex'), Buffer.alloc(16)]).subarray(0, 16);

/** What it sends as hex, which bytes it reads, or sense key, code and qualifier. */
function outcomeOf(cdb: string, unit: Unit | undefined): string {
  const outcome = execute(cdbOf(cdb), unit);
  if (outcome.kind === 'data') return outcome.bytes.toString('hex');
  if (outcome.kind === 'read') return `read ${outcome.offset}+${outcome.length}`;
  if (outcome.kind === 'compare') return `compare ${outcome.offset}+${outcome.length} with ${outcome.received}`;
  if (outcome.kind !== 'check') return outcome.kind;
  return `check ${[outcome.sense.key, outcome.sense.asc, outcome.sense.ascq].map((byte) => byte.toString(16).padStart(2, '0')).join('/')}`;
}

const OUT_OF_RANGE = 'check 05/21/00';
const INVALID_FIELD = 'check 05/24/00';
const INVALID_OPCODE = 'check 05/20/00';
const NO_UNIT = 'check 05/25/00';
const WRITE_PROTECTED = 'check 07/27/00';

/** Each command that would change the medium, with one block. */
const WRITES = [
  ['04'],
  ['0a'],
  ['42'],
  ['48'],
  ...['2a', '2e', '41'].map((opcode) => [`${opcode}000000000000000100`]),
  ...['aa', 'ae'].map((opcode) => [`${opcode}000000000000000001`]),
  ...['8a', '8e', '8b', '93'].map((opcode) => [`${opcode}00000000000000000000000001`]),
  ['890000000000000000000000000100'],
  ['9c0000000000000000000000000100'],
] as const;

describe('commands of a disk', () => {
  test.each([
    ['TEST UNIT READY', '00', ''],
    ['REQUEST SENSE', '03000000ff', '700000000000000a00000000000000000000'],
    ['REQUEST SENSE, descriptors', '03010000ff', '7200000000000000'],
    ['READ(6)', '080000010200', 'read 512+1024'],
    ['READ(6) of 256 blocks', '080000000000', OUT_OF_RANGE],
    ['READ(6), only 21 bits of address', '08e000010100', 'read 512+512'],
    ['READ(10)', '28000000000a00000200', 'read 5120+1024'],
    ['READ(10) with DPO and FUA', '28180000000a00000200', 'read 5120+1024'],
    ['READ(10) with protection', '28200000000a00000200', INVALID_FIELD],
    ['READ(10) of nothing at the end', '28000000006400000000', ''],
    ['READ(10) of nothing after the end', '28000000006500000000', OUT_OF_RANGE],
    ['READ(10) of the last block', '28000000006300000100', 'read 50688+512'],
    ['READ(10) over the end', '28000000006300000200', OUT_OF_RANGE],
    ['READ(10) at the last address', '2800ffffffff00ffff00', OUT_OF_RANGE],
    ['READ(12)', 'a8000000000a000000020000', 'read 5120+1024'],
    ['READ(12) of all numbers', 'a800ffffffffffffffff0000', OUT_OF_RANGE],
    ['READ(16)', '8800000000000000000a000000020000', 'read 5120+1024'],
    ['READ(16) at the last address', '8800ffffffffffffffff000000010000', OUT_OF_RANGE],
    ['READ CAPACITY(10)', '25', '0000006300000200'],
    ['READ CAPACITY(10) with an address', '25000000000100000000', INVALID_FIELD],
    ['READ CAPACITY(16)', '9e1000000000000000000000000c0000', '000000000000006300000200'],
    ['GET LBA STATUS', '9e12000000000000000a000000180000', '00000014' + '00000000' + '000000000000000a' + '0000005a' + '00000000'],
    ['GET LBA STATUS after the end', '9e120000000000000064000000180000', OUT_OF_RANGE],
    ['another service action', '9e13', INVALID_FIELD],
    ['REPORT LUNS', 'a00000000000000000100000', '00000008000000000000000000000000'],
    ['REPORT LUNS, well-known only', 'a00001000000000000100000', '0000000000000000'],
    ['REPORT LUNS with little room', 'a000000000000000000f0000', INVALID_FIELD],
    ['VPD page 0', '120100000400', '00000005'],
    ['VPD serial number', '12018000ff00', '00800010' + Buffer.from(DISK.serial).toString('hex')],
    ['VPD page that is none', '1201ff00ff00', INVALID_FIELD],
    ['INQUIRY of a page without EVPD', '12008000ff00', INVALID_FIELD],
    ['MODE SENSE(6), caching, no descriptor', '1a080800ff00', '17009000' + '0812' + '00'.repeat(18)],
    ['MODE SENSE(6) with a descriptor', '1a0008000c00', '1f00900800000064' + '00000200'],
    ['MODE SENSE(6), saved', '1a00c800ff00', 'check 05/39/00'],
    ['MODE SENSE(6), a page that is none', '1a000e00ff00', INVALID_FIELD],
    ['MODE SENSE(10), caching, no descriptor', '5a080800000000000800', '001a009000000000'],
    ['START STOP UNIT, start', '1b0000000100', ''],
    ['START STOP UNIT, a power condition', '1b0000001200', ''],
    ['START STOP UNIT, eject', '1b0000000200', 'check 05/53/02'],
    ['SYNCHRONIZE CACHE', '35', ''],
    ['PREFETCH(10) over the end', '34000000006300000200', OUT_OF_RANGE],
    ['VERIFY(10)', '2f000000006300000100', ''],
    ['VERIFY(10) with bytes', '2f020000000100000200', 'compare 512+1024 with 1024'],
    ['VERIFY(12) with one block', 'af0600000001000000020000', 'compare 512+1024 with 512'],
    ['VERIFY(10) with bytes, of nothing', '2f020000000100000000', ''],
    ['VERIFY(10) with a BYTCHK that is none', '2f040000000000000100', INVALID_FIELD],
    ['READ DEFECT DATA(10)', '37000d00000000000400', '000d0000'],
    ['READ DEFECT DATA(12)', 'b71d00000000000000080000', '001d000000000000'],
    ['REPORT SUPPORTED OPERATION CODES of one', 'a30c0128000000000020', '0003000a2818ffffffff00ffff00'],
    ['REPORT SUPPORTED OPERATION CODES of a write', 'a30c012a000000000020', '00010000'],
    ['REPORT SUPPORTED OPERATION CODES of an action', 'a30c029e001000000004', '00030010'],
    ['REPORT SUPPORTED OPERATION CODES of an action without one', 'a30c019e000000000020', INVALID_FIELD],
    ['RESERVE(6) where nothing can be reserved', '16', INVALID_OPCODE],
    ['PERSISTENT RESERVE IN where nothing can be reserved', '5e', INVALID_OPCODE],
    ['VERIFY(16) over the end', '8f000000000000000064000000010000', OUT_OF_RANGE],
    ['READ TOC, of CDs only', '43', INVALID_OPCODE],
    ['an opcode that is none', 'ff', INVALID_OPCODE],
    ...WRITES.map(([cdb]) => [`a write (${cdb})`, cdb, WRITE_PROTECTED]),
    ['a write of nothing', '2a000000006400000000', ''],
    ['a write over the end', '2a000000006300000200', OUT_OF_RANGE],
    ['a write with protection', '2a200000000000000100', INVALID_FIELD],
    ['WRITE SAME to the end', '41000000000000000000', INVALID_FIELD],
  ])('%s', (_, cdb, expected) => {
    expect(outcomeOf(cdb, DISK)).toBe(expected);
  });
});

describe('commands of a CD', () => {
  test.each([
    ['READ(10)', '28000000000a00000200', 'read 20480+4096'],
    ['READ CAPACITY(10)', '25', '0000006300000800'],
    ['READ TOC', '43000000000000ffff00', '00120101' + '00140100' + '00000000' + '0014aa00' + '00000064'],
    ['READ TOC in minutes', '43020000000000ffff00', '00120101' + '00140100' + '00000200' + '0014aa00' + '00000319'],
    ['READ TOC of the lead-out', '43000000000000aa0000ff'.slice(0, 12) + 'aa00ff00', '000a01010014aa0000000064'],
    ['READ TOC of track 2', '4300000000000200ff00', INVALID_FIELD],
    ['GET EVENT STATUS', '4a01000010000000ff00', '0006041000020000'],
    ['GET EVENT STATUS, not polled', '4a00000010000000ff00', INVALID_FIELD],
    ['GET CONFIGURATION, one feature', '460200030000000000ff00'.slice(0, 14) + '00ff00', '0000000c00000010' + '0003070429000000'],
    ['READ DISC INFORMATION', '51000000000000000800', '00200e0101010100'],
    ['MECHANISM STATUS', 'bd000000000000000008', '0000000000000000'],
    ['VPD block limits, of disks only', '1201b000ff00', INVALID_FIELD],
    ['a write', '2a000000000000000100', WRITE_PROTECTED],
  ])('%s', (_, cdb, expected) => {
    expect(outcomeOf(cdb, CD)).toBe(expected);
  });

  test('is removable, of type 5, with what it is', () => {
    const { bytes } = execute(cdbOf('120000006000'), CD) as { bytes: Buffer };
    expect(bytes.subarray(0, 8).toString('hex')).toBe('058006125b000002');
    expect(bytes.toString('latin1', 8, 36)).toBe('BOOTBNCHVIRTUAL CD      1   ');
  });
});

describe('a unit that does not exist', () => {
  test.each([
    ['TEST UNIT READY', '00', NO_UNIT],
    ['READ(10)', '28000000000000000100', NO_UNIT],
    ['INQUIRY', '120000000100', '7f'],
    ['REPORT LUNS', 'a00000000000000000100000', '00000008000000000000000000000000'],
    ['REQUEST SENSE', '03000000ff', '700005000000000a00000000250000000000'],
  ])('%s', (_, cdb, expected) => {
    expect(outcomeOf(cdb, undefined)).toBe(expected);
  });
});

test('every opcode with every first byte of flags has an outcome, also for an empty medium', () => {
  for (const unit of [DISK, CD, { ...DISK, size: 0 }, { ...CD, size: 0 }, undefined]) {
    for (const fill of [0x00, 0x01, 0x10, 0x7f, 0xff]) {
      for (let opcode = 0; opcode < 256; opcode++) {
        const cdb = Buffer.alloc(16, fill);
        cdb[0] = opcode;
        const outcome = execute(cdb, unit);
        expect(['data', 'read', 'check']).toContain(outcome.kind);
      }
    }
  }
});
