import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How this system's own packages are reached. */
export type PackageManager = 'apt' | 'dnf';

/** Which distribution this is, from os-release(5), and the folder that its configuration is in. */
export interface System {
  /** `/etc`, or another folder in tests. */
  readonly etc: string;
  readonly release: Readonly<Record<string, string>>;
}

export async function readSystem(etc = '/etc'): Promise<System> {
  const text = await readFile(join(etc, 'os-release'), 'utf8').catch(() => '');
  return {
    etc,
    release: Object.fromEntries([...text.matchAll(/^([A-Z_]+)=["']?([^"'\n]*)["']?$/gm)].map(([, name = '', value = '']) => [name, value])),
  };
}

/** The distributions that a release is or is based on, such as `pop ubuntu debian`. Pure. */
export function familyOf({ release }: System): readonly string[] {
  return `${release.ID ?? ''} ${release.ID_LIKE ?? ''}`.split(/\s+/).filter((name) => name !== '');
}

/** The package manager to use; undefined for systems without packages of boot files that Bootbench knows. Pure. */
export function packageManagerOf(system: System): PackageManager | undefined {
  const family = familyOf(system);
  if (family.some((name) => ['debian', 'ubuntu'].includes(name))) return 'apt';
  return family.some((name) => ['fedora', 'rhel', 'centos'].includes(name)) ? 'dnf' : undefined;
}

/** The texts of the files of a folder below `etc` with one of these extensions, by name. */
export async function textsIn(etc: string, folder: string, extensions: readonly string[]): Promise<{ path: string; text: string }[]> {
  const names = await readdir(join(etc, folder)).catch(() => []);
  const paths = names
    .filter((name) => extensions.some((extension) => name.endsWith(extension)))
    .sort()
    .map((name) => join(etc, folder, name));
  return Promise.all(paths.map(async (path) => ({ path, text: await readFile(path, 'utf8').catch(() => '') })));
}
