import { runCli } from '../../../cli/cli.ts';

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
    env: { BOOTBENCH_DATA_DIR: dataDir },
    platform: 'linux',
    cwd,
    home: '/nonexistent',
    root: '/nonexistent',
    signal,
  });
  return { code, out, err };
}
