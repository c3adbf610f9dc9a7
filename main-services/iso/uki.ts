/** A file that may be a program: of the ISO's tree, or of the FAT in a boot image. */
export interface ProgramFile {
  readonly path: string;
  readonly size: number;
  /** What there is of a range. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Programs looked into: real discs have a dozen. */
const MOST = 256;
const HEAD = 4096;
const MAX_SECTIONS = 96;
const SECTION = 40;

/**
 * Paths of the unified kernel images among these files: EFI programs with a kernel (.linux) and, as a rule, its arguments (.cmdline)
 * inside. They take them from nowhere else that an ISO's patch could reach, and a signature covers both.
 */
export async function findUkis(files: Iterable<ProgramFile> | AsyncIterable<ProgramFile>, signal?: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  let looked = 0;
  for await (const file of files) {
    if (!/\.efi$/i.test(file.path) || file.size < HEAD / 8) continue;
    signal?.throwIfAborted();
    if ((looked += 1) > MOST) break;
    const sections = await sectionsOf(file);
    if (sections.includes('.cmdline') || sections.includes('.linux')) found.push(file.path);
  }
  return found;
}

/** The names of a program's sections (PE/COFF §3, §4); none for anything else. */
async function sectionsOf(file: ProgramFile): Promise<string[]> {
  const head = Buffer.from(await file.read(0, 64));
  if (head.length < 64 || head.toString('latin1', 0, 2) !== 'MZ') return [];
  const header = Buffer.from(await file.read(head.readUInt32LE(60), HEAD));
  if (header.length < 24 || header.toString('latin1', 0, 4) !== 'PE\0\0') return [];
  const count = Math.min(header.readUInt16LE(6), MAX_SECTIONS);
  const names: string[] = [];
  let at = 24 + header.readUInt16LE(20);
  for (; names.length < count && at + SECTION <= header.length; at += SECTION) {
    names.push(header.toString('latin1', at, at + 8).replace(/\0.*$/s, ''));
  }
  return names;
}
