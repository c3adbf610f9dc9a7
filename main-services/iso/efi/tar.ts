import type { ProgramFile } from './programs.ts';

/** A file of an archive inside another file; offsets count from the outer file's start. */
export interface InnerFile {
  readonly path: string;
  /** Of its first byte; its header is in the 512 bytes before. */
  readonly offset: number;
  readonly size: number;
  /** Bytes up to the next header, or up to the two empty blocks that end the archive. */
  readonly room: number;
}

const BLOCK = 512;
const MAX_FILES = 4096;

/** The regular files of a tar archive (POSIX ustar) in a stretch of a file; empty where there is none. */
export async function tarFiles(file: ProgramFile, { offset, size }: { offset: number; size: number }): Promise<InnerFile[]> {
  const found: InnerFile[] = [];
  const end = offset + size;
  let last: InnerFile | undefined;
  for (let at = offset; at + BLOCK <= end && found.length < MAX_FILES;) {
    const header = Buffer.from(await file.read(at, BLOCK));
    if (header.toString('latin1', 257, 262) !== 'ustar') {
      // Nothing but zeros follows the last file, so it may grow into them.
      if (last && header.every((byte) => byte === 0))
        found.splice(-1, 1, { ...last, room: Math.max(last.room, end - 2 * BLOCK - last.offset) });
      break;
    }
    const length = Number.parseInt(header.toString('latin1', 124, 135), 8);
    if (!Number.isSafeInteger(length) || length < 0 || at + BLOCK + length > end) break;
    const type = header.toString('latin1', 156, 157);
    const path = [textOf(header, 345, 500), textOf(header, 0, 100)].filter((part) => part !== '').join('/');
    const room = Math.ceil(length / BLOCK) * BLOCK;
    last = type === '0' || type === '\0' ? { path: path.replace(/^(?:\.?\/)+/, ''), offset: at + BLOCK, size: length, room } : undefined;
    if (last) found.push(last);
    at += BLOCK + room;
  }
  return found;
}

function textOf(header: Buffer, start: number, end: number): string {
  return header.toString('latin1', start, end).replace(/\0.*$/s, '');
}
