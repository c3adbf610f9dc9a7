import { spawn } from 'node:child_process';

export interface Ended {
  /** 0: it succeeded. A text: it could not be started, was stopped, or took too long. */
  readonly status: number | string;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. */
  readonly timeout?: number;
}

const TIMEOUT_MS = 300_000;
/** More output than any package of boot files unpacks to. */
const OUTPUT_LIMIT = 512 * 2 ** 20;

/** Runs a program to its end, in English, without a terminal. Never rejects. */
export function run(command: string, args: readonly string[], { cwd, signal, timeout = TIMEOUT_MS }: RunOptions = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      ...(cwd !== undefined && { cwd }),
      ...(signal && { signal }),
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const out: Buffer[] = [];
    let size = 0;
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > OUTPUT_LIMIT) child.kill();
      else out.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => (err = `${err}${chunk.toString('utf8')}`.slice(-100_000)));
    // Not spawn's own timeout: its timer stays when the program does not exist.
    const timer = setTimeout(() => child.kill(), timeout);
    const end = (status: number | string): void => {
      clearTimeout(timer);
      resolve({ status, stdout: Buffer.concat(out), stderr: err });
    };
    child.once('error', (error) => end(error.message));
    child.once('close', (code, killed) => end(code ?? killed ?? 'stopped'));
  });
}

/** Whether the program is installed. */
export async function isInstalled(command: string): Promise<boolean> {
  return typeof (await run(command, ['--version'], { timeout: 30_000 })).status === 'number';
}

/** The line that names the failure: apt's first error, else the last line. */
export function failureOf({ status, stdout, stderr }: Ended, command: string): string {
  const lines = `${stdout.toString('utf8')}\n${stderr}`
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const line = lines.find((each) => /^(E:|Error:)/.test(each)) ?? lines.at(-1) ?? `${command} ended with ${status}`;
  return line.replace(/^(?:[EW]|Error): ?/, '');
}
