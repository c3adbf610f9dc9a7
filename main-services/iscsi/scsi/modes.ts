import { check, data, SENSE, type Outcome } from './outcome.ts';
import { blockSizeOf, blocksOf, type Unit } from './unit.ts';

/** MODE SENSE(6) and (10) (SPC-4 §6.11, §6.12, §7.5). */

const ALL_PAGES = 0x3f;
const ALL_SUBPAGES = 0xff;
const CHANGEABLE = 1;
const SAVED = 3;
const WRITE_PROTECTED = 0x80;
/** Reads may have DPO and FUA, which change nothing here. */
const DPO_AND_FUA = 0x10;

/** Mode pages without their two bytes of header, by device type. */
const PAGES: Record<Unit['device'], Readonly<Record<number, readonly number[]>>> = {
  disk: {
    // Read-write error recovery, caching (no write cache), control (software write protect), informational exceptions.
    0x01: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    0x08: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    0x0a: [0, 0x10, 0x08, 0, 0, 0, 0, 0, 0, 0],
    0x1c: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  },
  cd: {
    0x01: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    0x0a: [0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0],
    // MM capabilities (MMC-3 §5.5.10): reads CD-R, CD-RW, DVD-ROM; a tray that can be locked and does not eject.
    0x2a: [0x3f, 0, 0, 0, 0x21, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0],
  },
};

export function modeSense6(cdb: Buffer, unit: Unit): Outcome {
  return modeSense(cdb, unit, { isLong: false, allocated: cdb[4] ?? 0 });
}

export function modeSense10(cdb: Buffer, unit: Unit): Outcome {
  return modeSense(cdb, unit, { isLong: true, allocated: cdb.readUInt16BE(7) });
}

function modeSense(cdb: Buffer, unit: Unit, { isLong, allocated }: { isLong: boolean; allocated: number }): Outcome {
  const [, flags = 0, pageByte = 0, subpage = 0] = cdb;
  const control = pageByte >> 6;
  if (control === SAVED) return check(SENSE.savingNotSupported);
  const pages = pagesOf(unit, pageByte & 0x3f, subpage, control === CHANGEABLE);
  if (!pages) return check(SENSE.invalidField);
  const noDescriptor = (flags & 0x08) !== 0 || unit.device === 'cd';
  const descriptor = noDescriptor ? Buffer.alloc(0) : blockDescriptor(unit);
  const body = Buffer.concat([descriptor, ...pages]);
  return data(Buffer.concat([isLong ? longHead(unit, descriptor, body) : shortHead(unit, descriptor, body), body]), allocated);
}

function pagesOf({ device }: Unit, page: number, subpage: number, isChangeable: boolean): Buffer[] | undefined {
  const pages = PAGES[device];
  const isAll = page === ALL_PAGES;
  if (subpage !== 0 && !(isAll && subpage === ALL_SUBPAGES)) return undefined;
  const numbers = isAll ? Object.keys(pages).map(Number) : [page];
  const found = numbers.flatMap((number) => {
    const body = pages[number];
    return body ? [Buffer.from([number, body.length, ...(isChangeable ? body.map(() => 0) : body)])] : [];
  });
  return found.length === 0 ? undefined : found;
}

function blockDescriptor(unit: Unit): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(Math.min(blocksOf(unit), 0xffffffff), 0);
  bytes.writeUIntBE(blockSizeOf(unit), 5, 3);
  return bytes;
}

function shortHead(unit: Unit, descriptor: Buffer, body: Buffer): Buffer {
  return Buffer.from([3 + body.length, 0, protection(unit), descriptor.length]);
}

function longHead(unit: Unit, descriptor: Buffer, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(6 + body.length, 0);
  head[3] = protection(unit);
  head.writeUInt16BE(descriptor.length, 6);
  return head;
}

/** The device-specific parameter; it is reserved for CDs. */
function protection({ device }: Unit): number {
  return device === 'disk' ? WRITE_PROTECTED | DPO_AND_FUA : 0;
}
