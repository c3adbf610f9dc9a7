import { createHash } from 'node:crypto';
import { run } from '../run.ts';
import { put, type Fact, type Reading, type Sample, type Tree, type TreeName } from '../types.ts';

/** What 7z says: of an ISO 9660 volume its Joliet tree, else Rock Ridge's, else the plain one; and the UDF tree. */
export async function readSevenZip(sample: Sample, kinds: ReadonlySet<TreeName>): Promise<Reading> {
  const best: TreeName = kinds.has('joliet') ? 'joliet' : kinds.has('rock-ridge') ? 'rock-ridge' : 'plain';
  const trees: Partial<Record<TreeName, Tree>> = {};
  for (const [tree, type] of [
    [best, 'iso'],
    ['udf', 'udf'],
  ] as const) {
    if (tree === 'udf' && !kinds.has('udf')) continue;
    const listed = await run('7z', ['l', '-slt', '-ba', '-sccUTF-8', `-t${type}`, sample.path]);
    const facts = parse(listed.stdout.toString());
    const { stdout, code } = await run('7z', ['x', '-so', '-bd', `-t${type}`, sample.path]);
    if (code === 0) addHashes(facts, stdout);
    if (facts.length > 0) trees[tree] = treeOf(facts);
  }
  return { reader: '7z', trees, refused: Object.keys(trees).length === 0 ? 'it lists nothing' : undefined };
}

interface Listed {
  readonly path: string;
  fact: Fact;
}

function parse(text: string): Listed[] {
  const items: Listed[] = [];
  for (const block of text.split(/\n\n(?=Path = )/)) {
    const fields = new Map(block.split('\n').map((line) => line.split(/ = (.*)/s).slice(0, 2) as [string, string]));
    const path = fields.get('Path');
    if (path === undefined) continue;
    const target = fields.get('Symbolic Link');
    const size = Number(fields.get('Size'));
    const kind = fields.get('Folder') === '+' ? 'folder' : target ? 'link' : 'file';
    items.push({ path, fact: { kind, ...(kind === 'file' && { size }), ...(kind === 'link' && { target }) } });
  }
  return items;
}

/** The files in one piece, in the order of the list. */
function addHashes(items: readonly Listed[], content: Buffer): void {
  const sizes = items.map(({ fact }) => (fact.kind === 'file' ? (fact.size ?? 0) : 0));
  if (sizes.reduce((sum, size) => sum + size, 0) !== content.length) return;
  let at = 0;
  for (const item of items) {
    const { kind, size = 0 } = item.fact;
    if (kind !== 'file' || size === 0) continue;
    item.fact = {
      ...item.fact,
      sha256: createHash('sha256')
        .update(content.subarray(at, at + size))
        .digest('hex'),
    };
    at += size;
  }
}

/** Without the boot images, which 7z shows as files of a folder [BOOT]. */
function treeOf(items: readonly Listed[]): Tree {
  const tree = new Map<string, Fact>();
  for (const { path, fact } of items) if (!path.startsWith('[BOOT]')) put(tree, path, fact);
  return tree;
}
