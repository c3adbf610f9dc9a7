import { readIntoFrom, type ByteSource } from '../../iso/source/byte-source.ts';

/** A file that was replaced is found this much later, by clients that come while others read it. */
const SHARE_MS = 1000;

interface Opened {
  readonly at: number;
  readonly source: Promise<ByteSource | undefined>;
  users: number;
}

/** Opens a file once for all clients that request it within a second: a stranger's request then costs no access to the disk. */
export class SharedOpens {
  readonly #opened = new Map<string, Opened>();

  /** `open` is called where no one has the file open, or not lately. Each caller closes what it gets; the last one closes the file. */
  async open(name: string, open: () => Promise<ByteSource | undefined>): Promise<ByteSource | undefined> {
    const known = this.#opened.get(name);
    const isFresh = known !== undefined && known.users > 0 && performance.now() - known.at < SHARE_MS;
    const opened = isFresh ? known : { at: performance.now(), source: open(), users: 0 };
    this.#opened.set(name, opened);
    opened.users += 1;
    try {
      const source = await opened.source;
      if (!source) opened.users -= 1;
      return source && sharing(source, () => this.#leave(name, opened));
    } catch (error) {
      opened.users -= 1;
      throw error;
    }
  }

  async #leave(name: string, opened: Opened): Promise<void> {
    opened.users -= 1;
    if (opened.users > 0) return;
    if (this.#opened.get(name) === opened) this.#opened.delete(name);
    await (await opened.source)?.close();
  }
}

function sharing(source: ByteSource, leave: () => Promise<void>): ByteSource {
  let left: Promise<void> | undefined;
  return {
    size: source.size,
    etag: source.etag,
    read: (...range) => source.read(...range),
    readNow: (offset, length) => source.readNow?.(offset, length),
    readInto: (...range) => readIntoFrom(source, ...range),
    placesNow: (offset, length) => source.placesNow?.(offset, length),
    get descriptor() {
      return source.descriptor;
    },
    close: () => (left ??= leave()),
  };
}
