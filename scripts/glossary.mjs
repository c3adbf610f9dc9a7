// `npm run glossary [-- --strings] [-- PATH …]`: where the source still uses a phrase of CONTRIBUTING's glossary, in strings, comments
// and names. The test test/unit/docs/glossary.test.ts judges what users read; this lists everything. Always exits with 0.
import { spawnSync } from 'node:child_process';
import { ensureTypeScript, root } from './prepare.mjs';

ensureTypeScript(import.meta.url);
const { findingsInCommentsAndNames, findingsInMarkdown, findingsInStrings } = await import('../test/unit/docs/glossary.ts');
const args = process.argv.slice(2);
const stringsOnly = args.includes('--strings');
const paths = args.filter((arg) => !arg.startsWith('--'));
const listed = spawnSync('git', ['ls-files', ...(paths.length > 0 ? paths : ['*.ts', '*.tsx', '*.mjs', '*.md'])], {
  cwd: root,
  encoding: 'utf8',
});
const files = listed.stdout.split('\n').filter((path) => /\.(tsx?|mjs|md)$/.test(path) && !path.startsWith('test/unit/docs/'));

const totals = { strings: 0, 'comments and names': 0, pages: 0 };
process.chdir(root);
for (const path of files) {
  if (path.endsWith('.md')) print(path, 'pages', findingsInMarkdown(path));
  else {
    print(path, 'strings', findingsInStrings(path));
    if (!stringsOnly) print(path, 'comments and names', findingsInCommentsAndNames(path));
  }
}
console.log(
  Object.entries(totals)
    .map(([kind, count]) => `${kind}: ${count}`)
    .join(', '),
);

function print(path, kind, findings) {
  totals[kind] += findings.length;
  for (const { line, found, text, row } of findings)
    console.log(`${path}:${line}: “${found}” → ${row.write}   ${text.replace(/\s+/g, ' ').slice(0, 100)}`);
}
