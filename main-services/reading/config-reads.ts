import type { Extent } from '../iso/source/overlay.ts';
import type { FileOfInterest } from './files-of-interest.ts';

interface ConfigExtent {
  readonly path: string;
  readonly extent: Extent;
}

/** When a machine first read a config that was added to its ISO. */
export class ConfigReads {
  /** Time of the event. */
  readAt: number | undefined;
  #extents: readonly ConfigExtent[] = [];
  readonly #onRead: (path: string) => number;

  /** `onRead` is called once and returns the time of its event. */
  constructor(onRead: (path: string) => number) {
    this.#onRead = onRead;
  }

  /** The view's files are known now. */
  mapped(files: readonly FileOfInterest[]): void {
    const configs = files.filter(({ interest }) => interest === 'config');
    this.#extents = configs.flatMap(({ path, extents }) => extents.map((extent) => ({ path, extent })));
  }

  get extents(): readonly Extent[] {
    return this.#extents.map(({ extent }) => extent);
  }

  get isEmpty(): boolean {
    return this.#extents.length === 0;
  }

  /**
   * Boot loaders read in units of up to 64 KiB, and a config is next to the boot configuration that they read. So it counts as read when
   * a request begins with it, or once the kernel is loaded. `end` is exclusive.
   */
  add(start: number, end: number, kernelRead: boolean): void {
    if (this.readAt !== undefined || end <= start) return;
    for (const { path, extent } of this.#extents) {
      if (extent.offset >= end || extent.offset + extent.length <= start) continue;
      if (start !== extent.offset && !kernelRead) continue;
      this.readAt = this.#onRead(path);
      return;
    }
  }
}
