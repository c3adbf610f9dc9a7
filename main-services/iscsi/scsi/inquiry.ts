import { check, data, SENSE, type Outcome } from './outcome.ts';
import type { Unit } from './unit.ts';

/** INQUIRY (SPC-4 §6.6, §7.8). */

const VENDOR = 'BOOTBNCH';
const REVISION = '1   ';
/** iSCSI, SPC-4, and SBC-3 or MMC-6: SPC-4 §6.6.2. */
const VERSIONS = { cd: [0x0960, 0x0460, 0x0440], disk: [0x0960, 0x0460, 0x04c0] } as const;
/** Peripheral qualifier and device type of a logical unit that does not exist. */
export const NO_UNIT = 0x7f;
const OPTIMAL_BLOCKS = 512;

/** `unit` is undefined where the logical unit does not exist. */
export function inquiry(cdb: Buffer, unit: Unit | undefined): Outcome {
  const allocated = cdb.readUInt16BE(3);
  const isVpd = ((cdb[1] ?? 0) & 1) !== 0;
  const page = cdb[2] ?? 0;
  if (!isVpd) return page === 0 ? data(standard(unit), allocated) : check(SENSE.invalidField);
  const body = unit && PAGES[page]?.(unit);
  if (!unit || !body || (page === 0xb0 && unit.device === 'cd')) return check(SENSE.invalidField);
  const head = Buffer.from([typeOf(unit), page, 0, 0]);
  head.writeUInt16BE(body.length, 2);
  return data(Buffer.concat([head, body]), allocated);
}

function typeOf(unit: Unit): number {
  return unit.device === 'cd' ? 0x05 : 0x00;
}

function standard(unit: Unit | undefined): Buffer {
  const bytes = Buffer.alloc(96);
  bytes[0] = unit ? typeOf(unit) : NO_UNIT;
  bytes[1] = unit?.device === 'cd' ? 0x80 : 0;
  // SPC-4; HISUP and the response format; what follows; CMDQUE.
  bytes.set([0x06, 0x12, bytes.length - 5, 0, 0, 0x02], 2);
  bytes.write(VENDOR.padEnd(8), 8, 'latin1');
  bytes.write((unit?.device === 'cd' ? 'VIRTUAL CD' : 'VIRTUAL DISK').padEnd(16), 16, 'latin1');
  bytes.write(REVISION, 32, 'latin1');
  VERSIONS[unit?.device ?? 'disk'].forEach((version, index) => bytes.writeUInt16BE(version, 58 + 2 * index));
  return bytes;
}

/** Vital product data. */
const PAGES: Readonly<Record<number, (unit: Unit) => Buffer>> = {
  0x00: (unit) => Buffer.from(unit.device === 'cd' ? [0x00, 0x80, 0x83] : [0x00, 0x80, 0x83, 0xb0, 0xb1]),
  0x80: ({ serial }) => Buffer.from(serial, 'latin1'),
  0x83: ({ serial }) => Buffer.concat([vendorIdentifier(serial), nameIdentifier(serial)]),
  0xb0: () => {
    const bytes = Buffer.alloc(60);
    // WSNZ: WRITE SAME of 0 blocks is refused.
    bytes[0] = 1;
    bytes.writeUInt16BE(1, 2);
    bytes.writeUInt32BE(OPTIMAL_BLOCKS, 8);
    return bytes;
  },
  // Not a rotating medium.
  0xb1: () => Buffer.concat([Buffer.from([0x00, 0x01]), Buffer.alloc(58)]),
};

/** T10 vendor identification (§7.8.5.4). */
function vendorIdentifier(serial: string): Buffer {
  const text = Buffer.from(`${VENDOR.padEnd(8)}${serial}`, 'latin1');
  return Buffer.concat([Buffer.from([0x02, 0x01, 0, text.length]), text]);
}

/** NAA 3, locally assigned (§7.8.5.6.4). */
function nameIdentifier(serial: string): Buffer {
  const name = Buffer.from(serial, 'hex').subarray(0, 8);
  name[0] = 0x30 | ((name[0] ?? 0) & 0x0f);
  return Buffer.concat([Buffer.from([0x01, 0x03, 0, name.length]), name]);
}
