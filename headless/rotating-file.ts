import { accessSync, closeSync, constants, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { BootbenchError } from '../contract/errors.ts';

/**
 * A text file that never grows over `maxBytes`: a write that would pass that first renames the file to `<path>.1`, which replaces the one
 * before. Writes are synchronous, so nothing is lost when the process ends. A write that fails (a full disk) is dropped.
 */
export class RotatingFile {
  readonly #path: string;
  readonly #maxBytes: number;
  #fd: number;
  #size: number;

  /** E_DB: the folder cannot be written. */
  constructor(path: string, maxBytes: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    makeFolder(dirname(path));
    this.#fd = openSync(path, 'a', 0o600);
    this.#size = fstatSync(this.#fd).size;
  }

  write(text: string): void {
    try {
      const bytes = Buffer.from(text);
      if (this.#size > 0 && this.#size + bytes.length > this.#maxBytes) this.#rotate();
      this.#size += writeSync(this.#fd, bytes);
    } catch {
      // A log that cannot be written must not stop the services.
    }
  }

  /** Windows cannot rename an open file, so it is closed first; where the rename fails, the file starts over. */
  #rotate(): void {
    closeSync(this.#fd);
    try {
      rmSync(`${this.#path}.1`, { force: true });
      renameSync(this.#path, `${this.#path}.1`);
    } finally {
      this.#fd = openSync(this.#path, 'w', 0o600);
      this.#size = 0;
    }
  }
}

/** The log is the first file that is written to the data directory, so a directory without write permission shows here. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new BootbenchError('E_DB', `The data directory cannot be written: ${error instanceof Error ? error.message : String(error)}.`, {
      cause: error,
      next: 'Choose another one with --data-dir, or get write permission for it.',
    });
  }
}
