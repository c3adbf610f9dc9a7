import { BootbenchError } from '../../../contract/errors.ts';
import type { InnerConfig } from '../../../contract/inventory.ts';
import { recogniseBootConfig } from './recognise.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { readGrubProgram } from '../efi/grub-program.ts';
import { readPe } from '../efi/pe.ts';
import type { Patch } from '../source/overlay.ts';
import type { ProgramFile } from '../efi/programs.ts';

const BLOCK = 512;
const MAX_MENU_BYTES = 256 * 1024;
/** Where a tar header keeps the size, and the checksum of itself (POSIX ustar). */
const SIZE = 124;
const CHECKSUM = 148;

/**
 * The menus inside unsigned GRUB programs, as grub-mkstandalone makes them. A signed program is left out: firmware with Secure Boot would
 * refuse it once it is changed. So is one whose bytes are in several pieces of the ISO.
 */
export async function findInnerConfigs(programs: readonly ProgramFile[], signal?: AbortSignal): Promise<InnerConfig[]> {
  const found: InnerConfig[] = [];
  for (const program of programs) {
    signal?.throwIfAborted();
    found.push(...(await menusIn(program)));
  }
  return found;
}

async function menusIn(program: ProgramFile): Promise<InnerConfig[]> {
  const start = program.extents?.length === 1 ? program.extents[0]?.offset : undefined;
  const pe = await readPe(program);
  if (!pe || pe.certificates || start === undefined) return [];
  const where = program.fat === undefined ? {} : { fat: program.fat };
  const found: InnerConfig[] = [];
  for (const { path, offset, size, room } of (await readGrubProgram(program, pe))?.memdisk ?? []) {
    if (!/\.(?:cfg|conf)$/i.test(path) || size === 0 || size > MAX_MENU_BYTES) continue;
    const text = Buffer.from(await program.read(offset, size)).toString('latin1');
    if (recogniseBootConfig(path, text) !== 'grub') continue;
    found.push({ program: program.path, ...where, path, header: start + offset - BLOCK, size, room });
  }
  return found;
}

/** The menu's text, read as latin1. */
export async function innerText(source: ByteSource, { header, size }: InnerConfig, signal?: AbortSignal): Promise<string> {
  return Buffer.from(await source.read(header + BLOCK, size, signal)).toString('latin1');
}

/**
 * The patch that puts a text in the place of a menu: its tar header with the new size, and the text. What was behind it up to the next
 * file becomes zeros. E_PATCH_TOO_LONG when the archive has no room: nothing in the program can move.
 */
export async function innerPatch(source: ByteSource, inner: InnerConfig, text: string): Promise<Patch> {
  const bytes = Buffer.from(text, 'latin1');
  const excess = bytes.length - inner.room;
  if (excess > 0) {
    throw new BootbenchError(
      'E_PATCH_TOO_LONG',
      `The menu ${inner.path} inside ${inner.program} has room for ${inner.room} bytes; with the arguments it needs ${excess} more.`,
      { next: 'Use fewer arguments, or put them into a config file.' },
    );
  }
  const header = Buffer.from(await source.read(inner.header, BLOCK));
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, SIZE, 'latin1');
  header.write(' '.repeat(8), CHECKSUM, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, CHECKSUM, 'latin1');
  const before = Math.ceil(inner.size / BLOCK) * BLOCK;
  const body = Buffer.alloc(Math.max(before, Math.ceil(bytes.length / BLOCK) * BLOCK));
  bytes.copy(body);
  return { offset: inner.header, bytes: Buffer.concat([header, body]) };
}
