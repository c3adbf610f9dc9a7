import { posix } from 'node:path';
import type { FileRef, Medium, Place } from './medium.ts';

/** Names of configurations in a text, with the device or variable before them: `($root)/boot/grub/loopback.cfg`, `${prefix}/a.cfg`. */
const NAMED = /(?:\([^)\s]*\)|\$\{?\w+\}?)?[\w./\\@+~-]*\.(?:cfg|conf)\b/gi;
const MOST = 5000;

/** The configurations that a first one names, and those that these name. A name with a device or variable is looked for everywhere. */
export async function reachedFrom(medium: Medium, firsts: readonly FileRef[]): Promise<FileRef[]> {
  const found = new Map<string, FileRef>();
  const queue = [...firsts];
  for (let ref = queue.shift(); ref && found.size < MOST; ref = queue.shift()) {
    if (found.has(keyOf(ref))) continue;
    found.set(keyOf(ref), ref);
    const text = (await placeOf(medium, ref)?.read(ref.path)) ?? '';
    queue.push(...namedIn(medium, text, ref));
  }
  return [...found.values()];
}

export function placeOf({ tree, images }: Medium, { fat }: { readonly fat?: number }): Place | undefined {
  return fat === undefined ? tree : images.get(fat);
}

export function keyOf({ path, fat }: FileRef): string {
  return `${fat ?? 'iso'} ${path.toLowerCase()}`;
}

/** The files that a text names, as seen from a file of this path. */
export function namedIn(medium: Medium, text: string, from: FileRef): FileRef[] {
  const own = placeOf(medium, from) ?? medium.tree;
  const places = [own, ...[medium.tree, ...medium.images.values()].filter((place) => place !== own)];
  return [...text.replace(/^[ \t]*#.*$/gm, '').matchAll(NAMED)].flatMap(([name]) => {
    const plain = name.replaceAll('\\', '/').replace(/^(?:\([^)]*\)|\$\{?\w+\}?)/, '');
    const folders = [posix.dirname(`/${from.path}`), '/', '/boot/grub', '/boot/grub2'];
    const paths = name.startsWith('/') ? [plain, posix.join(folders[0] ?? '/', plain)] : folders.map((folder) => posix.join(folder, plain));
    return firstOf(places, plain === name ? paths : [plain, ...paths]);
  });
}

/** The first of the paths that is there, in the first place that has it. */
export function firstOf(places: readonly Place[], paths: readonly string[]): FileRef[] {
  for (const place of places) {
    for (const path of paths) {
      const found = place.find(path);
      if (found !== undefined) return [place.fat === undefined ? { path: found } : { path: found, fat: place.fat }];
    }
  }
  return [];
}
