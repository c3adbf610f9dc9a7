/** A file or folder as a FAT folder names it; `at` counts from the start of the folder's bytes. */
export interface FatRecord {
  /** The long name first, where there is one. */
  readonly names: readonly string[];
  readonly directory: boolean;
  readonly first: number;
  readonly size: number;
  readonly at: number;
}

const ENTRY = 32;
const LONG_NAME = 0x0f;
const VOLUME_ID = 0x08;
const DIRECTORY = 0x10;
/** Places of the 13 UCS-2 characters of a piece of a long name. */
const CHARACTERS = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

/** The records of a folder, without `.`, `..`, the label and what was deleted. Damage loses a long name, never a record. */
export function decodeFatDirectory(bytes: Buffer): FatRecord[] {
  const records: FatRecord[] = [];
  let pieces: Buffer[] = [];
  for (let at = 0; at + ENTRY <= bytes.length && bytes[at] !== 0; at += ENTRY) {
    const entry = bytes.subarray(at, at + ENTRY);
    const attributes = entry[11] ?? 0;
    if (entry[0] !== 0xe5 && (attributes & 0x3f) === LONG_NAME) {
      // The last piece comes first and says so.
      if (((entry[0] ?? 0) & 0x40) !== 0) pieces = [];
      pieces.push(entry);
      continue;
    }
    const named = entry[0] !== 0xe5 && entry[0] !== 0x2e && (attributes & VOLUME_ID) === 0;
    if (named) records.push(decodeEntry(entry, pieces, at));
    pieces = [];
  }
  return records;
}

function decodeEntry(entry: Buffer, pieces: readonly Buffer[], at: number): FatRecord {
  const long = longName(pieces, checksumOf(entry));
  const short = shortName(entry);
  return {
    names: long === undefined || long === short ? [short] : [long, short],
    directory: ((entry[11] ?? 0) & DIRECTORY) !== 0,
    first: entry.readUInt16LE(20) * 0x10000 + entry.readUInt16LE(26),
    size: entry.readUInt32LE(28),
    at,
  };
}

/** The pieces in the order written: numbered down to 1, each with the checksum of the short name that it belongs to. */
function longName(pieces: readonly Buffer[], checksum: number): string | undefined {
  const fits = pieces.every((piece, index) => ((piece[0] ?? 0) & 0x1f) === pieces.length - index && piece[13] === checksum);
  if (pieces.length === 0 || !fits) return undefined;
  const units = pieces.toReversed().flatMap((piece) => CHARACTERS.map((place) => piece.readUInt16LE(place)));
  const end = units.indexOf(0);
  return String.fromCharCode(...(end < 0 ? units : units.slice(0, end)));
}

function checksumOf(entry: Buffer): number {
  return entry.subarray(0, 11).reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0);
}

/** Windows NT keeps a name that is all lower case in two bits beside its short name. */
function shortName(entry: Buffer): string {
  const cased = (text: string, bit: number) => (((entry[12] ?? 0) & bit) !== 0 ? text.toLowerCase() : text);
  const raw = Buffer.from(entry.subarray(0, 11));
  // A name may begin with the byte that means "deleted"; it is written as 5.
  if (raw[0] === 5) raw[0] = 0xe5;
  const stem = cased(raw.toString('latin1', 0, 8).trimEnd(), 0x08);
  const extension = cased(raw.toString('latin1', 8, 11).trimEnd(), 0x10);
  return extension === '' ? stem : `${stem}.${extension}`;
}
