import { join, resolve } from 'node:path';

/** The surroundings of a command line. */
export interface DataDirSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly cwd: string;
  readonly home: string;
}

/** `--data-dir`, BOOTBENCH_DATA_DIR, or the platform's place for a program's data. Absolute. */
export function dataDirOf(flag: unknown, place: DataDirSource): string {
  const asked = typeof flag === 'string' ? flag : place.env.BOOTBENCH_DATA_DIR;
  return resolve(place.cwd, asked ?? defaultDataDir(place));
}

export function defaultDataDir({ platform, env, home }: Omit<DataDirSource, 'cwd'>): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'Bootbench');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Bootbench');
  const data = env.XDG_DATA_HOME;
  // The base-directory specification: a relative path is to be ignored.
  return join(data?.startsWith('/') ? data : join(home, '.local', 'share'), 'bootbench');
}
