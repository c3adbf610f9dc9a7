/** As much of Headers, Request and Response as a handler of protocol.handle uses; Node 16 has none of them. */

export class Headers16 {
  readonly #values = new Map<string, string>();

  constructor(init: HeadersInit = {}) {
    const pairs = Array.isArray(init) ? init : init instanceof Headers16 ? [...init.entries()] : Object.entries(init);
    for (const [name, value] of pairs as [string, string][]) this.set(name, value);
  }
  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }
  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }
  set(name: string, value: string): void {
    this.#values.set(name.toLowerCase(), value);
  }
  entries(): IterableIterator<[string, string]> {
    return this.#values.entries();
  }
}

export class Request16 {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers16;

  constructor(url: string, { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {}) {
    this.url = url;
    this.method = method;
    this.headers = new Headers16(headers);
  }
}

export class Response16 {
  readonly status: number;
  readonly headers: Headers16;
  readonly #body: Uint8Array | string | null;

  constructor(body: Uint8Array | string | null = null, { status = 200, headers }: { status?: number; headers?: HeadersInit } = {}) {
    this.#body = body;
    this.status = status;
    this.headers = new Headers16(headers);
  }
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }
  async arrayBuffer(): Promise<ArrayBuffer> {
    return Promise.resolve(new Uint8Array(Buffer.from(this.#body ?? '')).buffer);
  }
}
