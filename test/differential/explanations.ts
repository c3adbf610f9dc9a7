import type { Difference } from './compare.ts';
import { isSame } from './damage.ts';
import { ANY, DAMAGE_RULES, type Explanation } from './damage-rules.ts';
import { NAME_RULES, shownBy } from './names.ts';
import { SECTOR, type Fact, type Tree } from './types.ts';

const NAMES: readonly Explanation[] = NAME_RULES.map(({ id, reader, reason }) => ({
  id,
  readers: [reader],
  reason,
  when: ({ field, theirs }) => field === 'name' && theirs === id,
}));

/** Every difference that is not a fault of ours. One that no row explains fails the run. */
export const EXPLANATIONS: readonly Explanation[] = [
  ...NAMES,
  {
    id: 'added-by-writer',
    readers: ['written'],
    reason: 'Writers add the boot catalogue (El Torito §2.0) and the folder for moved folders (RRIP §4.1.5), which the tree did not have.',
    when: ({ field, path }) => field === 'extra' && /^(bootbench\.cat|boot\.catalog|\.?rr_moved(\/.*)?)$/i.test(path),
  },
  {
    id: 'xorriso-catalogue',
    readers: ['xorriso'],
    reason:
      'xorriso writes a new boot catalogue with each session and may show the old one as an empty file; its record has a size (ECMA-119 §9.1.4).',
    when: ({ field, path, theirs }) => field === 'size' && /(^|\/)boot\w*\.cat\w*$/i.test(path) && theirs.startsWith('file size 0'),
  },
  {
    id: 'xorriso-zisofs',
    readers: ['xorriso'],
    reason:
      'xorriso shows what a compressed file (ZF of zisofs) unpacks to; our reader shows the bytes of its record, as boot loaders read them.',
    when: ({ field, ...difference }) => (field === 'size' || field === 'sha256') && ours(difference)?.note === 'compressed',
  },
  {
    id: 'pycdlib-zisofs',
    readers: ['pycdlib'],
    reason:
      'pycdlib refuses ISOs with an entry of the system use area that it does not know (ZF of zisofs); SUSP §4.1: it is to be ignored.',
    when: ({ field, theirs, own }) =>
      field === 'refused' && theirs.includes('Unknown SUSP record') && hasNote(own.trees['rock-ridge'], 'compressed'),
  },
  {
    id: 'file-sections',
    readers: ['isoinfo', 'pycdlib'],
    reason: 'isoinfo and pycdlib show each record of a file in several sections (ECMA-119 §6.5.1) as a file; the file is all of them.',
    when: (difference) => (difference.field === 'size' || difference.field === 'missing') && sectionsOf(difference)?.note === 'pieces',
  },
  {
    id: 'same-name',
    readers: ['written', ...ANY],
    reason:
      'Two records of one name in a folder, which pycdlib and genisoimage -d write against ECMA-119 §9.3: ours shows both, in their order; xorriso gives one another name, and others another order. All that they show is among ours.',
    when: isOfSameName,
  },
  {
    id: 'moved-folders',
    readers: ['isoinfo', '7z'],
    reason:
      'isoinfo and 7z show a folder that Rock Ridge moved (CL, RRIP §4.1.5) where it was moved to, and an empty file where it belongs.',
    when: isMoved,
  },
  {
    id: '7z-continuation',
    readers: ['7z'],
    reason:
      '7z reads no continuation of a system use area (CE, SUSP §5.1): long names are cut, and the targets of long links are not seen.',
    when: isCut,
  },
  {
    id: '7z-other-version',
    readers: ['7z'],
    reason: '7z leaves out version 1 only; a file may have a version up to 32767, which is not its name (ECMA-119 §7.5.1).',
    when: ({ field, tree, path, other }) =>
      (tree === 'plain' || tree === 'joliet') &&
      ((field === 'missing' && /;\d+$/.test(path)) ||
        (field === 'extra' && [...(other?.keys() ?? [])].some((name) => name.startsWith(`${path};`) || name.startsWith(`${path}.;`)))),
  },
  {
    id: '7z-link-slash',
    readers: ['7z'],
    reason: '7z puts a slash behind the components . and .. of a symbolic link (RRIP §4.1.3.1), which have none.',
    when: ({ field, ours: mine, theirs }) => field === 'target' && theirs === `${mine}/`,
  },
  {
    id: 'root-component',
    readers: ['pycdlib', 'isoinfo', 'xorriso'],
    reason: 'Readers leave out different parts around the root component of a symbolic link (RRIP §4.1.3.1).',
    when: ({ field, ours: mine }) => field === 'target' && /^link target (\/|.*\/\/.*)$/.test(mine),
  },
  {
    id: 'pycdlib-versions',
    readers: ['pycdlib'],
    reason: 'pycdlib writes ISOs with Rock Ridge 1.12 that it refuses itself, for a folder’s PX that has another length (RRIP §4.1.1).',
    when: ({ field, theirs }) => field === 'refused' && theirs.includes('Inconsistent Rock Ridge versions'),
  },
  {
    id: 'pycdlib-semicolon',
    readers: ['pycdlib'],
    reason:
      'pycdlib refuses ISOs with a semicolon within a name (xorriso -relaxed-filenames): it takes what follows for the version (ECMA-119 §7.5.1).',
    when: ({ field, theirs, own }) =>
      field === 'refused' &&
      theirs.includes('invalid literal for int') &&
      [...(own.trees.plain?.keys() ?? [])].some((path) => path.includes(';')),
  },
  {
    id: 'pycdlib-moved',
    readers: ['pycdlib'],
    reason:
      'pycdlib shows the record that holds the place of a moved folder (RRIP §4.1.5.1) as an empty file; ours shows the size that is recorded.',
    when: ({ field, tree, theirs, own }) =>
      field === 'size' && tree === 'plain' && theirs === 'file size 0' && hasNote(own.trees['rock-ridge'], 'moved'),
  },
  {
    id: 'pycdlib-moved-long',
    readers: ['pycdlib'],
    reason:
      'pycdlib does not find some folders that Rock Ridge moved (CL, RRIP §4.1.5) in ISOs of genisoimage, and shows empty files in their place.',
    when: (difference) =>
      difference.sample.maker.startsWith('genisoimage') &&
      (difference.field === 'kind' || difference.field === 'extra') &&
      isMoved(difference),
  },
  {
    id: 'pycdlib-not-bootable',
    readers: ['pycdlib'],
    reason: 'pycdlib refuses a boot catalogue with a section entry that is not bootable, which the specification allows (El Torito §2.4).',
    when: ({ field, theirs }) => field === 'refused' && theirs.includes('El Torito section header specified'),
  },
  {
    id: 'genisoimage-udf-255',
    readers: ['pycdlib', '7z'],
    reason:
      'genisoimage -udf writes a name of 255 characters with the length 0, which has one byte (ECMA-167 4/14.4.4): pycdlib refuses the disc or shows an empty name, as 7z does; ours shows none.',
    when: ({ field, theirs, tree, path, own }) =>
      (field === 'refused' && theirs.includes('Reserved data not 0') && own.trees.udf !== undefined) ||
      (field === 'missing' && tree === 'udf' && /(^|\/)(\[\])?$/.test(path)),
  },
  {
    id: 'genisoimage-joliet-no-name',
    readers: ['xorriso', 'isoinfo', '7z', 'pycdlib'],
    reason:
      'genisoimage -J writes some file with a name of one byte 0, which is no name in UCS-2 (Joliet §3) but that of the folder itself (ECMA-119 §7.6.2): others show a file without a name, or the folder twice.',
    when: ({ field, tree, path, theirs, own, sample }) =>
      sample.maker.startsWith('genisoimage') &&
      tree === 'joliet' &&
      field === 'missing' &&
      (theirs.startsWith('file size') || theirs === 'folder') &&
      own.trees.joliet?.get(path.replace(/(\/| \(2\))$/, ''))?.kind === 'folder',
  },
  {
    id: 'genisoimage-long-link',
    readers: ['written', 'xorriso', 'isoinfo', 'pycdlib'],
    reason:
      'genisoimage writes more components into the entry of a symbolic link than its length of one byte can say (RRIP §4.1.3): ours ends the link there; isoinfo reads on, pycdlib refuses the ISO, and xorriso shows other folders without Rock Ridge.',
    when: ({ field, theirs, readers, sample, ours: mine }) =>
      sample.maker.startsWith('genisoimage') &&
      hasOverlongLink(sample.bytes) &&
      ((field === 'target' && mine.startsWith('link')) ||
        (field === 'refused' && theirs.includes('Invalid RR version')) ||
        (field === 'extra' && readers[0] === 'xorriso')),
  },
  {
    id: 'boot-platform',
    readers: ['xorriso'],
    reason: 'Our reader calls an entry BIOS only if it is the default one, which is all that BIOSes boot (El Torito §2.1).',
    when: ({ tree, field, ours: mine }) => tree === 'boot' && field === 'target' && mine.includes('target other'),
  },
  {
    id: 'truncated',
    readers: ANY,
    reason: 'An ISO that is shorter than its volume (ECMA-119 §8.4.8) is a download that was cut off; others read what there is.',
    when: ({ field, own, sample }) => field === 'refused' && own.refused !== undefined && isShorter(sample.bytes),
  },
  {
    id: 'control-characters',
    readers: ANY,
    reason:
      'Names with control characters, or characters that plain names do not have, cannot be told from the rest of what the other readers print.',
    when: ({ path, tree, sample }) =>
      sample.mutations.length > 0 && (/[\0-\x1f\x7f-\x9f\ufffd]/.test(path) || (tree === 'plain' && /[^ -~]/.test(path))),
  },
  {
    id: 'block-size',
    readers: ANY,
    reason:
      'Our reader refuses blocks of other than 2048 bytes (ECMA-119 §8.4.12); no disc has them, and others take 2048 whatever is written.',
    when: ({ field, own, sample }) =>
      field === 'refused' && own.refused !== undefined && sample.bytes.readUInt16LE(16 * SECTOR + 128) !== SECTOR,
  },
  ...DAMAGE_RULES,
  {
    id: 'behind-terminator',
    readers: ['pycdlib'],
    reason:
      'pycdlib reads descriptors behind the terminator of the set (ECMA-119 §8.3), where xorriso leaves old ones when it adds a session.',
    when: ({ field, tree, sample }) => field === 'tree' && tree === 'joliet' && hasDescriptorBehindTerminator(sample.bytes),
  },
];

