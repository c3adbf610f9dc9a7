import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { errnoOf } from '../../contract/errors.ts';

export interface CommandResult {
  readonly ok: boolean;
  readonly output: string;
  /** The program is not installed, or a folder of PATH cannot be read. */
  readonly notFound?: boolean;
}

/** Runs a command to its end: what it printed, and whether it succeeded. */
export type RunCommand = (command: readonly string[]) => Promise<CommandResult>;

const execute = promisify(execFile);
/** Windows has some hundred kilobytes of firewall rules. */
const MAX_OUTPUT = 32 * 1024 * 1024;

/** Runs a command; `ok` is false when it fails or does not exist. Never throws. */
export async function runCommand(command: readonly string[]): Promise<CommandResult> {
  const [program = '', ...words] = command;
  try {
    const { stdout, stderr } = await execute(program, words, {
      timeout: 20_000,
      windowsHide: true,
      maxBuffer: MAX_OUTPUT,
      env: environment(),
    });
    return { ok: true, output: `${stdout}${stderr}` };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const output = `${stdout}${stderr}`;
    const notFound = ['ENOENT', 'EACCES'].includes(errnoOf(error) ?? '');
    return { ok: false, output: output === '' && error instanceof Error ? error.message : output, notFound };
  }
}

/** The last line of a program's output, which usually names the failure; undefined when there is none. */
export function lastLine(output: string): string | undefined {
  const text = output.trim();
  return text === '' ? undefined : text.split('\n').at(-1);
}

/** Debian and others leave /usr/sbin, where ip and nft are, out of an ordinary user's PATH. */
function environment(): NodeJS.ProcessEnv {
  if (process.platform === 'win32') return process.env;
  return { ...process.env, PATH: `${process.env.PATH ?? '/usr/bin:/bin'}:/usr/local/sbin:/usr/sbin:/sbin`, LC_ALL: 'C' };
}
