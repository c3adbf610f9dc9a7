/**
 * A client of the DevTools protocol. The tests use no library for it, because playwright-core's support for Electron 22 is incomplete
 * (setInputFiles), and Node's inspector in the main process uses the same protocol.
 */
type Listener = (params: Record<string, unknown>) => void;

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export class Cdp {
  readonly #socket: WebSocket;
  readonly #calls = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  readonly #listeners = new Map<string, Listener[]>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#take(JSON.parse(String(data)) as Reply));
    socket.addEventListener('close', () => {
      for (const { reject } of this.#calls.values()) reject(new Error('The DevTools connection closed.'));
      this.#calls.clear();
    });
  }

  static async open(url: string): Promise<Cdp> {
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve());
      socket.addEventListener('error', () => reject(new Error(`No DevTools connection to ${url}.`)));
    });
    return new Cdp(socket);
  }

  send<T = unknown>(method: string, params: object = {}): Promise<T> {
    const id = ++this.#lastId;
    return new Promise<T>((resolve, reject) => {
      this.#calls.set(id, { resolve: resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  on(event: string, listener: Listener): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  /** The value of an expression, awaited; throws what it throws. `commandLine` gives it `require` in the main process. */
  async evaluate<T>(expression: string, commandLine = false): Promise<T> {
    // As a script of the page would run: under its policy, and after a click.
    const options = { awaitPromise: true, returnByValue: true, userGesture: true, allowUnsafeEvalBlockedByCSP: false };
    const { result, exceptionDetails } = await this.send<{
      result: { value: T };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    }>('Runtime.evaluate', { ...options, expression, includeCommandLineAPI: commandLine });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  close(): void {
    this.#socket.close();
  }

  #take({ id, method, params = {}, result, error }: Reply): void {
    if (method !== undefined) for (const listener of this.#listeners.get(method) ?? []) listener(params);
    if (id === undefined) return;
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error) call?.reject(new Error(error.message));
    else call?.resolve(result);
  }
}
