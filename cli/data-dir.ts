import { join, resolve } from 'node:path';
import type { Args, Io } from './command.ts';

/** `--data-dir`, BOOTBENCH_DATA_DIR, or the platform's place for a program's data. Absolute. */
export function dataDirOf(args: Args, io: Io): string {
  return resolve(io.cwd, args.text('data-dir') ?? io.env.BOOTBENCH_DATA_DIR ?? defaultDataDir(io));
}

export function defaultDataDir({ platform, env, home }: Pick<Io, 'platform' | 'env' | 'home'>): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'Bootbench');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Bootbench');
  const data = env.XDG_DATA_HOME;
  // The base-directory specification: a relative path is to be ignored.
  return join(data?.startsWith('/') ? data : join(home, '.local', 'share'), 'bootbench');
}
