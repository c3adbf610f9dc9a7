import type { Difference, Undamaged } from './compare.ts';
import { isSame, type Damage } from './damage.ts';
import type { ReaderName, Tree, TreeName } from './types.ts';

/** Why a difference is none: what the other reader does, and which section says that ours is right or free to differ. */
export interface Explanation {
  readonly id: string;
  /** Readers that it is about; all of a difference must be among them. */
  readonly readers: readonly ReaderName[];
  readonly reason: string;
  readonly when: (difference: Difference) => boolean;
}

export const ANY: readonly ReaderName[] = ['xorriso', 'isoinfo', '7z', 'pycdlib'];

/**
 * Differences of one ISO with wrong bytes, each by which bytes of which entry they are. None of them explains an entry that our reader no
 * longer shows although its bytes are as they were: such a one is a fault whatever other readers say (`Damages.lost`).
 */
export const DAMAGE_RULES: readonly Explanation[] = [
  {
    id: 'as-before',
    readers: ANY,
    reason: 'Ours shows this entry as it did before bytes were changed; the others leave it out, or no byte that it needs was changed.',
    when: (difference) => {
      const { known, tree, path, field, own } = difference;
      if (!known || tree === 'iso' || !known.damages.isAsBefore(known.before.trees[tree], own.trees[tree], path)) return false;
      return known.before.trees[tree]?.has(path) === true && (field === 'extra' || known.damages.isIntact(tree, path));
    },
  },
  {
    id: 'damaged-record',
    readers: ['xorriso', 'isoinfo', '7z'],
    reason:
      'A record whose length or length of name (ECMA-119 §9.1.1, §9.1.11) is wrong does not hold its name, and a wrong length hides the records behind it in its sector: ours leaves them out, as Linux does; others read the name from the next record.',
    when: whereDamaged(
      ['missing', 'extra'],
      ({ part, field }) =>
        (part === 'record' && field === 'name-length') || ((part === 'record' || part === 'before') && field === 'length'),
    ),
  },
  {
    id: 'damaged-folder-length',
    readers: ANY,
    reason:
      'Where the length of a folder (ECMA-119 §9.1.4) is wrong, ours lists what is within it, as Linux does; others read whole sectors, or none.',
    when: (difference) => {
      const { known, tree, path, field } = difference;
      if (!known || tree === 'iso' || known.damages.isIntact(tree, path)) return false;
      return (
        whereDamaged(['missing', 'extra'], ({ newSize }) => newSize !== undefined)(difference) &&
        (field === 'missing' || !known.before.trees[tree]?.has(path))
      );
    },
  },
  {
    id: 'damaged-name',
    readers: ANY,
    reason:
      'An entry of Rock Ridge that is damaged or hidden by damage (SUSP §4.1) gives no name: ours shows the file under its plain name, as Linux does; others show the name of the damaged entry, or the plain name with its version.',
    when: (difference) => {
      const { known, tree, path, field, own, other } = difference;
      if (!known || tree !== 'rock-ridge' || (field !== 'missing' && field !== 'extra')) return false;
      // What only they show, ours shows by another name; what only ours shows was there before, and is not another file.
      return field === 'missing'
        ? hasRenamed(known, path, other, own.trees[tree])
        : hasRenamed(known, path, own.trees[tree], known.before.trees[tree]);
    },
  },
  {
    id: 'damaged-self',
    readers: ANY,
    reason:
      'The records . and .. of a folder are known by their names (ECMA-119 §7.6.2): one whose name is wrong is a folder of that name to ours, as to Linux; others go by their order.',
    when: ({ known, tree, path, field, ours }) =>
      tree !== 'iso' &&
      field === 'extra' &&
      ours === 'folder' &&
      known?.before.trees[tree]?.has(path) === false &&
      known.damages
        .of(tree, path)
        .some(
          (damage) => (damage.part === 'self' || damage.part === 'parent') && damage.field === 'name' && damage.path === folderOf(path),
        ),
  },
  {
    id: 'damaged-self-length',
    readers: ['isoinfo', '7z', 'xorriso'],
    reason:
      'A record . or .. whose length of name (ECMA-119 §7.6.2, §9.1.11) is wrong may have no name: ours leaves it out, others show a folder without one.',
    when: ({ known, tree, path, field, theirs }) =>
      tree !== 'iso' &&
      field === 'missing' &&
      theirs === 'folder' &&
      path.slice(path.lastIndexOf('/') + 1) === '' &&
      known?.damages
        .of(tree, path)
        .some(
          (damage) =>
            (damage.part === 'self' || damage.part === 'parent') && damage.field === 'name-length' && damage.path === folderOf(path),
        ) === true,
  },
  {
    id: 'damaged-piece',
    readers: ['isoinfo', '7z'],
    reason:
      'The pieces of a file have the same name (ECMA-119 §6.5.1): one whose name is damaged is a file of its own to ours, as to Linux, here with the same name of Rock Ridge; others take it for a piece, or show one file of a name.',
    when: ({ known, tree, path, field, ours }) => {
      const [, whole] = /^(.+) \(\d+\)$/.exec(path) ?? [];
      if (tree === 'iso' || whole === undefined || field !== 'extra' || !ours.startsWith('file')) return false;
      const isNameChanged = known?.damages.of(tree, whole).some((damage) => damage.path === whole && damage.field === 'name');
      return isNameChanged === true && known?.before.trees[tree]?.get(whole)?.note === 'pieces';
    },
  },
  {
    id: 'damaged-link',
    readers: ANY,
    reason:
      'What is left of a symbolic link whose entry is damaged (RRIP §4.1.3) is not defined: ours shows the components that are whole, others a part of the damaged one, or a file.',
    when: ({ known, tree, path, field, ours, theirs }) =>
      tree === 'rock-ridge' &&
      (field === 'target' || field === 'kind') &&
      (ours.startsWith('link') || theirs.startsWith('link')) &&
      known?.damages.of(tree, path).some((damage) => damage.path === path && isSystemUse(damage)) === true,
  },
  {
    id: 'attribute-record',
    readers: ['isoinfo', 'pycdlib', '7z', 'xorriso'],
    reason:
      'The bytes of a file or folder begin behind its extended attribute record (ECMA-119 §9.1.2): ours and Linux count it; others do not know it.',
    when: whereDamaged(
      ['missing', 'extra', 'at', 'sha256'],
      ({ part, field }) => (part === 'record' || part === 'descriptor') && field === 'attributes',
    ),
  },
];

