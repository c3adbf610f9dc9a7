import { importsOfFile, isRelative, resolveImport, sourceFiles } from './project.ts';

/** Files and the files they import, both as project paths. */
export type Graph = ReadonlyMap<string, readonly string[]>;

let cached: Map<string, readonly string[]> | undefined;

/** The import graph of the repository, read once per run. */
export function projectGraph(): Map<string, readonly string[]> {
  cached ??= new Map(sourceFiles().map((file) => [file, targetsOf(file, importsOfFile(file))]));
  return cached;
}

/** The files that a file's specifiers mean; packages are left out. */
export function targetsOf(file: string, specifiers: readonly string[]): string[] {
  return specifiers.filter(isRelative).map((specifier) => resolveImport(file, specifier));
}

/**
 * The shortest way from one file to another along imports, both ends included; undefined where there is none.
 * Breadth first.
 */
export function pathBetween(graph: Graph, from: string, to: string): string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[from, undefined]]);
  for (const file of cameFrom.keys()) {
    if (file === to) return wayBack(cameFrom, file);
    for (const target of graph.get(file) ?? []) if (!cameFrom.has(target)) cameFrom.set(target, file);
  }
  return undefined;
}

function wayBack(cameFrom: ReadonlyMap<string, string | undefined>, end: string): string[] {
  const path: string[] = [];
  for (let file: string | undefined = end; file !== undefined; file = cameFrom.get(file)) path.unshift(file);
  return path;
}
