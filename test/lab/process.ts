import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

export interface Line {
  /** Seconds since the process was started. */
  readonly at: number;
  readonly stream: 'out' | 'err';
  readonly text: string;
}

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Text for the command's standard input. */
  input?: string;
  /** Milliseconds; default 60,000. The command is killed after that. */
  timeoutMs?: number;
}

export interface RunResult {
  /** Exit code; 128 + n for a signal, 127 when the program could not be started. */
  code: number;
  stdout: string;
  stderr: string;
}

/** Terminal control of firmware and boot loaders: cursor moves, colours, screen clearing; and the carriage returns between. */
const ESCAPES = /\u001b(?:\[[0-9;?=]*[A-Za-z]|[()][0-9A-B]|[=>c])|\r|\0/g;

const live = new Set<Running>();

/** A child process whose lines are recorded with their time. Ended by its pid, never by name. */
export class Running implements AsyncDisposable {
  readonly lines: Line[] = [];
  readonly exited: Promise<number>;
  readonly command: string;
  exitCode: number | undefined;
  #child: ChildProcess;
  #started = performance.now();
  #waiting = new Set<() => void>();

  constructor(command: readonly string[], options: RunOptions = {}) {
    this.command = command.join(' ');
    const [program = '', ...args] = command;
    this.#child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.exited = this.#watchExit();
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stdin?.end(options.input ?? '');
    this.#collect('out');
    this.#collect('err');
    live.add(this);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Seconds since the start. */
  get age(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** Everything it has said, as text. */
  get text(): string {
    return this.lines.map((line) => line.text).join('\n');
  }

  /**
   * The first line, old or new, that matches. Throws with the last lines when the time is over, the process ends, or a
   * line matches `failure` first.
   */
  async waitFor(pattern: RegExp, timeoutMs = 30_000, failure?: RegExp): Promise<Line> {
    const deadline = performance.now() + timeoutMs;
    for (let seen = 0; ;) {
      for (; seen < this.lines.length; seen++) {
        const line = this.lines[seen]!;
        if (pattern.test(line.text)) return line;
        if (failure?.test(line.text)) throw this.#complaint(`said "${line.text}" instead of ${pattern.source}`);
      }
      if (this.exitCode !== undefined) throw this.#complaint(`ended with ${this.exitCode} before ${pattern.source}`);
      if (performance.now() >= deadline) throw this.#complaint(`did not say ${pattern.source} in ${timeoutMs} ms`);
      await this.#newsUntil(deadline);
    }
  }

  /** SIGTERM, then SIGKILL after `graceMs`. Resolves when it is gone. */
  async stop(graceMs = 5000, signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    if (this.exitCode !== undefined) return this.exitCode;
    this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Writes what it said, with times, for reading after a failure. */
  save(file: string): void {
    const rows = this.lines.map((line) => `${line.at.toFixed(3).padStart(9)} ${line.stream === 'err' ? '!' : ' '} ${line.text}`);
    writeFileSync(file, [`$ ${this.command}`, ...rows, ''].join('\n'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #watchExit(): Promise<number> {
    const code = await new Promise<number>((resolve) => {
      this.#child.once('error', (error) => {
        this.#add('err', error.message);
        resolve(127);
      });
      this.#child.once('close', (status, signal) => {
        resolve(status ?? (signal === 'SIGKILL' ? 137 : 143));
      });
    });
    this.exitCode = code;
    live.delete(this);
    this.#wake();
    return code;
  }

  #collect(stream: 'out' | 'err'): void {
    let rest = '';
    const source = stream === 'out' ? this.#child.stdout : this.#child.stderr;
    source?.setEncoding('utf8');
    source?.on('data', (chunk: string) => {
      const parts = (rest + chunk).split(/\r?\n/);
      rest = parts.pop() ?? '';
      for (const text of parts) this.#add(stream, text);
      this.#wake();
    });
    source?.on('end', () => {
      if (rest !== '') this.#add(stream, rest);
    });
  }

  #add(stream: 'out' | 'err', text: string): void {
    this.lines.push({ at: this.age, stream, text: text.replaceAll(ESCAPES, '') });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #newsUntil(deadline: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, deadline - performance.now()));
      this.#waiting.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #complaint(what: string): Error {
    const tail = this.lines.slice(-12).map((line) => `    ${line.text}`);
    return new Error([`${this.command.slice(0, 120)}: ${what}`, ...tail].join('\n'));
  }
}

/** Runs a command to its end; never throws for an exit code. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const running = new Running(command, options);
  const timer = setTimeout(() => {
    running.signal('SIGKILL');
  }, options.timeoutMs ?? 60_000);
  const code = await running.exited;
  clearTimeout(timer);
  const of = (stream: 'out' | 'err') =>
    running.lines
      .filter((line) => line.stream === stream)
      .map((line) => line.text + '\n')
      .join('');
  return { code, stdout: of('out'), stderr: of('err') };
}

/** Runs a command that must succeed, and returns what it printed. */
export async function mustRun(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await run(command, options);
  if (result.code !== 0) throw new Error(`${command.join(' ')}: exit ${result.code}: ${(result.stderr || result.stdout).trim()}`);
  return result.stdout;
}

/** Ends every process that this lab started and that still runs. */
export async function stopAll(): Promise<void> {
  await Promise.all([...live].map((running) => running.stop(1000)));
}

/** Resolves after `ms`. */
export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
