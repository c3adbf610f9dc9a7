import type { Port } from '../../contract/port.ts';

/** A message of one of the ports that share a channel. */
export type PortMessage =
  | { readonly kind: 'port-open'; readonly port: number }
  | { readonly kind: 'port-message'; readonly port: number; readonly message: unknown }
  | { readonly kind: 'port-close'; readonly port: number };

export function isPortMessage(message: { readonly kind: string }): message is PortMessage {
  return message.kind === 'port-open' || message.kind === 'port-message' || message.kind === 'port-close';
}

/** One end of several ports over one channel. Only one end opens ports; `onPort` is called at the other one. */
export class PortMultiplexer {
  readonly #send: (message: PortMessage) => void;
  readonly #onPort: (port: Port) => void;
  readonly #ports = new Map<number, SharedPort>();
  #lastNumber = 0;

  constructor(send: (message: PortMessage) => void, onPort: (port: Port) => void = () => undefined) {
    this.#send = send;
    this.#onPort = onPort;
  }

  open(): Port {
    const number = ++this.#lastNumber;
    this.#send({ kind: 'port-open', port: number });
    return this.#add(number);
  }

  receive(message: PortMessage): void {
    if (message.kind === 'port-open') this.#onPort(this.#add(message.port));
    else if (message.kind === 'port-message') this.#ports.get(message.port)?.deliver(message.message);
    else this.#drop(message.port);
  }

  /** The channel is gone. */
  closeAll(): void {
    for (const number of [...this.#ports.keys()]) this.#drop(number);
  }

  #add(number: number): Port {
    const port = new SharedPort(
      (message) => {
        if (this.#ports.has(number)) this.#send({ kind: 'port-message', port: number, message });
      },
      () => {
        if (!this.#ports.has(number)) return;
        this.#send({ kind: 'port-close', port: number });
        this.#drop(number);
      },
    );
    this.#ports.set(number, port);
    return port;
  }

  #drop(number: number): void {
    const port = this.#ports.get(number);
    this.#ports.delete(number);
    port?.closed();
  }
}

/** Messages that arrive before the first listener wait for it, as in a MessagePort. */
class SharedPort implements Port {
  readonly send: (message: unknown) => void;
  readonly close: () => void;
  readonly #listeners = new Set<(message: unknown) => void>();
  readonly #closeListeners = new Set<() => void>();
  #waiting: unknown[] = [];
  #isClosed = false;

  constructor(send: (message: unknown) => void, close: () => void) {
    this.send = send;
    this.close = close;
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#listeners.add(listener);
    for (const message of this.#waiting.splice(0)) listener(message);
  }

  onClose(listener: () => void): void {
    if (this.#isClosed) queueMicrotask(listener);
    else this.#closeListeners.add(listener);
  }

  deliver(message: unknown): void {
    if (this.#listeners.size === 0) this.#waiting.push(message);
    for (const listener of this.#listeners) listener(message);
  }

  closed(): void {
    this.#isClosed = true;
    for (const listener of this.#closeListeners) listener();
  }
}
