import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Appliance } from './appliance.ts';
import type { Namespace } from './namespace.ts';
import type { Running } from './process.ts';
import { expectThat } from './scenario.ts';

export interface RestObject {
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>>;
}

export interface RestAnswer {
  readonly status: number;
  /** Texts of its Warning headers, as they are on the wire. */
  readonly warnings: readonly string[];
  readonly object: RestObject & { readonly code?: string };
}

/** REST of an appliance in a namespace, by curl there. */
export class RestApi {
  readonly #ns: Namespace;
  readonly #url: string;
  readonly #authorization: readonly string[];

  constructor(ns: Namespace, { ready }: Appliance, dataDir: string) {
    this.#ns = ns;
    this.#url = `${ready.api}/api/v1`;
    const token = readFileSync(join(dataDir, 'api-token'), 'utf8').trim();
    this.#authorization = ['-H', `Authorization: Bearer ${token}`];
  }

  /** One request with a JSON body; whatever its status. */
  async ask(method: string, path: string, body?: unknown): Promise<RestAnswer> {
    const sent = body === undefined ? [] : ['-H', 'Content-Type: application/json', '--data-binary', '@-'];
    return this.#curl([...sent, '-X', method], path, body === undefined ? undefined : JSON.stringify(body));
  }

  /** A request that must succeed. */
  async must(method: string, path: string, body?: unknown): Promise<RestObject> {
    return succeeded(`${method} ${path}`, await this.ask(method, path, body));
  }

  /** PUT of a file's bytes. */
  async upload(path: string, file: string): Promise<RestObject> {
    return succeeded(`PUT ${path}`, await this.#curl(['-H', 'Content-Type: application/octet-stream', '-T', file], path));
  }

  /** PUT of a file's bytes that takes its time; it ends with the status on its last line. `rate`: as curl writes it, `100k` a second. */
  slowUpload(path: string, file: string, rate: string): Running {
    const upload = ['-H', 'Content-Type: application/octet-stream', '-T', file, '--limit-rate', rate, '-w', '\\n%{http_code}\\n'];
    return this.#ns.spawn(['curl', '-sS', ...this.#authorization, ...upload, `${this.#url}${path}`]);
  }

  /** A watch: each of its lines is `{type, object}`. */
  watch(path: string): Running {
    return this.#ns.spawn(['curl', '-sSN', ...this.#authorization, `${this.#url}${path}?watch=true`]);
  }

  async #curl(args: readonly string[], path: string, input?: string): Promise<RestAnswer> {
    const command = ['curl', '-sS', '-i', '-H', 'Expect:', ...this.#authorization, ...args, `${this.#url}${path}`];
    // Its lines come without carriage returns.
    const text = await this.#ns.must(command, input === undefined ? {} : { input });
    const end = text.indexOf('\n\n');
    const [first = '', ...headers] = text.slice(0, end).split('\n');
    return {
      status: Number(first.split(' ')[1]),
      warnings: headers.filter((header) => /^warning:/i.test(header)),
      object: JSON.parse(text.slice(end)) as RestAnswer['object'],
    };
  }
}

function succeeded(what: string, { status, object }: RestAnswer): RestObject {
  expectThat(status === 200 || status === 201, `${what}: ${status} ${JSON.stringify(object)}`);
  return object;
}
