import type { Log, SerialCall } from '../../../contract/runtime.ts';
import type { NativePort, NativePorts } from './native.ts';

/** Serial ports for the services in their own thread: answers their calls in the main thread. */
export class SerialHost {
  readonly #native: NativePorts;
  readonly #log: Log;
  readonly #ports = new Map<number, NativePort>();
  #lastPort = 0;
  #over = false;

  constructor(native: NativePorts, log: Log) {
    this.#native = native;
    this.#log = log;
  }

  /** Rejects with the library's words. */
  async answer(call: SerialCall): Promise<unknown> {
    switch (call.do) {
      case 'load':
        return this.#native.load();
      case 'list':
        return this.#native.list();
      case 'open':
        return this.#open(call.path, call.baud);
      case 'read':
        return this.#portOf(call.port).read();
      case 'write':
        return this.#portOf(call.port).write(call.bytes);
      case 'set-baud':
        return this.#portOf(call.port).setBaud(call.baud);
      case 'set-lines':
        return this.#portOf(call.port).setLines(call.lines);
      case 'lines':
        return this.#portOf(call.port).lines();
      case 'drain':
        return this.#portOf(call.port).drain();
      case 'close':
        return this.#close(call.port);
    }
  }

  /** When the services' thread has ended. */
  async closeAll(): Promise<void> {
    this.#over = true;
    await Promise.all([...this.#ports.keys()].map(async (port) => this.#close(port)));
  }

  async #open(path: string, baud: number): Promise<number> {
    const port = await this.#native.open(path, baud);
    const number = ++this.#lastPort;
    this.#ports.set(number, port);
    // The thread ended meanwhile.
    if (this.#over) await this.#close(number);
    return number;
  }

  async #close(number: number): Promise<void> {
    const port = this.#ports.get(number);
    this.#ports.delete(number);
    await port?.close();
    if (port) this.#log.debug({ port: number }, 'serial port closed');
  }

  #portOf(number: number): NativePort {
    const port = this.#ports.get(number);
    if (!port) throw new Error('Port is not open');
    return port;
  }
}
