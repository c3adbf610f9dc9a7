import type { Pycdlib } from '../pycdlib.ts';
import { put, type Fact, type Reading, type Sample, type TreeName } from '../types.ts';
import { withoutVersion } from './isoinfo.ts';

/** What pycdlib says of every tree. */
export async function readPycdlib(sample: Sample, pycdlib: Pycdlib): Promise<Reading> {
  const { error, trees = {} } = await pycdlib.ask({ do: 'read', path: sample.path });
  const read = Object.entries(trees).map(([name, entries]) => {
    const tree = new Map<string, Fact>();
    for (const { path, ...fact } of entries)
      put(tree, plainPath(path, fact.kind, name as TreeName), { ...fact, sha256: fact.sha256 ?? undefined });
    return [name as TreeName, tree] as const;
  });
  return { reader: 'pycdlib', trees: Object.fromEntries(read), refused: error };
}

function plainPath(path: string, kind: Fact['kind'], tree: TreeName): string {
  if (kind === 'folder' || (tree !== 'plain' && tree !== 'joliet')) return path;
  const at = path.lastIndexOf('/') + 1;
  return path.slice(0, at) + withoutVersion(path.slice(at), tree);
}
