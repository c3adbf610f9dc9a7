import http from 'node:http';
import { buffer } from 'node:stream/consumers';
import { pause } from '../process.ts';
import { Unanswered } from './dhcp-socket.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** iPXE's patience: a request without an answer is repeated on a new connection. */
const PATIENCE_MS = 15_000;
const TRIES = 8;

/** One machine's HTTP client: one connection from its own address, used again as long as it lives. */
export class HttpMachine {
  readonly #agent: http.Agent;
  readonly #address: string;
  retries = 0;

  constructor(address: string) {
    this.#address = address;
    this.#agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  }

  /** Throws `Unanswered` when no connection brought an answer; any status is one. */
  async request(method: string, url: string, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    let reason = '';
    for (let tries = 0; tries < TRIES; tries++) {
      try {
        return await this.#once(method, url, headers);
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
        this.retries++;
        await pause(Math.min(4000, 250 * 2 ** tries));
      }
    }
    throw new Unanswered(`${method} ${url} from ${this.#address}: ${reason}`);
  }

  close(): void {
    this.#agent.destroy();
  }

  #once(method: string, url: string, headers: Record<string, string>): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const options = { method, headers: { 'user-agent': 'iPXE/1.21.1', ...headers }, agent: this.#agent, localAddress: this.#address };
      const request = http.request(url, options, (response) => {
        buffer(response).then((body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }), reject);
      });
      request.setTimeout(PATIENCE_MS, () => request.destroy(new Error(`silent for ${PATIENCE_MS} ms`)));
      request.on('error', reject);
      request.end();
    });
  }
}
