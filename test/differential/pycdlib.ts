import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** The answer of pycdlib-process.py. */
export interface PycdlibAnswer {
  readonly error?: string;
  readonly trees?: Record<
    string,
    readonly { path: string; kind: 'file' | 'folder' | 'link'; size?: number; at?: number; target?: string; sha256?: string | null }[]
  >;
}

/** Debian's, which has Debian's pycdlib. */
export const PYTHON = '/usr/bin/python3';

/** pycdlib in a process that answers one request after the other. */
export class Pycdlib implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  #last: Promise<unknown> = Promise.resolve();

  constructor() {
    this.#child = spawn(PYTHON, [join(import.meta.dirname, 'pycdlib-process.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Throws where the process has ended. */
  ask(request: Record<string, unknown>): Promise<PycdlibAnswer> {
    const answer = this.#last.then(() => this.#ask(request));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #ask(request: Record<string, unknown>): Promise<PycdlibAnswer> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await this.#lines.next();
    if (line.done) throw new Error('The process of pycdlib has ended.');
    return JSON.parse(line.value) as PycdlibAnswer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.stdin.end();
    await ended;
  }
}
