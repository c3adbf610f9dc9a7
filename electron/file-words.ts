import { open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errnoOf } from '../contract/errors.ts';
import * as sentences from './sentences.ts';

/** A file that was opened with Bootbench. `problem`: a sentence that says why it cannot be added. */
export interface OpenedFile {
  readonly path: string;
  readonly problem?: string;
}

/** Whether a word of a command line names a file to open: every `file:` URL, and what ends as an ISO's name does. */
export function namesFile(word: string): boolean {
  return !word.startsWith('-') && (isFileUrl(word) || /\.iso$/i.test(word));
}

/** The files that a command line names: absolute paths, and the `file:` URLs that are none on this computer as they are. */
export function filesNamedIn(args: readonly string[], cwd: string): string[] {
  return args.filter(namesFile).map((word) => (isFileUrl(word) ? (pathOfUrl(word) ?? word) : resolve(cwd, word)));
}

/**
 * Whether the file can be added, by looking at it: a regular file that can be opened and is not empty. Reads nothing of it, and opens
 * neither pipes nor devices, which could wait for another program.
 */
export async function examine(file: string): Promise<OpenedFile> {
  if (isFileUrl(file)) return { path: file, problem: sentences.urlNotHere(file) };
  const problem = await problemOf(file).catch((error: unknown) => words(file, error));
  return problem === undefined ? { path: file } : { path: file, problem };
}

async function problemOf(path: string): Promise<string | undefined> {
  const found = await stat(path);
  if (found.isDirectory()) return sentences.fileIsFolder(path);
  if (!found.isFile()) return sentences.fileIsSpecial(path);
  if (found.size === 0) return sentences.fileIsEmpty(path);
  await (await open(path, 'r')).close();
  return undefined;
}

function words(path: string, error: unknown): string {
  const code = errnoOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return sentences.fileNotFound(path);
  if (code === 'ELOOP') return sentences.fileLinksLoop(path);
  if (code === 'EACCES' || code === 'EPERM') return sentences.fileNotReadable(path);
  return sentences.fileFails(basename(path), code ?? String(error));
}

function isFileUrl(word: string): boolean {
  return /^file:/i.test(word);
}

/** A desktop's file: URL has neither query nor fragment (RFC 8089, section 2): `?` and `#` are of the name, where a program did not escape them. */
function pathOfUrl(url: string): string | undefined {
  try {
    return fileURLToPath(url.replaceAll('?', '%3F').replaceAll('#', '%23'));
  } catch {
    return undefined;
  }
}
