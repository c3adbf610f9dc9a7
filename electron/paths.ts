import { join } from 'node:path';

/** Where the program's own files are. */
export interface Paths {
  readonly root: string;
  readonly worker: string;
  /** The same file outside of the archive; absent where there is none. */
  readonly unpackedWorker?: string;
  /** Stands in for flags that are not given, below the real environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * `mainDir` is out/main; `resourcesDir` is given in a package, where root is the archive app.asar. What the appliance serves by
 * offset must be real files there: the boot files are next to the archive, the UI is unpacked from it.
 */
export function pathsOf(mainDir: string, resourcesDir: string | undefined): Paths {
  const root = join(mainDir, '..', '..');
  const worker = join(mainDir, 'thread.js');
  if (resourcesDir === undefined) return { root, worker, environment: {} };
  const environment = {
    BOOTBENCH_BOOT_FILES_DIR: join(resourcesDir, 'boot-files'),
    BOOTBENCH_UI_DIR: join(resourcesDir, 'app.asar.unpacked', 'out', 'renderer'),
  };
  return { root, worker, unpackedWorker: join(resourcesDir, 'app.asar.unpacked', 'out', 'main', 'thread.js'), environment };
}