/** Of a name that two of our entries have: each entry that the other shows under it is one of ours. */
function isOfSameName({ own, tree, path, other }: Difference): boolean {
  if (tree === 'iso') return false;
  const name = path.replace(/(_\d*)?( \(\d+\))?$/, '');
  const mine = numbered(own.trees[tree], name);
  return mine.length > 1 && numbered(other, name).every((fact) => mine.some((one) => isSame(one, fact)));
}

/** The entries of one name, and those of the names that xorriso makes of it. */
function numbered(tree: Tree | undefined, name: string): Fact[] {
  return [...(tree ?? [])].flatMap(([path, fact]) =>
    path.startsWith(name) && /^(_\d*)?( \(\d+\))?$/.test(path.slice(name.length)) ? [fact] : [],
  );
}

type Where = Pick<Difference, 'own' | 'tree' | 'path'>;

function ours({ own, tree, path }: Where): Fact | undefined {
  return tree === 'iso' ? undefined : own.trees[tree]?.get(path);
}

function hasNote(tree: Tree | undefined, note: Fact['note']): boolean {
  return [...(tree?.values() ?? [])].some((fact) => fact.note === note);
}

/** Of a second record of one name, our entry of that name. */
function sectionsOf({ own, tree, path }: Where): Fact | undefined {
  return ours({ own, tree, path: path.replace(/ \(\d+\)( \(\d+\))*$/, '') });
}

