// `npm run nightly`: what takes too long for `npm test`: half an hour of soak, 200 kills and every other case of chaos, the fuzzers, and 5,000
// ISOs for the second readers.
// Each step writes its own report; test/output/nightly.md lists them. Exit code 1 when one fails.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { ensureBuild, ensureDependencies, isDebian, isRoot, projectNode, requireNode, root } from './prepare.mjs';

ensureDependencies();
requireNode();
if (isRoot && isDebian) spawnSync(process.execPath, [join(root, 'scripts', 'setup-lab.mjs')], { cwd: root, stdio: 'inherit' });
ensureBuild();

const main = (folder) => join(root, 'test', folder, 'main.ts');
const steps = [
  ['soak', [main('soak'), '--minutes', '30', '--machines', '64'], 'soak/64/report.txt'],
  ['soak-256', [main('soak'), '--minutes', '6', '--machines', '256'], 'soak/256/report.txt'],
  ['chaos', [main('chaos'), '--kills', '200'], 'chaos/report.txt'],
  ['fuzz', [main('fuzz'), '--minutes', '10'], 'fuzz/report.json'],
  ['differential', [main('differential'), '--isos', '5000', '--seed', '10001'], 'differential/report.txt'],
  ['rest-fuzz', [main('lab'), 'rest-fuzz'], 'lab/rest-fuzz/schemathesis.txt'],
];

const wanted = process.argv.slice(2);
const results = steps
  .filter(([name]) => wanted.length === 0 || wanted.includes(name))
  .map(([name, args, report]) => {
    console.log(`\n── ${name}`);
    const started = Date.now();
    const { status } = spawnSync(projectNode(), args, { cwd: root, stdio: 'inherit' });
    return { name, ok: status === 0, minutes: Math.round((Date.now() - started) / 6000) / 10, report };
  });

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
const rows = results.map(
  ({ name, ok, minutes, report }) => `| ${name} | ${ok ? 'passed' : 'failed'} | ${minutes} | test/output/${report} |`,
);
const text = [
  '# Nightly report',
  '',
  `Written by \`npm run nightly\` on ${new Date().toISOString().slice(0, 10)} at commit ${commit}, ${cpus().length} cores.`,
  '',
  '| step | result | minutes | report |',
  '|---|---|---|---|',
  ...rows,
  '',
].join('\n');
mkdirSync(join(root, 'test', 'output'), { recursive: true });
writeFileSync(join(root, 'test', 'output', 'nightly.md'), text);
console.log(`\n${text}`);
process.exit(results.every(({ ok }) => ok) ? 0 : 1);
