import { expect, it } from 'vitest';
import { FOLDERS } from '../../../lint/folders.ts';
import { pathBetween, projectGraph } from '../../../lint/graph.ts';
import { folderOf } from '../../../lint/project.ts';

const used = new Map<string, Set<string>>();
for (const [file, targets] of projectGraph()) {
  const folder = folderOf(file);
  const known = used.get(folder) ?? new Set();
  for (const target of targets) known.add(folderOf(target));
  used.set(folder, known);
}

it('lists only folders that have source files', () => {
  expect(Object.keys(FOLDERS).filter((folder) => !used.has(folder))).toEqual([]);
});

it('lists only imports that exist, but for contract/ and util/ and what all of a group may import', () => {
  const common = ['contract', 'util', 'renderer/store', 'renderer/ui', 'renderer/format', 'renderer/model'];
  const unused = Object.entries(FOLDERS).flatMap(([folder, targets]) =>
    targets.filter((target) => !common.includes(target) && !used.get(folder)?.has(target)).map((target) => `${folder} → ${target}`),
  );
  expect(unused).toEqual([]);
});

/** A room of main-services, or of iso/, with all its sub-folders; each feature of the window. */
function roomOf(folder: string): string {
  const parts = folder.split('/');
  if (folder.startsWith('main-services/iso/') || folder.startsWith('renderer/features/')) return parts.slice(0, 3).join('/');
  return parts.slice(0, ['main-services', 'renderer'].includes(parts[0] ?? '') ? 2 : 1).join('/');
}

it('has no two rooms that import each other, not through others either', () => {
  const rooms = new Map<string, string[]>();
  for (const [folder, targets] of Object.entries(FOLDERS)) {
    const others = targets.map(roomOf).filter((room) => room !== roomOf(folder));
    rooms.set(roomOf(folder), [...(rooms.get(roomOf(folder)) ?? []), ...others]);
  }
  const cycles = [...rooms].flatMap(([room, targets]) =>
    targets.flatMap((target) => pathBetween(rooms, target, room)?.concat(target).join(' → ') ?? []),
  );
  expect(cycles).toEqual([]);
});
