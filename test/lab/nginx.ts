import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Namespace } from './namespace.ts';
import { pause, Running } from './process.ts';

export interface NginxOptions {
  /** Folder that is served. */
  readonly root: string;
  /** Folder for configuration and log; created if missing. */
  readonly dir: string;
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** Paths that are redirected. */
  readonly redirects?: Readonly<Record<string, string>>;
  /** As nginx writes it: `2m` for two megabytes a second. */
  readonly rate?: string;
  /** As it is set up where speed counts: sendfile, no log, connections that are kept for any number of requests. */
  readonly fast?: boolean;
}

export interface LoggedRequest {
  readonly status: number;
  readonly bytes: number;
  readonly path: string;
  /** The Range header; `-` where there was none. */
  readonly range: string;
}

const LOOPBACK = '127.0.0.1';

/** nginx as an upstream of ISOs, in a namespace or on the host, with a log of what was read from it. */
export class Nginx implements AsyncDisposable {
  readonly url: string;
  readonly #ns: Namespace | undefined;
  readonly #options: NginxOptions;
  #process: Running | undefined;

  constructor(ns: Namespace | undefined, options: NginxOptions) {
    this.url = `http://${options.address ?? LOOPBACK}:${options.port}`;
    this.#ns = ns;
    this.#options = options;
    mkdirSync(options.dir, { recursive: true });
    writeFileSync(this.#path('nginx.conf'), configOf(options));
  }

  /** 0 before the start. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async start(): Promise<void> {
    const command = ['nginx', '-p', this.#options.dir, '-e', 'stderr', '-c', this.#path('nginx.conf')];
    this.#process = this.#ns ? this.#ns.spawn(command) : new Running(command);
    for (let tries = 0; tries < 100; tries += 1) {
      if (await this.#answers()) return;
      await pause(50);
    }
    throw new Error(`nginx does not listen: ${this.#process.text}`);
  }

  /** Gone immediately, with every connection, like a server that lost power. */
  async kill(): Promise<void> {
    await this.#process?.stop(0, 'SIGKILL');
  }

  /** What was answered, oldest first; a request that was cut off by `kill` is not among them. */
  requests(): LoggedRequest[] {
    const log = this.#path('access.log');
    const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [];
    return lines.flatMap((line) => {
      const [, status, bytes, path = '', range = ''] = /^(\d+) (\d+) (\S+) (.*)$/.exec(line) ?? [];
      return status === undefined ? [] : [{ status: Number(status), bytes: Number(bytes), path, range }];
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  async #answers(): Promise<boolean> {
    const { port, address = LOOPBACK } = this.#options;
    if (this.#ns) return (await this.#ns.exec(['curl', '-s', '-o', '/dev/null', this.url])).code === 0;
    return new Promise((resolve) => {
      const socket = connect(port, address, () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => {
        resolve(false);
      });
    });
  }

  #path(name: string): string {
    return join(this.#options.dir, name);
  }
}

/** One process, which is the one that is killed. */
function configOf({ root, dir, port, rate, fast = false, address = LOOPBACK, redirects = {} }: NginxOptions): string {
  const locations = Object.entries(redirects).map(([from, to]) => ` location = ${from} { return 302 ${to}; }`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `  ${what}_temp_path ${dir}/${what};`);
  return [
    'daemon off;',
    'master_process off;',
    'user root;',
    `pid ${dir}/nginx.pid;`,
    'events { worker_connections 256; }',
    'http {',
    ...temporary,
    ...(fast
      ? ['  access_log off;', '  sendfile on;', '  keepalive_requests 1000000000;']
      : ["  log_format read '$status $body_bytes_sent $request_uri $http_range';", `  access_log ${dir}/access.log read;`]),
    `  server { listen ${address}:${port}; root ${root};${rate === undefined ? '' : ` limit_rate ${rate};`}${locations.join('')} }`,
    '}',
    '',
  ].join('\n');
}
