import type { ConsoleViewer, ModemLines } from '../../../contract/console.ts';
import type { ConsoleTransport } from '../transport.ts';
import { Keyboard } from './keyboard.ts';
import { hasNo, tooMuchTyped } from './sentences.ts';

/** Typed bytes that a machine may leave waiting: a pasted file, not a runaway script. */
const MAX_WAITING_BYTES = 1024 * 1024;

export interface InputDeps {
  /** E_CONSOLE_GONE while the console is not open. */
  readonly transport: () => ConsoleTransport;
  readonly isViewing: (viewerId: string) => boolean;
  readonly changed: () => void;
}

/** What people send to one console. Only the typist does. E_CONSOLE_TYPIST, E_CONSOLE_GONE, E_CONSOLE_UNSUPPORTED. */
export class Input {
  readonly #host: string;
  readonly #deps: InputDeps;
  readonly #keyboard: Keyboard;
  #waiting = 0;

  constructor(host: string, deps: InputDeps) {
    this.#host = host;
    this.#deps = deps;
    this.#keyboard = new Keyboard(host, deps.changed);
  }

  get typist(): ConsoleViewer | undefined {
    return this.#keyboard.typist;
  }

  take(viewer: ConsoleViewer, options: { takeOver: boolean }): void {
    this.#keyboard.take(viewer, options);
  }

  release(viewerId: string): void {
    this.#keyboard.release(viewerId);
  }

  async write(viewer: ConsoleViewer, bytes: Uint8Array): Promise<void> {
    this.#asTypist(viewer);
    await this.send(bytes);
  }

  /** Without a typist: an answer to a trigger. In order of the calls. */
  async send(bytes: Uint8Array): Promise<void> {
    const transport = this.#deps.transport();
    if (this.#waiting + bytes.length > MAX_WAITING_BYTES) throw tooMuchTyped(this.#host, this.#waiting);
    this.#waiting += bytes.length;
    try {
      await transport.write(bytes);
    } finally {
      this.#waiting -= bytes.length;
    }
  }

  async sendBreak(viewer: ConsoleViewer): Promise<void> {
    await this.#asTypist(viewer).sendBreak();
  }

  async setBaud(viewer: ConsoleViewer, baud: number | 'auto'): Promise<number> {
    const transport = this.#asTypist(viewer);
    if (!transport.setBaud) throw hasNo(this.#host, 'speed');
    return transport.setBaud(baud);
  }

  async setModemLines(viewer: ConsoleViewer, lines: Pick<ModemLines, 'dtr' | 'rts'>): Promise<void> {
    const transport = this.#asTypist(viewer);
    if (!transport.setModemLines) throw hasNo(this.#host, 'modem lines');
    await transport.setModemLines(lines);
  }

  /** A client without an open view, such as a script, sends but does not occupy the keyboard: nothing would release it. */
  #asTypist(viewer: ConsoleViewer): ConsoleTransport {
    this.#keyboard.check(viewer);
    const transport = this.#deps.transport();
    if (this.#deps.isViewing(viewer.id)) this.#keyboard.take(viewer, { takeOver: false });
    return transport;
  }
}
