import { ExtentIndex } from '../iso/source/extent-index.ts';
import { stretchesOf } from '../iso/files/file-map.ts';
import type { Coverage } from './coverage.ts';
import type { FileOfInterest } from './files-of-interest.ts';

/** How far a machine has read one file. */
export interface FileRead {
  readonly file: FileOfInterest;
  /** Distinct bytes. */
  read: number;
  readonly firstAt: number;
  lastAt: number;
}

/** How far a machine has read each file of interest: counted by offset, whatever the order and size of its requests. */
export class FileReads {
  readonly #files: readonly FileOfInterest[];
  readonly #index: ExtentIndex;
  readonly #coverage: Coverage;
  readonly #completed: (read: FileRead) => void;
  readonly #byFile = new Map<number, FileRead>();
  #now = 0;

  /** What `coverage` has already counts too. `completed` is called once for each file. */
  constructor(files: readonly FileOfInterest[], coverage: Coverage, now: number, completed: (read: FileRead) => void) {
    this.#files = files;
    this.#coverage = coverage;
    this.#index = new ExtentIndex(files.flatMap(stretchesOf));
    this.#completed = completed;
    this.#catchUp(now);
  }

  /** In the order of their first read. */
  get list(): readonly FileRead[] {
    return [...this.#byFile.values()];
  }

  /** Bytes that are about to be added to the coverage, which has not got them yet. */
  add(start: number, end: number, now: number): void {
    this.#now = now;
    this.#index.overlapping(start, end, this.#take);
  }

  /** One function for all calls: this happens for every request. */
  readonly #take = (owner: number, from: number, to: number): void => {
    this.#count(owner, to - from - this.#coverage.within(from, to), this.#now);
  };

  #catchUp(now: number): void {
    this.#files.forEach((file, owner) => {
      const read = file.extents.reduce((sum, { offset, length }) => sum + this.#coverage.within(offset, offset + length), 0);
      if (read > 0) this.#count(owner, read, now);
    });
  }

  #count(owner: number, bytes: number, now: number): void {
    const file = this.#files[owner];
    if (!file) return;
    const known = this.#byFile.get(owner);
    const read = known ?? { file, read: 0, firstAt: now, lastAt: now };
    if (!known) this.#byFile.set(owner, read);
    read.lastAt = now;
    if (bytes === 0) return;
    read.read += bytes;
    if (read.read === file.size) this.#completed(read);
  }
}
