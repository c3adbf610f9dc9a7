import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const SOURCE_FILE = /\.(ts|tsx|js|mjs)$/;
const SKIPPED_FOLDERS = new Set(['node_modules', 'out', 'dist', 'resources', 'test/output']);

/** A path below the repository with forward slashes, as the tables write it. */
export function projectPath(file: string): string {
  return relative(root, file).replaceAll('\\', '/');
}

/** All source files of the repository as project paths, sorted. */
export function sourceFiles(folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) return entry.name.startsWith('.') || SKIPPED_FOLDERS.has(path) ? [] : sourceFiles(path);
      return SOURCE_FILE.test(entry.name) ? [path] : [];
    })
    .sort();
}

/** What a source text imports, as written: types, dynamic imports, and what it loads by a function named `requirePackage`. */
export function importsOf(text: string): string[] {
  const imported = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  const required = [...text.matchAll(/\brequirePackage\('([^']+)'\)/g)].map(([, name = '']) => name);
  return [...imported, ...required];
}

/** The imports of a file of the repository. */
export function importsOfFile(path: string): string[] {
  return importsOf(readFileSync(join(root, path), 'utf8'));
}

export function isRelative(specifier: string): boolean {
  return specifier.startsWith('.');
}

/** The project path that a relative specifier means; a query such as `?raw` is dropped. */
export function resolveImport(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier.replace(/\?.*$/, ''));
}

/** The npm package of a specifier: `@scope/name/sub` is `@scope/name`; every `node:` module is `node:`. */
export function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:';
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The folder a file is in; a file at the top is its own room. */
export function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? path : folder;
}
