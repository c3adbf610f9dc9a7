import { spawn } from 'node:child_process';

/** What a program printed, byte by byte, and its exit code; -1 where it had to be ended. */
export interface Output {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly code: number;
}

const LIMIT_MS = 20_000;
const MOST_OUTPUT = 64 * 1024 * 1024;

/** Runs a program to its end; it is ended after 20 s, and where it prints more than 64 MiB. */
export function run(program: string, args: readonly string[], cwd?: string): Promise<Output> {
  return new Promise((resolve, reject) => {
    const env = {
      ...process.env,
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
      SOURCE_DATE_EPOCH: '1767225600',
      PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`,
    };
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const errors: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    child.stdout.on('data', (part: Buffer) => {
      out.push(part);
      if ((size += part.length) > MOST_OUTPUT) child.kill('SIGKILL');
    });
    child.stderr.on('data', (part: Buffer) => errors.push(part));
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ stdout: Buffer.concat(out), stderr: Buffer.concat(errors).toString(), code: code ?? -1 });
    });
  });
}
