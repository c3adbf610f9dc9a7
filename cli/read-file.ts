import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { BootbenchError, errnoOf } from '../contract/errors.ts';
import { UsageError, type Io } from './command.ts';

/** No text that a command takes is larger: the appliance refuses files of a config over 1 MiB. */
const MOST = 4 * 2 ** 20;

/**
 * The text of a file that the user named, as UTF-8, with a byte order mark where it has one. E_FILE_MISSING, E_FILE_UNREADABLE (a folder, no
 * permission, far too large, a failing disk), E_FILE_NOT_TEXT (binary, UTF-16).
 */
export function readNamed(io: Io, path: string): string {
  const bytes = bytesOf(resolve(io.cwd, path), path);
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (utf16) {
    const next = 'Save it as UTF-8. In PowerShell: … | Out-File -Encoding utf8NoBOM FILE.';
    throw new BootbenchError('E_FILE_NOT_TEXT', `${path} is UTF-16, as Windows PowerShell writes it with ">".`, { next });
  }
  if (bytes.includes(0)) throw new BootbenchError('E_FILE_NOT_TEXT', `${path} is a binary file (byte ${bytes.indexOf(0)} is zero).`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new BootbenchError('E_FILE_NOT_TEXT', `${path} is not UTF-8 text.`, { cause: error });
  }
}

/** The secret in a file that an option names: one line, without its end. UsageError where it is empty; else as `readNamed`. */
export function readSecret(io: Io, path: string, option: string): string {
  const secret = readNamed(io, path)
    .replace(/^\u{feff}/u, '')
    .replace(/\r?\n$/, '');
  if (secret === '') throw new UsageError(`--${option}: the file is empty`);
  return secret;
}

function bytesOf(absolute: string, path: string): Buffer {
  try {
    const { size } = statSync(absolute);
    if (size > MOST) throw new BootbenchError('E_FILE_UNREADABLE', `${path} has ${size} bytes; text files are limited to ${MOST} bytes.`);
    return readFileSync(absolute);
  } catch (error) {
    if (error instanceof BootbenchError) throw error;
    throw asFileError(error, path);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EISDIR: 'is a folder, not a file',
  EACCES: 'cannot be read by this user (permission denied)',
  EPERM: 'cannot be read by this user (permission denied)',
  ELOOP: 'is a symbolic link loop',
  EBUSY: 'is in use by another program',
};

/** What the system said of a file, as an error with its own code and sentence. */
function asFileError(error: unknown, path: string): BootbenchError {
  const code = errnoOf(error) ?? '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return new BootbenchError('E_FILE_MISSING', `File ${path} not found.`, { cause: error });
  const how = REASONS[code] ?? `cannot be read (${code === '' ? String(error) : code})`;
  const next = code === 'EBUSY' ? 'Close that program, then try again.' : undefined;
  return new BootbenchError('E_FILE_UNREADABLE', `${path} ${how}.`, { cause: error, next });
}
