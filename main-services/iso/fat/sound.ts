import { clusterBytes } from './geometry.ts';
import type { FatFile, FatVolume } from './fat-volume.ts';
import { chainOf, linkAt } from './table.ts';

/** A boot image is the same for all hosts: what is counted in it is counted once. */
function once<T>(count: (volume: FatVolume) => T): (volume: FatVolume) => T {
  const known = new WeakMap<FatVolume, { result: T }>();
  return (volume) => {
    const kept = known.get(volume) ?? { result: count(volume) };
    known.set(volume, kept);
    return kept.result;
  };
}

/**
 * Why nothing may be written into a file system, or undefined where each cluster belongs to one file, and to all of a file's size:
 * writing into a damaged one changes files that nobody named.
 */
export const damageOf = once((volume): string | undefined => {
  const { geometry, files, complete } = volume;
  if (!complete) return 'its folders are damaged';
  const taken = new Uint8Array(geometry.clusters + 2);
  const root = geometry.type === 32 ? [{ path: '/', first: geometry.rootCluster, directory: true, size: 0 }] : [];
  for (const file of [...root, ...files]) {
    const problem = claim(volume, file, taken);
    if (problem !== undefined) return problem;
  }
  return undefined;
});

type Owner = Pick<FatFile, 'path' | 'first' | 'directory' | 'size'>;

function claim({ geometry, table }: FatVolume, file: Owner, taken: Uint8Array): string | undefined {
  const { type, clusters } = geometry;
  if (file.first === 0 && file.size === 0 && !file.directory) return undefined;
  // One more than there are: a loop is as long as is asked for.
  const chain = chainOf(table, type, clusters, file.first, clusters + 1);
  if (!chain || chain.length > clusters || chain.length * clusterBytes(geometry) < file.size) return `its file ${file.path} is damaged`;
  for (const cluster of chain) {
    if (taken[cluster] === 1) return `its file ${file.path} shares clusters with another`;
    taken[cluster] = 1;
  }
  return undefined;
}

export const freeClusters = once(({ geometry, table }): number => {
  let free = 0;
  for (let cluster = 2; cluster < geometry.clusters + 2; cluster += 1) if (linkAt(table, geometry.type, cluster) === 0) free += 1;
  return free;
});
