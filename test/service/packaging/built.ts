import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const PROJECT = join(import.meta.dirname, '..', '..', '..');
export const at = (...path: string[]): string => join(PROJECT, ...path);

/** A build of everything on a busy machine: the limit of each hook that calls ensureBuilt. */
export const BUILD_TIMEOUT_MS = 120_000;

/** Builds only where nothing is built: `npm test` builds first. In a hook, which has BUILD_TIMEOUT_MS for it. */
export function ensureBuilt(): void {
  if (existsSync(at('out', 'main', 'index.js'))) return;
  const { status, stderr } = spawnSync('node', [at('scripts', 'build.mjs')], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The build failed: ${stderr}`);
}

export function built(path: string): string {
  ensureBuilt();
  return readFileSync(at('out', path), 'utf8');
}
