// `npm run measure [-- --at COMMIT | --compare COMMIT] [--json]`: how large files and functions are, per folder, now or at a commit.
// Lines of a function are lines of code: blank and comment lines do not count, as in the lint's max-lines-per-function.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { root } from './prepare.mjs';

const MAX_FUNCTION_LINES = 80;
const TOPS = ['contract', 'util', 'db', 'main-services', 'electron', 'headless', 'cli', 'renderer', 'scripts', 'bin', 'lint', 'test'];
/** Folders whose sub-folders are measured one by one. */
const SPLIT = ['main-services', 'renderer', 'test'];

const option = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);
const at = option('--at');
const base = option('--compare');

const now = at ? measureCommit(at) : measure(root);
const before = base && measureCommit(base);
if (process.argv.includes('--json')) console.log(JSON.stringify(before ? { before, now } : now, undefined, 2));
else print(now, before);

/** Measures the tree of a commit, which is unpacked into a temporary folder. */
function measureCommit(commit) {
  const folder = mkdtempSync(join(tmpdir(), 'bootbench-measure-'));
  try {
    const tops = execFileSync('git', ['ls-tree', '--name-only', commit], { cwd: root, encoding: 'utf8' }).split('\n');
    const archive = join(folder, 'tree.tar');
    execFileSync('git', ['archive', '-o', archive, commit, ...TOPS.filter((top) => tops.includes(top))], { cwd: root });
    const tree = join(folder, 'tree');
    mkdirSync(tree);
    execFileSync('tar', ['-xf', archive, '-C', tree]);
    return measure(tree);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(tree) {
  const files = TOPS.flatMap((top) => sourcesIn(tree, top)).map((path) => measureFile(tree, path));
  const groups = [...new Set(files.map(({ path }) => groupOf(path)))];
  const source = files.filter(({ path }) => !path.startsWith('test/'));
  return {
    folders: {
      ...Object.fromEntries(groups.map((group) => [group, summary(files.filter(({ path }) => groupOf(path) === group))])),
      'all source': summary(source),
      'all tests': summary(files.filter(({ path }) => path.startsWith('test/'))),
    },
    looseFilesInMainServices: files.filter(({ path }) => dirname(path) === 'main-services').length,
    filesDirectlyInIso: files.filter(({ path }) => dirname(path) === 'main-services/iso').length,
    longFunctions: files.flatMap(({ path, functions }) =>
      functions.filter(({ lines }) => lines > MAX_FUNCTION_LINES).map(({ name, lines }) => `${path} ${name}: ${lines}`),
    ),
  };
}

function sourcesIn(tree, folder) {
  let entries;
  try {
    entries = readdirSync(join(tree, folder), { withFileTypes: true });
  } catch {
    return []; // The folder is younger than the commit.
  }
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return path === 'test/output' ? [] : sourcesIn(tree, path);
    return /\.(ts|tsx|mjs)$/.test(entry.name) ? [path] : [];
  });
}

function groupOf(path) {
  const [top, second] = path.split('/');
  if (!SPLIT.includes(top)) return top;
  return dirname(path) === top ? `${top} (loose)` : `${top}/${second}`;
}

/** The lines of a file, and its named functions, methods and accessors with their lines of code. */
function measureFile(tree, path) {
  const text = readFileSync(join(tree, path), 'utf8');
  const lines = text.trimEnd().split('\n');
  const isCode = lines.map((line) => !/^\s*($|\/\/|\/\*|\*)/.test(line));
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const functions = [];
  const visit = (node) => {
    const name = functionName(node);
    if (name) {
      const first = file.getLineAndCharacterOfPosition(node.getStart()).line;
      const last = file.getLineAndCharacterOfPosition(node.end).line;
      functions.push({ name, lines: isCode.slice(first, last + 1).filter(Boolean).length });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { path, lines: lines.length, functions };
}

/** The name of a function with a body, or of the variable or property that holds it; undefined for callbacks and all else. */
function functionName(node) {
  if (!ts.isFunctionLike(node) || !node.body) return undefined;
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  const isHeld = ts.isVariableDeclaration(node.parent) || ts.isPropertyAssignment(node.parent) || ts.isPropertyDeclaration(node.parent);
  return (node.name ?? (isHeld ? node.parent.name : undefined))?.getText();
}

function summary(files) {
  return {
    files: files.length,
    lines: files.reduce((sum, { lines }) => sum + lines, 0),
    fileLines: spread(files.map(({ lines }) => lines)),
    functionLines: spread(files.flatMap(({ functions }) => functions.map(({ lines }) => lines))),
  };
}

function spread(values) {
  const sorted = values.sort((a, b) => a - b);
  const quantile = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { median: quantile(0.5), p90: quantile(0.9), max: sorted.at(-1) ?? 0 };
}

/** Prints one table; with a measurement from before, each value as `before → now`. */
function print(now, before) {
  const folders = [...new Set([...Object.keys(now.folders), ...Object.keys(before?.folders ?? {})])].filter(
    (name) => !name.startsWith('all '),
  );
  const rows = [...folders.sort(), 'all source', 'all tests'].map((name) => [
    name,
    ...cells(now.folders[name]).map((cell, index) => change(before && cells(before.folders[name])[index], cell)),
  ]);
  const head = ['folder', 'files', 'lines', 'file median/p90/max', 'function median/p90/max'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  for (const row of [head, ...rows])
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );

  const count = (key) => change(before && String(before[key].length ?? before[key]), String(now[key].length ?? now[key]));
  console.log(`\nloose files in main-services: ${count('looseFilesInMainServices')}`);
  console.log(`files directly in main-services/iso: ${count('filesDirectlyInIso')}`);
  console.log(`functions over ${MAX_FUNCTION_LINES} lines: ${count('longFunctions')}`);
  for (const entry of now.longFunctions) console.log(`  ${entry}`);
}

function cells(folder) {
  if (!folder) return ['–', '–', '–', '–'];
  const of = ({ median, p90, max }) => `${median}/${p90}/${max}`;
  return [String(folder.files), String(folder.lines), of(folder.fileLines), of(folder.functionLines)];
}

function change(before, now) {
  return before === undefined || before === now ? now : `${before} → ${now}`;
}
