import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const OUTPUT = join(import.meta.dirname, '../output');

/** Where built things stay between runs. Git-ignored. */
export const CACHE = join(OUTPUT, 'lab-cache');
/** Where each run keeps its logs and captures. */
export const RUNS = join(OUTPUT, 'lab');

/** Builds that run, by target: scenarios that run beside each other share them. */
const building = new Map<string, Promise<string>>();

/**
 * A file that is built once per content of its inputs: `build` writes it into the work folder it is given, it lands under
 * the cache by rename, so a broken build leaves nothing behind.
 */
export function cached(
  name: string,
  inputs: readonly (string | Uint8Array)[],
  build: (file: string, work: string) => Promise<void>,
): Promise<string> {
  const key = createHash('sha256');
  for (const input of inputs) key.update(input).update('\0');
  const target = join(CACHE, `${key.digest('hex').slice(0, 12)}-${name}`);
  const running = building.get(target);
  if (running) return running;
  if (existsSync(target)) return Promise.resolve(target);
  const built = buildInto(target, name, build).finally(() => building.delete(target));
  building.set(target, built);
  return built;
}

async function buildInto(target: string, name: string, build: (file: string, work: string) => Promise<void>): Promise<string> {
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(CACHE, 'tmp-'));
  try {
    const file = join(work, name);
    await build(file, work);
    renameSync(file, target);
    return target;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A file's bytes, as an input of `cached`. */
export function bytesOf(...path: string[]): Uint8Array {
  return readFileSync(join(...path));
}
