import { RotatingFile } from './rotating-file.ts';

/** The newest lines that wait for the lock; older ones are dropped. */
const MAX_WAITING_LINES = 1000;

/**
 * The log file of a data directory, which belongs to the program that has the directory's lock: only that one may write or rotate it.
 * Without the lock, lines wait in memory. They are written once the lock is taken, and lost if it never is.
 */
export class LogFile {
  readonly #file: RotatingFile;
  #isLocked = false;
  #waiting: string[] = [];

  /** E_DB: the folder or the file cannot be written. */
  constructor(path: string, maxBytes: number) {
    this.#file = new RotatingFile(path, maxBytes);
  }

  write(text: string): void {
    if (this.#isLocked) {
      this.#file.write(text);
      return;
    }
    this.#waiting.push(text);
    if (this.#waiting.length > MAX_WAITING_LINES) this.#waiting.shift();
  }

  /** Whether this program has the data directory's lock now. */
  setLocked(isLocked: boolean): void {
    this.#isLocked = isLocked;
    if (!isLocked) {
      this.#file.close();
      return;
    }
    for (const text of this.#waiting) this.#file.write(text);
    this.#waiting = [];
  }
}
