import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../run.ts';
import { withoutVersion } from './isoinfo.ts';
import { put, type Fact, type Reading, type Sample, type TreeName } from '../types.ts';

const MARK = /^xorriso-mark (\S+)$/;
/** `-rw-r--r-- 1 0 0 12 Nov 30 13:58 'path'`, for a link ` -> 'target'` behind it. */
const LISTED = /^([-dle])\S+\s+\d+\s+\d+\s+\d+\s+(\d+)\s+\w{3}\s+\d+\s+[\d:]+\s+('.*)$/;
const PLACED = /^File data lba:\s+(\d+) ,\s+(\d+) ,\s+\d+ ,\s+\d+ , ('.*)$/;
const BOOT = /^El Torito boot img :\s+(\d+)\s+(\S+)\s+(\S)\s+\S+\s+\S+\s+\S+\s+\d+\s+(\d+)$/;
const PARTITION = /^(?:GPT start and size|MBR partition) +: +\d+ +(.*)$/;

/**
 * What xorriso says: one process reads the ISO once for each kind of tree. Which kind it found in fact is not said, so an ISO without Rock
 * Ridge shows its plain tree twice; `kinds` says what to expect.
 */
export async function readXorriso(sample: Sample, kinds: ReadonlySet<TreeName>, work: string): Promise<Reading> {
  const out = join(work, `${sample.seed}-xorriso`);
  const pass = (tree: TreeName, fs: string) => [
    ...['-read_fs', fs, '-indev', `stdio:${sample.path}`, '-print', `xorriso-mark ${tree}`],
    ...['-find', '/', '-exec', 'report_lba', '--', '-find', '/', '-exec', 'lsdl', '--'],
  ];
  const best: TreeName = kinds.has('rock-ridge') ? 'rock-ridge' : 'plain';
  const { stdout, stderr, code } = await run('xorriso', [
    ...['-no_rc', '-abort_on', 'NEVER', '-return_with', 'FATAL', '32', '-report_about', 'FAILURE', '-ecma119_map', 'unmapped'],
    ...['-joliet_map', 'unmapped', '-osirrox', 'on'],
    ...pass(best, 'nojoliet'),
    ...['-extract', '/', out],
    ...(kinds.has('joliet') ? pass('joliet', 'norock') : []),
    ...(best === 'plain' ? [] : pass('plain', 'ecma119')),
    ...['-print', 'xorriso-mark boot', '-report_el_torito', 'plain', '-report_system_area', 'plain'],
  ]);
  const trees = parse(stdout.toString());
  addHashes(trees.get(best), out);
  rmSync(out, { recursive: true, force: true });
  const refused = [...trees].every(([name, tree]) => name === 'boot' || name === 'partitions' || tree.size === 0);
  return { reader: 'xorriso', trees: Object.fromEntries(trees), refused: refused ? `${code}: ${stderr.split('\n')[0] ?? ''}` : undefined };
}

function parse(text: string): Map<TreeName, Map<string, Fact>> {
  const trees = new Map<TreeName, Map<string, Fact>>();
  let name: TreeName = 'plain';
  let tree = new Map<string, Fact>();
  let places = new Map<string, number>();
  for (const line of text.split('\n')) {
    const mark = MARK.exec(line)?.[1] as TreeName | undefined;
    if (mark) {
      name = mark;
      trees.set(mark, (tree = new Map<string, Fact>()));
      if (mark === 'boot') trees.set('partitions', new Map());
      places = new Map();
    }
    const placed = PLACED.exec(line);
    if (placed?.[1] === '0') places.set(unquote(placed[3]!)[0] ?? '', Number(placed[2]));
    const listed = LISTED.exec(line);
    if (listed) takeListed(name, tree, places, listed);
    const boot = BOOT.exec(line);
    if (boot?.[3] === 'y') put(tree, `sector ${boot[4]}`, { kind: 'file', target: PLATFORMS[boot[2]!] ?? 'other' });
    const partition = PARTITION.exec(line);
    if (partition) takePartition(trees.get('partitions'), partition[1]!);
  }
  return trees;
}

const PLATFORMS: Record<string, string> = { BIOS: 'bios', UEFI: 'uefi' };

function takeListed(
  name: TreeName,
  tree: Map<string, Fact>,
  places: ReadonlyMap<string, number>,
  [, letter, size, quoted]: RegExpExecArray,
): void {
  const [path = '', target] = unquote(quoted!);
  if (path === '/') return;
  const kind = letter === 'd' ? 'folder' : letter === 'l' ? 'link' : 'file';
  const at = Number(size) > 0 ? places.get(path) : undefined;
  put(tree, kind === 'file' && name !== 'rock-ridge' ? plainPath(path.slice(1), name) : path.slice(1), {
    kind,
    ...(kind === 'file' && { size: Number(size), at }),
    ...(kind === 'link' && { target }),
  });
}

function plainPath(path: string, tree: TreeName): string {
  const at = path.lastIndexOf('/') + 1;
  return path.slice(0, at) + withoutVersion(path.slice(at), tree);
}

/** A GPT's is start and size; an MBR's has status and type before them. What only protects a GPT is left out. */
function takePartition(tree: Map<string, Fact> | undefined, text: string): void {
  const fields = text.trim().split(/\s+/);
  const [start, size] = fields.slice(-2).map(Number);
  if (fields.length === 4 && fields[1] === '0xee') return;
  if (start !== undefined && size !== undefined && start > 0) tree?.set(`${start}`, { kind: 'file', size: size * 512 });
}

/** The parts of a line in the shell's quotes: `'it'"'"'s' -> 'that'`. */
function unquote(text: string): string[] {
  const parts: string[] = [];
  for (const part of text.matchAll(/'[^']*'(?:"'"'[^']*')*/g))
    parts.push(part[0].replaceAll(`'"'"'`, '\0').slice(1, -1).replaceAll('\0', "'"));
  return parts;
}

/** Of the files as xorriso copied them to the disk. */
function addHashes(tree: Map<string, Fact> | undefined, out: string): void {
  for (const [path, fact] of tree ?? []) {
    const copy = join(out, path);
    if (fact.kind !== 'file' || !fact.size || !existsSync(copy) || !lstatSync(copy).isFile()) continue;
    tree?.set(path, { ...fact, sha256: createHash('sha256').update(readFileSync(copy)).digest('hex') });
  }
}
