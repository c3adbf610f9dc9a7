import { both32, refused } from './edited-image.ts';
import type { ScannedTree } from './scan.ts';
import { suspEntries } from './rock-ridge.ts';
import { isSelfOrParent, SECTOR, type DirectoryRecord } from './records.ts';

/** A record with the bytes it is written in. */
export interface RawRecord {
  readonly raw: Buffer;
  readonly record: DirectoryRecord;
}

/** A file to name in a root; its content lies at `offset`. */
export interface NewFile {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  /** Counts the new files of one plan from 0. */
  readonly number: number;
}

/** Joliet §3: 64 characters. */
const JOLIET_LENGTH = 64;
/** A directory record has an even length in one byte. */
const MAX_RECORD = 254;
/** File name and extension of level 2 and 3 together (ECMA-119 §7.5.1). */
const PLAIN_LENGTH = 30;
/** Serial numbers of new files: far from those that writers count up from 1. */
const FIRST_SERIAL = 0x7f000000;
const REGULAR_READ_ONLY = 0o100444;

export function checkName(name: string): void {
  if (name === '' || name === '.' || name === '..' || name.length > JOLIET_LENGTH) {
    throw refused(`“${name}” cannot be added to the ISO: a name has 1 to ${JOLIET_LENGTH} characters.`);
  }
  const bad = /[\0-\x1f/\\;:*?]/.exec(name)?.[0];
  if (bad !== undefined) throw refused(`“${name}” cannot be added to the ISO’s root: ${JSON.stringify(bad)} is not allowed in names.`);
}

/** Whether a tree shows a file under its own name, but for case: plain names are letters, digits and one dot (ECMA-119 §7.5). */
export function keepsName({ flavour, skip }: ScannedTree, name: string): boolean {
  return (
    flavour !== 'plain' || skip !== undefined || (/^[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]{1,22})?$/.test(name) && name.length <= PLAIN_LENGTH)
  );
}

/** The record of a new file, in the manner of its siblings: name style, dates, owner and the form of Rock Ridge. */
export function recordFor(tree: ScannedTree, siblings: readonly RawRecord[], file: NewFile): RawRecord {
  const rawName = identifierFor(tree, siblings, file.name);
  const template = templateOf(tree, siblings);
  const systemUse = tree.skip === undefined ? Buffer.alloc(0) : rockRidgeFor(tree.skip, template, file);
  const nameEnd = 33 + rawName.length + (rawName.length % 2 === 0 ? 1 : 0);
  const length = nameEnd + systemUse.length + (systemUse.length % 2);
  if (length > MAX_RECORD) {
    throw refused(`“${file.name}” cannot be added to the ISO: its record would have ${length} bytes, ${length - MAX_RECORD} too many.`);
  }
  const raw = Buffer.alloc(length);
  raw[0] = length;
  both32((file.offset - tree.base) / SECTOR).copy(raw, 2);
  both32(file.size).copy(raw, 10);
  template.raw.copy(raw, 18, 18, 25);
  template.raw.copy(raw, 28, 28, 32);
  raw[32] = rawName.length;
  rawName.copy(raw, 33);
  systemUse.copy(raw, nameEnd);
  const extent = { offset: file.offset, length: file.size };
  return { raw, record: { extent, directory: false, continued: false, interleaved: false, rawName, systemUse } };
}

/** The order of a directory (ECMA-119 §9.3): by name without version, the shorter filled with spaces (Joliet: zeros). */
export function compareNames(a: Buffer, b: Buffer, joliet: boolean): number {
  const [left, right] = [withoutVersion(a, joliet), withoutVersion(b, joliet)];
  const fill = joliet ? 0 : 0x20;
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? fill) - (right[index] ?? fill);
    if (difference !== 0) return difference;
  }
  return 0;
}

function withoutVersion(raw: Buffer, joliet: boolean): Buffer {
  const at = joliet ? versionAt(raw) : raw.indexOf(0x3b);
  return at < 0 ? raw : raw.subarray(0, at);
}

function versionAt(raw: Buffer): number {
  for (let at = 0; at + 1 < raw.length; at += 2) if (raw[at] === 0 && raw[at + 1] === 0x3b) return at;
  return -1;
}

