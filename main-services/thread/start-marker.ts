import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import packageJson from '../../package.json' with { type: 'json' };

const Marker = z.object({ version: z.string() });

/** In the data directory while the services start in a thread. A start that ends the whole program leaves it behind. */
export interface StartMarker {
  /** The last start of this version in a thread ended the program: a native module aborted it, or it was killed meanwhile. */
  readonly endedProgram: boolean;
  set(): void;
  remove(): void;
}

/** `version` is that of Bootbench and of the runtime: another one may load what this one could not. */
export function startMarker(dataDir: string, version = currentVersion()): StartMarker {
  const path = join(dataDir, 'starting.json');
  let isSet = false;
  const remove = (): void => {
    if (!isSet) return;
    isSet = false;
    process.off('exit', remove);
    quietly(() => rmSync(path, { force: true }));
  };
  return {
    endedProgram: readMarker(path) === version,
    set() {
      isSet = true;
      // A program that ends itself was not aborted.
      process.once('exit', remove);
      quietly(() => writeFileSync(path, JSON.stringify({ version }), { mode: 0o600 }));
    },
    remove,
  };
}

function currentVersion(): string {
  const electron = (process.versions as Record<string, string | undefined>).electron;
  return [packageJson.version, electron ?? 'no Electron', process.version, process.platform, process.arch].join(' ');
}

function readMarker(path: string): string | undefined {
  try {
    return Marker.parse(JSON.parse(readFileSync(path, 'utf8'))).version;
  } catch {
    return undefined;
  }
}

/** A data directory that cannot be written is reported by the appliance itself. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // Without a marker the next start tries the thread again.
  }
}
