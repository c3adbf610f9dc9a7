import type { Extent } from '../source/overlay.ts';

export const SECTOR = 2048;

/** Reads bytes at an offset; fewer at the end. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>;

/** One record of an ISO9660 directory (ECMA-119 §9.1), as written. */
export interface DirectoryRecord {
  /** In bytes of the volume. */
  readonly extent: Extent;
  readonly directory: boolean;
  /** More records of the same file follow. */
  readonly continued: boolean;
  readonly interleaved: boolean;
  readonly rawName: Buffer;
  readonly systemUse: Buffer;
}

/** A record with its byte offset and length in the directory. */
export interface LocatedRecord {
  readonly at: number;
  readonly length: number;
  readonly record: DirectoryRecord;
}

/** Reads the record at `at`, or undefined where none can be (padding, damage): a record never crosses a sector. */
export function decodeRecord(bytes: Buffer, at: number): { record: DirectoryRecord; length: number } | undefined {
  const length = recordLength(bytes, at);
  if (length === undefined) return undefined;
  const nameLength = bytes[at + 32] ?? 0;
  if (33 + nameLength > length) return undefined;
  const flags = bytes[at + 25] ?? 0;
  const attributes = bytes[at + 1] ?? 0;
  const record = {
    extent: { offset: (bytes.readUInt32LE(at + 2) + attributes) * SECTOR, length: bytes.readUInt32LE(at + 10) },
    directory: (flags & 2) !== 0,
    continued: (flags & 0x80) !== 0,
    interleaved: bytes[at + 26] !== 0 || bytes[at + 27] !== 0,
    rawName: bytes.subarray(at + 33, at + 33 + nameLength),
    systemUse: bytes.subarray(at + 33 + nameLength + (nameLength % 2 === 0 ? 1 : 0), at + length),
  };
  return { record, length };
}

/**
 * The records of a directory in order, `.` and `..` included; `base` is the byte offset of the first. A record whose name does not fit into it
 * is left out; a length that cannot be ends the sector, never the walk.
 */
export function* locateRecords(bytes: Buffer, base: number): Generator<LocatedRecord> {
  for (let at = 0; at < bytes.length;) {
    const found = decodeRecord(bytes, at);
    if (found) yield { at: base + at, length: found.length, record: found.record };
    const length = found?.length ?? recordLength(bytes, at);
    at = length === undefined ? (Math.floor(at / SECTOR) + 1) * SECTOR : at + length;
  }
}

/** The length that a record says it has; undefined where none can begin. */
function recordLength(bytes: Buffer, at: number): number | undefined {
  const length = bytes[at] ?? 0;
  return length < 34 || at + length > bytes.length || (at % SECTOR) + length > SECTOR ? undefined : length;
}

/** `.` is the byte 0, `..` the byte 1 (ECMA-119 §7.6). */
export function isSelfOrParent(record: DirectoryRecord): boolean {
  return record.rawName.length === 1 && (record.rawName[0] ?? 2) <= 1;
}

/**
 * `KS.CFG;1` is `KS.CFG`; `README.` is `README`. Only a file has a version and the dot before an extension (ECMA-119 §7.5.1); a folder's
 * name is all of it (§7.6.1).
 */
export function plainName(raw: Buffer, directory: boolean): string {
  const name = raw.toString('latin1');
  return directory ? name : withoutVersion(name).replace(/\.$/, '');
}

/** UCS-2 big-endian (Joliet §3). Writers leave the version out, and the dot; then a dot at the end is the name's own. */
export function jolietName(raw: Buffer, directory: boolean): string {
  const name = ucs2(raw);
  if (directory) return name;
  const plain = withoutVersion(name);
  return plain.length < name.length && plain.endsWith('.') ? plain.slice(0, -1) : plain;
}

export function ucs2(raw: Buffer): string {
  const even = raw.subarray(0, raw.length - (raw.length % 2));
  return Buffer.from(even).swap16().toString('utf16le');
}

function withoutVersion(name: string): string {
  return name.includes(';') ? name.replace(/;\d+$/, '') : name;
}