/** Differences in these fields, of an entry for which a byte is changed that the condition names. */
function whereDamaged(fields: readonly Difference['field'][], is: (damage: Damage) => boolean): Explanation['when'] {
  return ({ known, tree, path, field }) => tree !== 'iso' && fields.includes(field) && known?.damages.of(tree, path).some(is) === true;
}

function isSystemUse({ part, field }: Damage): boolean {
  return field === 'system-use' && (part === 'record' || part === 'continuation');
}

/**
 * Whether the second tree has what the first has at this path, by another name: every part of the path is the same, or one of a record whose
 * system use area is damaged.
 */
function hasRenamed(known: Undamaged, path: string, first: Tree | undefined, second: Tree | undefined): boolean {
  const fact = first?.get(path);
  const parts = path.split('/');
  return [...(second ?? [])].some(([found, itsFact]) => {
    const others = found.split('/');
    if (found === path || others.length !== parts.length || !fact || !isSame(fact, itsFact)) return false;
    return parts.every((part, index) => {
      if (part === others[index]) return true;
      const [one, two] = [parts, others].map((all) => all.slice(0, index + 1).join('/')) as [string, string];
      return isNameDamaged(known, 'rock-ridge', one) || isNameDamaged(known, 'rock-ridge', two);
    });
  });
}

/** Whether this was the name of an entry whose Rock Ridge is damaged; of another name, whether one of its folder is. */
function isNameDamaged({ damages }: Undamaged, tree: TreeName, path: string): boolean {
  return damages.of(tree, path).some((damage) => isSystemUse(damage) && folderOf(damage.path) === folderOf(path));
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
