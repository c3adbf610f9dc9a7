import { asBuffer } from '../../util/text.ts';

/** A program in the PE format, as UEFI starts it (PE/COFF specification). */
export interface PeFile {
  /** COFF machine number. */
  readonly machine: number;
  /** It carries a signature, which has not been checked. */
  readonly signed: boolean;
  /** The bytes of a section by its name; undefined when it has none. */
  section(name: string): Uint8Array | undefined;
}

const SECTION_HEADER = 40;
const PE32_PLUS = 0x20b;
const CERTIFICATE_TABLE = 4;

/** Undefined for bytes that are not a complete PE file: every section and the signature must be inside. Pure. */
export function readPe(bytes: Uint8Array): PeFile | undefined {
  const file = asBuffer(bytes);
  if (file.length < 0x40 || file.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const at = file.readUInt32LE(0x3c);
  if (at + 24 > file.length || file.toString('latin1', at, at + 4) !== 'PE\0\0') return undefined;
  const optional = at + 24;
  const sections = optional + file.readUInt16LE(at + 20);
  const count = file.readUInt16LE(at + 6);
  if (sections + count * SECTION_HEADER > file.length) return undefined;
  const found = new Map<string, Uint8Array>();
  for (let index = 0; index < count; index++) {
    const header = sections + index * SECTION_HEADER;
    const size = file.readUInt32LE(header + 16);
    const start = file.readUInt32LE(header + 20);
    if (start + size > file.length) return undefined;
    const used = Math.min(size, file.readUInt32LE(header + 8) || size);
    found.set(file.toString('latin1', header, header + 8).replace(/\0+$/, ''), file.subarray(start, start + used));
  }
  const signature = signatureOf(file, optional, sections);
  if (signature === undefined) return undefined;
  return { machine: file.readUInt16LE(at + 4), signed: signature > 0, section: (name) => found.get(name) };
}

/** The size of the signature, 0 for none; undefined when it leaves the file. */
function signatureOf(file: Buffer, optional: number, end: number): number | undefined {
  if (optional + 2 > end) return 0;
  const directories = optional + (file.readUInt16LE(optional) === PE32_PLUS ? 112 : 96);
  const entry = directories + CERTIFICATE_TABLE * 8;
  if (entry + 8 > end) return 0;
  const [start, size] = [file.readUInt32LE(entry), file.readUInt32LE(entry + 4)];
  return start + size > file.length ? undefined : size;
}
