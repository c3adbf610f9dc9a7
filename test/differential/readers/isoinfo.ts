import { run } from '../run.ts';
import { put, type Fact, type Reading, type Sample, type Tree, type TreeName } from '../types.ts';

const FOLDER = 'Directory listing of /';
/** `-rw-r--r--   1    0    0  12 Nov 30 2026 [    336 00]  name `. */
const LISTED = /^(.)\S*\s+-?\d+\s+-?\d+\s+-?\d+\s+(\d+) .{11} \[\s*(-?\d+) ([0-9a-f]{2})\] {2}(.*)$/;

/** What isoinfo says, with a process for each kind of tree. */
export async function readIsoinfo(sample: Sample, kinds: ReadonlySet<TreeName>): Promise<Reading> {
  const trees: Partial<Record<TreeName, Tree>> = {};
  for (const [tree, option] of [['plain'], ['rock-ridge', '-R'], ['joliet', '-J']] as const) {
    if (tree !== 'plain' && !kinds.has(tree)) continue;
    const { stdout } = await run('isoinfo', ['-i', sample.path, '-l', ...(option ? [option] : [])]);
    const parsed = parse(stdout.toString(tree === 'joliet' ? 'latin1' : 'utf8'), tree);
    if (parsed.size > 0) trees[tree] = parsed;
  }
  return { reader: 'isoinfo', trees, refused: Object.keys(trees).length === 0 ? 'it lists nothing' : undefined };
}

function parse(text: string, kind: TreeName): Map<string, Fact> {
  const tree = new Map<string, Fact>();
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
    const path = `${folder}${kind === 'rock-ridge' || isFolder ? name : withoutVersion(name, kind)}`;
    put(tree, path, factOf(isFolder ? 'folder' : letter === 'l' ? 'link' : 'file', Number(size), Number(sector), target));
  }
  return tree;
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