function isFile({ record }: RawRecord): boolean {
  return !record.directory && !isSelfOrParent(record);
}

function identifierFor(tree: ScannedTree, siblings: readonly RawRecord[], name: string): Buffer {
  const files = siblings.filter(isFile).map(({ record }) => record.rawName);
  if (tree.flavour === 'joliet') {
    const versioned = files.some((raw) => versionAt(raw) >= 0);
    return Buffer.from(`${name}${versioned ? ';1' : ''}`, 'utf16le').swap16();
  }
  const versioned = files.length === 0 ? tree.flavour === 'plain' : files.some((raw) => raw.includes(0x3b));
  const verbatim = tree.flavour === 'enhanced' || files.some((raw) => /[a-z]/.test(raw.toString('latin1')));
  const dotless = !versioned || files.some((raw) => !raw.includes(0x2e));
  const taken = new Set(siblings.map(({ record }) => withoutVersion(record.rawName, false).toString('latin1').replace(/\.$/, '')));
  const plain = verbatim ? name.replace(/[^ -~]/g, '_') : plainName(name, taken);
  return Buffer.from(`${plain}${dotless || plain.includes('.') ? '' : '.'}${versioned ? ';1' : ''}`, 'latin1');
}

/** `ks.cfg` is `KS.CFG`; a name that is taken gets a number at its end. */
function plainName(name: string, taken: ReadonlySet<string>): string {
  const dot = name.lastIndexOf('.');
  const clean = (text: string) => text.toUpperCase().replace(/[^A-Z0-9_]/g, '_');
  const extension = dot > 0 ? clean(name.slice(dot + 1)).slice(0, PLAIN_LENGTH - 8) : '';
  const stem = clean(dot > 0 ? name.slice(0, dot) : name);
  for (let number = -1; ; number += 1) {
    const suffix = number < 0 ? '' : String(number);
    const cut = stem.slice(0, PLAIN_LENGTH - extension.length - suffix.length);
    const candidate = `${cut}${suffix}${extension === '' ? '' : `.${extension}`}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** A file of the root to copy dates and owner from; the root's own record where it has none. */
function templateOf(tree: ScannedTree, siblings: readonly RawRecord[]): RawRecord {
  const files = siblings.filter(isFile);
  const { skip } = tree;
  const described = skip === undefined ? files : files.filter(({ record }) => isRegular(entry(record, skip, 'PX')));
  const template = described[0] ?? siblings[0];
  if (!template) throw refused('The ISO’s root folder is damaged; nothing can be added to it.');
  return template;
}

function entry(record: DirectoryRecord, skip: number, signature: string): Buffer | undefined {
  return suspEntries(record.systemUse, skip).find((found) => found.signature === signature)?.bytes;
}

/** PX of a placeholder for a moved folder (CL) says it is a folder. */
function isRegular(px: Buffer | undefined): boolean {
  return px !== undefined && px.length >= 36 && (px.readUInt32LE(4) & 0o170000) === 0o100000;
}

function rockRidgeFor(skip: number, template: RawRecord, file: NewFile): Buffer {
  const { record } = template;
  const own = isSelfOrParent(record) ? Buffer.alloc(skip) : record.systemUse.subarray(0, skip);
  const name = Buffer.from(file.name, 'utf8');
  const parts = [own, posix(entry(record, skip, 'PX'), file.number), entry(record, skip, 'TF') ?? Buffer.alloc(0)];
  return Buffer.concat([...parts, Buffer.from([0x4e, 0x4d, 5 + name.length, 1, 0]), name]);
}

/** PX (RRIP §4.1.1) as long as the sibling's: readers take 36 or 44 bytes by the first that they see. */
function posix(sibling: Buffer | undefined, number: number): Buffer {
  const px = sibling && sibling.length >= 36 ? Buffer.from(sibling) : Buffer.concat([Buffer.from([0x50, 0x58, 36, 1]), Buffer.alloc(32)]);
  both32(REGULAR_READ_ONLY).copy(px, 4);
  both32(1).copy(px, 12);
  // Two files with one serial number are hard links of each other.
  if (px.length >= 44) both32(FIRST_SERIAL + number).copy(px, 36);
  return px;
}
