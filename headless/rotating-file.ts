import { accessSync, closeSync, constants, fstatSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { BootbenchError, errnoOf } from '../contract/errors.ts';

/**
 * A text file that starts over before a write that would make it larger than `maxBytes`: the file is renamed to `<path>.1`, which replaces
 * the one before. A text larger than `maxBytes` is written alone. Writes are synchronous, so nothing is lost when the process ends. A
 * write that fails (a full disk, a folder that cannot be written) is dropped. The first write opens the file, and so does the next one after
 * it was closed.
 */
export class RotatingFile {
  readonly #path: string;
  readonly #maxBytes: number;
  /** Undefined while closed: the number of a closed file may belong to another one, such as a database. */
  #fd: number | undefined;
  #size = 0;

  /** Makes the folder and leaves the file as it is. E_DATA_READ_ONLY, E_DB: the folder or the file cannot be written. */
  constructor(path: string, maxBytes: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    try {
      makeFolder(dirname(path));
      checkFile(path);
    } catch (error) {
      const code = ['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(error) ?? '') ? 'E_DATA_READ_ONLY' : 'E_DB';
      throw new BootbenchError(code, `The data directory cannot be written: ${error instanceof Error ? error.message : String(error)}.`, {
        cause: error,
        next: 'Choose another one with --data-dir, or get write permission for it.',
      });
    }
  }

  write(text: string): void {
    try {
      const bytes = Buffer.from(text);
      const fd = this.#fd ?? this.#open('a');
      const isFull = this.#size > 0 && this.#size + bytes.length > this.#maxBytes;
      const written = writeSync(isFull ? this.#rotate() : fd, bytes);
      // Not in one expression: the size before the rotation would be read first.
      this.#size += written;
    } catch {
      // A log that cannot be written must not stop the services.
    }
  }

  close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    try {
      if (fd !== undefined) closeSync(fd);
    } catch {
      // Its last bytes did not reach a full disk or a network share; the descriptor is released.
    }
  }

  /** Windows cannot rename an open file, so it is closed first; where the rename fails, the file starts over. */
  #rotate(): number {
    this.close();
    try {
      rmSync(`${this.#path}.1`, { force: true });
      renameSync(this.#path, `${this.#path}.1`);
    } catch {
      // Another program holds one of the files, or deleted this one.
    }
    return this.#open('w');
  }

  #open(flags: 'a' | 'w'): number {
    const fd = openSync(this.#path, flags, 0o600);
    this.#fd = fd;
    this.#size = fstatSync(fd).size;
    return fd;
  }
}

/** The log is the first file that is written to the data directory, so a directory without write permission shows here. */
function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  accessSync(folder, constants.W_OK);
}

/** Like opening it for writing, which would create it. */
function checkFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw new Error(`${path} is a folder`);
  if (found) accessSync(path, constants.W_OK);
}
