import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reached } from './corpus.ts';
import { hashOf } from './search.ts';

const fuzz = dirname(dirname(fileURLToPath(import.meta.url)));
/** Where a run leaves its report and what it found. */
export const OUTPUT = join(dirname(fuzz), 'output', 'fuzz');

/** The inputs of `corpus/` or `findings/` for a target, by name, so that each run begins the same way. */
export function inputsOf(kind: 'corpus' | 'findings', target: string): Uint8Array[] {
  const folder = join(fuzz, kind, target);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).sort();
  return names.map((name) => readFileSync(join(folder, name)));
}

/** Replaces a target's corpus. */
export function keepCorpus(target: string, inputs: readonly Reached[]): void {
  const folder = join(fuzz, 'corpus', target);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { input } of inputs) writeFileSync(join(folder, hashOf(input)), input);
}

/** Saves an input that was found; the path. */
export function saveFinding(target: string, input: Uint8Array): string {
  const folder = join(OUTPUT, 'findings', target);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, hashOf(input));
  writeFileSync(path, input);
  return path;
}
