import type { ProgramFile } from './programs.ts';

export interface PeSection {
  readonly name: string;
  /** Where its bytes are in the file. */
  readonly offset: number;
  readonly size: number;
}

/** An EFI program's headers (PE/COFF §3, §4). */
export interface PeHeader {
  /** The machine, as firmware names it in BOOT….EFI; undefined for others. */
  readonly arch: 'x64' | 'aa64' | 'ia32' | 'riscv64' | undefined;
  readonly sections: readonly PeSection[];
  /** The certificate table; undefined where nothing is signed. */
  readonly certificates: { readonly offset: number; readonly size: number } | undefined;
}

const HEAD = 4096;
const MAX_SECTIONS = 96;
const SECTION = 40;
/** Index of the certificate table among the data directories. */
const CERTIFICATES = 4;
const MACHINES: Partial<Record<number, PeHeader['arch']>> = { 0x8664: 'x64', 0xaa64: 'aa64', 0x014c: 'ia32', 0x5064: 'riscv64' };

/** The headers of a program; undefined for anything else. */
export async function readPe(file: ProgramFile): Promise<PeHeader | undefined> {
  const head = Buffer.from(await file.read(0, 64));
  if (head.length < 64 || head.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const header = Buffer.from(await file.read(head.readUInt32LE(60), HEAD));
  if (header.length < 24 || header.toString('latin1', 0, 4) !== 'PE\0\0') return undefined;
  return { arch: MACHINES[header.readUInt16LE(4)], sections: sectionsOf(header), certificates: certificatesOf(header, file.size) };
}

function sectionsOf(header: Buffer): PeSection[] {
  const count = Math.min(header.readUInt16LE(6), MAX_SECTIONS);
  const sections: PeSection[] = [];
  for (let at = 24 + header.readUInt16LE(20); sections.length < count && at + SECTION <= header.length; at += SECTION) {
    const name = header.toString('latin1', at, at + 8).replace(/\0.*$/s, '');
    sections.push({ name, size: header.readUInt32LE(at + 16), offset: header.readUInt32LE(at + 20) });
  }
  return sections;
}

function certificatesOf(header: Buffer, fileSize: number): PeHeader['certificates'] {
  if (header.length < 26) return undefined;
  const at = 24 + (header.readUInt16LE(24) === 0x20b ? 112 : 96) + CERTIFICATES * 8;
  if (at + 8 > header.length) return undefined;
  const [offset, size] = [header.readUInt32LE(at), header.readUInt32LE(at + 4)];
  return offset === 0 || size === 0 || offset >= fileSize ? undefined : { offset, size };
}
