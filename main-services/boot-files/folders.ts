import { join } from 'node:path';

/** Where an installed program puts boot files, because its own folder is read-only. Its files are served before the program's. */
export function userBootFiles(dataDir: string): string {
  return join(dataDir, 'boot-files');
}
