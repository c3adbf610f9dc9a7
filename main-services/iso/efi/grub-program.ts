import type { ProgramFile } from './programs.ts';
import type { PeHeader } from './pe.ts';
import { tarFiles, type InnerFile } from './tar.ts';

/** What grub-mkimage put into a GRUB program besides its code. */
export interface GrubProgram {
  /** Where GRUB looks for grub.cfg when nothing else says so: `(memdisk)/boot/grub`, `/EFI/BOOT`. */
  readonly prefix: string;
  /** Commands that are run before anything else. */
  readonly embedded: string;
  /** The files of its memory disk, where that is a tar archive as grub-mkstandalone makes it. */
  readonly memdisk: readonly InnerFile[];
  /** The raw bytes of a memory disk of another kind, as Debian’s FAT, read as latin1; else empty. */
  readonly otherMemdisk: string;
}

const MAGIC = 'mimg';
const MEMDISK = 1;
const CONFIG = 2;
const PREFIX = 3;
const MAX_OBJECTS = 4096;
const MAX_TEXT = 64 * 1024;
/** A font and a few texts: Debian's has 2.4 MB. */
const MAX_MEMDISK = 8 * 1024 * 1024;

/**
 * Reads the `mods` section of an EFI program (grub2: include/grub/kernel.h, grub_module_info64 and grub_module_header; 32-bit programs
 * have shorter headers). Undefined for a program that is no GRUB, or a damaged one.
 */
export async function readGrubProgram(file: ProgramFile, pe: PeHeader): Promise<GrubProgram | undefined> {
  const mods = pe.sections.find(({ name }) => name === 'mods');
  if (!mods) return undefined;
  const info = Buffer.from(await file.read(mods.offset, 24));
  if (info.length < 24 || info.toString('latin1', 0, 4) !== MAGIC) return undefined;
  const narrow = pe.arch === 'ia32';
  const first = narrow ? info.readUInt32LE(4) : Number(info.readBigUInt64LE(8));
  const end = mods.offset + (narrow ? info.readUInt32LE(8) : Number(info.readBigUInt64LE(16)));
  const grub = { prefix: '', embedded: '', memdisk: [] as InnerFile[], otherMemdisk: '' };
  let at = mods.offset + first;
  for (let count = 0; count < MAX_OBJECTS && at + 8 <= end; count += 1) {
    const header = Buffer.from(await file.read(at, 8));
    if (header.length < 8) break;
    const [type, size] = [header.readUInt32LE(0), header.readUInt32LE(4)];
    if (size < 8) break;
    const body = { offset: at + 8, size: size - 8 };
    if (type === PREFIX) grub.prefix = await textOf(file, body);
    else if (type === CONFIG) grub.embedded = await textOf(file, body);
    else if (type === MEMDISK) {
      grub.memdisk = await tarFiles(file, body);
      if (grub.memdisk.length === 0) grub.otherMemdisk = latin1(await file.read(body.offset, Math.min(body.size, MAX_MEMDISK)));
    }
    at += size;
  }
  return grub;
}

async function textOf(file: ProgramFile, { offset, size }: { offset: number; size: number }): Promise<string> {
  return latin1(await file.read(offset, Math.min(size, MAX_TEXT))).replace(/\0.*$/s, '');
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