/** Below a folder that was moved, or at it; or where it was moved to: in the root, or in a folder of it. */
function isMoved({ own, tree, path, field }: Difference): boolean {
  const entries = tree === 'rock-ridge' ? [...(own.trees[tree] ?? [])] : [];
  const moved = entries.filter(([, { note }]) => note === 'moved').map(([folder]) => folder);
  if (field !== 'missing') return moved.some((folder) => path === folder || path.startsWith(`${folder}/`));
  if (/^\.?rr_moved(\/|$)/i.test(path)) return true;
  const parts = path.split('/').slice(0, 2);
  return moved.some((folder) => parts.some((part) => isNameOf(part, folder.slice(folder.lastIndexOf('/') + 1))));
}

/** The name, with a number behind it, or cut as 7z cuts long ones. */
function isNameOf(part: string, name: string): boolean {
  return part.startsWith(name) || isStartOf(part, name);
}

/** Whether a long name begins as 7z shows it, which may cut a character. */
function isStartOf(part: string, name: string): boolean {
  return part.length >= CUT_FROM && name.startsWith(part.replace(/\ufffd+$/, ''));
}

/** A path of which at least one long name is cut for the other; or a link without its target. */
function isCut({ own, tree, path, field, other, ours: mine, theirs }: Difference): boolean {
  if (tree !== 'rock-ridge') return false;
  if (field === 'kind') return mine.startsWith('link') && mine.length > 50 && theirs === 'file size 0';
  const [all, isShort] = field === 'extra' ? [other, true] : [own.trees[tree], false];
  if (field !== 'extra' && field !== 'missing') return false;
  return [...(all?.keys() ?? [])].some((found) => (isShort ? isCutOf(found, path) : isCutOf(path, found)));
}

const CUT_FROM = 40;

function isCutOf(short: string, long: string): boolean {
  const [cut, whole] = [short.replace(/ \(\d+\)$/, '').split('/'), shownBy('7z', 'rock-ridge', long).path.split('/')];
  if (cut.length !== whole.length || short === long) return false;
  return cut.every((part, index) => part === whole[index] || isStartOf(part, whole[index]!));
}

/** An entry SL of which a component reaches behind its end (RRIP §4.1.3). */
function hasOverlongLink(bytes: Buffer): boolean {
  for (let at = bytes.indexOf('SL'); at >= 0; at = bytes.indexOf('SL', at + 1)) {
    const end = at + bytes[at + 2]!;
    let component = at + 5;
    while (bytes[at + 3] === 1 && component + 2 <= end) component += 2 + bytes[component + 1]!;
    if (component > end && bytes[at + 3] === 1) return true;
  }
  return false;
}

function isShorter(bytes: Buffer): boolean {
  return bytes.readUInt32LE(16 * SECTOR + 80) * SECTOR > bytes.length;
}

function hasDescriptorBehindTerminator(bytes: Buffer): boolean {
  for (let sector = 16; sector < 48; sector += 1) {
    const at = sector * SECTOR;
    if (bytes[at] === 255) return bytes.toString('latin1', at + SECTOR + 1, at + SECTOR + 6) === 'CD001' && bytes[at + SECTOR] !== 255;
  }
  return false;
}

export function explanationOf(difference: Difference): Explanation | undefined {
  return EXPLANATIONS.find(({ readers, when }) => difference.readers.every((reader) => readers.includes(reader)) && when(difference));
}
