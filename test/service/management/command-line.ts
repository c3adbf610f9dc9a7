import { runCli } from '../../../cli/cli.ts';
import type { Terminal } from '../../../cli/terminal.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** The working directory, and the data directory unless that is said too. */
  readonly cwd: string;
  readonly dataDir?: string;
  readonly signal?: AbortSignal;
  readonly onOut?: (text: string) => void;
}

/** One command line of `bootbench`, in this process, as on a Linux computer that has no settings of its own. */
export async function runCommandLine(argv: readonly string[], options: RunOptions): Promise<Ran> {
  const { cwd, dataDir = cwd, signal = new AbortController().signal } = options;
  let out = '';
  let err = '';
  const code = await runCli([...argv], {
    stdout: (text) => {
      out += text;
      options.onOut?.(text);
    },
    stderr: (text) => (err += text),
    terminal: pipe((text) => {
      out += text;
      options.onOut?.(text);
    }),
    env: { BOOTBENCH_DATA_DIR: dataDir },
    platform: 'linux',
    cwd,
    home: '/nonexistent',
    root: '/nonexistent',
    signal,
  });
  return { code, out, err };
}

/** Output to a program. */
function pipe(write: (text: string) => void): Terminal {
  return {
    isInteractive: false,
    name: undefined,
    write: (bytes) => {
      write(Buffer.from(bytes).toString());
      return Promise.resolve();
    },
    readKeys: () => {
      throw new Error('a pipe has no keys');
    },
  };
}
