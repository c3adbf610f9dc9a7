import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Counters } from './counters.ts';
import { instrument } from './instrument.ts';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** What was instrumented so far in this thread. */
export interface Program {
  blocks: number;
  readonly functions: number[];
  readonly literals: Set<string | number>;
  /** The file of each block, by the first number of the file. */
  readonly files: { readonly path: string; readonly first: number; readonly blocks: number }[];
}

/**
 * From now on the project's files under `covers` are instrumented when they are loaded. As in vite, `?raw` is a file's text, and JSON
 * needs no attribute.
 */
export function instrumentImports(counters: Counters, covers: readonly string[]): Program {
  const program: Program = { blocks: 0, functions: [], literals: new Set(), files: [] };
  Object.assign(globalThis, { fuzz: counters });
  registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context);
      const isOurs = /\.json$|\?raw$/.test(specifier) && !resolved.url.includes('/node_modules/');
      return isOurs ? { ...resolved, format: 'module', importAttributes: {} } : resolved;
    },
    load: (url, context, next) => {
      if (url.endsWith('?raw')) return module(`export default ${JSON.stringify(readFileSync(new URL(url.slice(0, -4)), 'utf8'))};`);
      if (url.endsWith('.json') && !url.includes('/node_modules/')) return module(`export default ${readFileSync(new URL(url), 'utf8')};`);
      const path = url.startsWith('file:') ? relative(root, fileURLToPath(url)).replaceAll('\\', '/') : '';
      if (!path.endsWith('.ts') || !covers.some((covered) => path.startsWith(covered))) return next(url, context);
      const made = instrument(readFileSync(join(root, path), 'utf8'), path, program.blocks);
      program.files.push({ path, first: program.blocks, blocks: made.blocks });
      program.blocks += made.blocks;
      program.functions.push(...made.functions);
      for (const literal of made.literals) program.literals.add(literal);
      return module(made.code);
    },
  });
  return program;
}

function module(source: string): { format: 'module'; source: string; shortCircuit: true } {
  return { format: 'module', source, shortCircuit: true };
}
