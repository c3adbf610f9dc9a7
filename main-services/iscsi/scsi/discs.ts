import { check, data, SENSE, type Outcome } from './outcome.ts';
import { blocksOf, type Unit } from './unit.ts';

/** Commands of CD-ROM drives (MMC-6). */

const LEAD_OUT = 0xaa;
/** A data track that may not be copied digitally, as drives report CD-ROMs. */
const DATA_TRACK = 0x14;
const DVD_ROM = 0x0010;

/** READ TOC/PMA/ATIP (§6.25), formats 0 and 1: one session with one data track. */
export function readToc(cdb: Buffer, unit: Unit): Outcome {
  const isMsf = ((cdb[1] ?? 0) & 0x02) !== 0;
  const format = (cdb[2] ?? 0) & 0x0f || (cdb[9] ?? 0) >> 6;
  const track = cdb[6] ?? 0;
  const allocated = cdb.readUInt16BE(7);
  if (format === 1) return data(toc(1, 1, [entry(1, 0, isMsf)]), allocated);
  if (format !== 0 || (track > 1 && track !== LEAD_OUT)) return check(SENSE.invalidField);
  const end = entry(LEAD_OUT, blocksOf(unit), isMsf);
  return data(toc(1, 1, track === LEAD_OUT ? [end] : [entry(1, 0, isMsf), end]), allocated);
}

function toc(first: number, last: number, entries: readonly Buffer[]): Buffer {
  const head = Buffer.from([0, 0, first, last]);
  head.writeUInt16BE(2 + 8 * entries.length, 0);
  return Buffer.concat([head, ...entries]);
}

function entry(track: number, block: number, isMsf: boolean): Buffer {
  const bytes = Buffer.from([0, DATA_TRACK, track, 0, 0, 0, 0, 0]);
  if (!isMsf) bytes.writeUInt32BE(Math.min(block, 0xffffffff), 4);
  else {
    const frame = block + 150;
    bytes.set([0, Math.min(255, Math.floor(frame / 4500)), Math.floor(frame / 75) % 60, frame % 75], 4);
  }
  return bytes;
}

/** The features that are current (§5.3, §6.5): profile list, core, removable medium, random readable, DVD read. */
const FEATURES: readonly (readonly [number, Buffer])[] = [
  [0x0000, Buffer.from([0x00, 0x00, 0x03, 0x04, DVD_ROM >> 8, DVD_ROM & 0xff, 0x01, 0x00])],
  [0x0001, Buffer.from([0x00, 0x01, 0x0b, 0x08, 0, 0, 0, 0x07, 0x01, 0, 0, 0])],
  [0x0003, Buffer.from([0x00, 0x03, 0x07, 0x04, 0x29, 0, 0, 0])],
  [0x0010, Buffer.from([0x00, 0x10, 0x01, 0x08, 0, 0, 0x08, 0, 0, 1, 0, 0])],
  [0x001f, Buffer.from([0x00, 0x1f, 0x01, 0x00])],
];

export function getConfiguration(cdb: Buffer): Outcome {
  const type = (cdb[1] ?? 0) & 3;
  const start = cdb.readUInt16BE(2);
  if (type === 3) return check(SENSE.invalidField);
  const features = FEATURES.filter(([code]) => (type === 2 ? code === start : code >= start)).map(([, bytes]) => bytes);
  const body = Buffer.concat([Buffer.from([0, 0, DVD_ROM >> 8, DVD_ROM & 0xff]), ...features]);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length, 0);
  return data(Buffer.concat([head, body]), cdb.readUInt16BE(7));
}

/** GET EVENT STATUS NOTIFICATION (§6.7), polled: no change, medium present. */
export function getEventStatus(cdb: Buffer): Outcome {
  const isPolled = ((cdb[1] ?? 0) & 1) !== 0;
  if (!isPolled) return check(SENSE.invalidField);
  const wantsMedia = ((cdb[4] ?? 0) & 0x10) !== 0;
  const bytes = wantsMedia ? [0, 6, 0x04, 0x10, 0x00, 0x02, 0, 0] : [0, 2, 0x80, 0x10];
  return data(Buffer.from(bytes), cdb.readUInt16BE(7));
}

/** READ DISC INFORMATION (§6.23): a complete disc with one session. */
export function readDiscInformation(cdb: Buffer): Outcome {
  const bytes = Buffer.alloc(34);
  bytes.writeUInt16BE(bytes.length - 2, 0);
  bytes.set([0x0e, 1, 1, 1, 1], 2);
  return ((cdb[1] ?? 0) & 7) === 0 ? data(bytes, cdb.readUInt16BE(7)) : check(SENSE.invalidField);
}

/** MECHANISM STATUS (§6.10): no changer. */
export function mechanismStatus(cdb: Buffer): Outcome {
  return data(Buffer.alloc(8), cdb.readUInt16BE(8));
}
