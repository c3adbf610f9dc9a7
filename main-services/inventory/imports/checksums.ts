import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A SHA-256 that an ISO should have, and where it is from. */
export interface Expected {
  /** Lower-case hex. */
  readonly sha256: string;
  /** The checksum file that says so, or who else. */
  readonly by: string;
}

/** The SHA-256 that was given with the import. */
export function given(sha256: string | undefined): Expected[] {
  return sha256 === undefined ? [] : [{ sha256: sha256.toLowerCase(), by: 'the SHA-256 given with the import' }];
}

/** Lists of checksums as vendors name them: Ubuntu, Debian, Fedora and Red Hat, openSUSE, Arch, Flatcar and others. */
const LISTS = /^(?:sha-?256-?sums?|checksums?)(?:\.txt|\.asc)?$|[.-]checksums?$/i;
/** A checksum file is text of some kilobytes; one that is larger is something else. */
const READ_AT_MOST = 1024 * 1024;
const FILES_AT_MOST = 50;
const LONGEST_LINE = 4096;
/** Of one ISO in one file: one is right, and more contradict each other. */
const SUMS_AT_MOST = 4;

/** The SHA-256 sums in checksum files next to the ISO. Folders and files that cannot be read are skipped. */
export async function checksumsNextTo(path: string): Promise<Expected[]> {
  const iso = basename(path);
  const neighbours = await readdir(dirname(path)).catch(() => []);
  const own = neighbours.filter((name) => ownSums(iso).includes(name.toLowerCase()));
  const lists = neighbours.filter((name) => LISTS.test(name)).slice(0, FILES_AT_MOST);
  const found = await Promise.all(
    [...own, ...lists].map(async (by) => {
      const text = await textOf(join(dirname(path), by));
      return sumsOf(text, iso, own.includes(by)).map((sha256) => ({ sha256, by }));
    }),
  );
  return found.flat();
}

/** Names of the files that are about this ISO alone. */
function ownSums(iso: string): string[] {
  const lower = iso.toLowerCase();
  return [lower, lower.replace(/\.iso$/, '')].flatMap((name) => ['.sha256', '.sha256sum', '.sha256.txt'].map((end) => name + end));
}

/**
 * The SHA-256 of `file` in the text of a checksum file, in GNU's form (`hex  name`, `hex *name`) or BSD's (`SHA256 (name) = hex`). With
 * `alone`, the text is about that file only: a sum without a name, or the only sum there is, counts too.
 */
export function sumsOf(text: string, file: string, alone = false): string[] {
  const all = text
    .split('\n')
    .filter((line) => line.length <= LONGEST_LINE)
    .flatMap((line) => sumOfLine(line.trim()));
  const named = all.filter(({ name }) => name !== undefined && basename(name.replaceAll('\\', '/')) === file);
  const meant = named.length > 0 || !alone || all.length !== 1 ? named : all;
  return [...new Set(meant.map(({ sha256 }) => sha256))].slice(0, SUMS_AT_MOST);
}

function sumOfLine(line: string): { sha256: string; name?: string | undefined }[] {
  const gnu = /^([0-9a-f]{64})(?:\s+\*?(.+))?$/is.exec(line);
  const bsd = /^SHA-?256\s*\((.+)\)\s*=\s*([0-9a-f]{64})$/is.exec(line);
  if (gnu?.[1] !== undefined) return [{ sha256: gnu[1].toLowerCase(), name: gnu[2] }];
  if (bsd?.[2] !== undefined) return [{ sha256: bsd[2].toLowerCase(), name: bsd[1] }];
  return [];
}

async function textOf(path: string): Promise<string> {
  // Looked at before it is opened: opening a named pipe would wait for ever.
  const named = await stat(path).catch(() => undefined);
  const handle = named?.isFile() === true ? await open(path, 'r').catch(() => undefined) : undefined;
  if (!handle) return '';
  try {
    const { size } = await handle.stat();
    if (size > READ_AT_MOST) return '';
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(size), 0, size, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return '';
  } finally {
    await handle.close();
  }
}
