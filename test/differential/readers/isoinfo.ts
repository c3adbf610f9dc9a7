import { createHash } from 'node:crypto';
import { run } from '../run.ts';
import { put, type Fact, type Reading, type Sample, type Tree, type TreeName } from '../types.ts';

/** Files up to this size are read. */
const MOST_BYTES = 256 * 1024;
const FOLDER = 'Directory listing of /';
/** `-rw-r--r--   1    0    0  12 Nov 30 2026 [    336 00]  name `. */
const LISTED = /^(.)\S*\s+-?\d+\s+-?\d+\s+-?\d+\s+(\d+) .{11} \[\s*(-?\d+) ([0-9a-f]{2})\] {2}(.*)$/;

/** What isoinfo says, with a process for each kind of tree. */
export async function readIsoinfo(sample: Sample, kinds: ReadonlySet<TreeName>): Promise<Reading> {
  const trees: Partial<Record<TreeName, Tree>> = {};
  for (const [tree, option] of [['plain'], ['rock-ridge', '-R'], ['joliet', '-J']] as const) {
    if (tree !== 'plain' && !kinds.has(tree)) continue;
    const { stdout } = await run('isoinfo', ['-i', sample.path, '-l', ...(option ? [option] : [])]);
    const { facts, shown } = parse(stdout.toString(tree === 'joliet' ? 'latin1' : 'utf8'), tree);
    // Joliet's names do not come back from Latin-1.
    if (tree !== 'joliet') await addHashes(sample.path, facts, shown, option === undefined ? [] : [option]);
    if (facts.size > 0) trees[tree] = facts;
  }
  return { reader: 'isoinfo', trees, refused: Object.keys(trees).length === 0 ? 'it lists nothing' : undefined };
}

/** Of the first, the middle and the last file: a process for each. */
async function addHashes(
  iso: string,
  facts: Map<string, Fact>,
  shown: ReadonlyMap<string, string>,
  options: readonly string[],
): Promise<void> {
  const files = [...facts].filter(([path, { kind, size = 0 }]) => kind === 'file' && size > 0 && size < MOST_BYTES && shown.has(path));
  const some = new Map([0, Math.floor(files.length / 2), files.length - 1].flatMap((index) => (files[index] ? [files[index]] : [])));
  for (const [path, fact] of some) {
    const { stdout } = await run('isoinfo', ['-i', iso, ...options, '-x', `/${shown.get(path)!}`]);
    if (stdout.length === fact.size) facts.set(path, { ...fact, sha256: createHash('sha256').update(stdout).digest('hex') });
  }
}

/** The entries, and for each path how isoinfo shows it, where it shows it once. */
function parse(text: string, kind: TreeName): { facts: Map<string, Fact>; shown: Map<string, string> } {
  const tree = new Map<string, Fact>();
  const shownAs = new Map<string, string>();
  let folder = '';
  for (const line of text.split('\n')) {
    if (line.startsWith(FOLDER)) folder = line.slice(FOLDER.length);
    const listed = LISTED.exec(line);
    if (!listed) continue;
    const [, letter, size, sector, flags, shown] = listed;
    // A space ends a name; the name of a link ends with its target.
    const [name = '', target] = letter === 'l' ? shown!.split(/ -> (.*)/s) : [shown!.replace(/ $/, '')];
    if (name === '.' || name === '..') continue;
    const isFolder = (parseInt(flags!, 16) & 2) !== 0;
    const raw = `${folder}${name}`;
    const path = `${folder}${kind === 'rock-ridge' || isFolder ? name : withoutVersion(name, kind)}`;
    if (tree.has(path)) shownAs.delete(path);
    else shownAs.set(path, raw);
    put(tree, path, factOf(isFolder ? 'folder' : letter === 'l' ? 'link' : 'file', Number(size), Number(sector), target));
  }
  return { facts: tree, shown: shownAs };
}

function factOf(kind: Fact['kind'], size: number, sector: number, target: string | undefined): Fact {
  if (kind === 'folder') return { kind };
  if (kind === 'link') return { kind, target };
  return { kind, size, ...(size > 0 && { at: sector }) };
}

/** The name of a file without its version, and of a plain one without the dot before no extension (ECMA-119 §7.5.1). */
export function withoutVersion(name: string, tree: TreeName): string {
  const plain = name.replace(/;\d+$/, '');
  return tree === 'plain' || plain.length < name.length ? plain.replace(/\.$/, '') : plain;
}
