// `npm test [-- STEP …]`: sets everything up and runs the full set of checks, each step with its time. `npm run test:full` adds the
// long scenarios and those of the Windows build, and writes a report, test/output/proof.md.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { ensureBuild, ensureDependencies, isDebian, isRoot, projectNode, requireNode, root } from './prepare.mjs';

const full = process.argv.includes('--full');
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));

ensureDependencies();
requireNode();

const node = projectNode();
const tool = (path) => join(root, 'node_modules', ...path.split('/'));
const script = (name) => join(root, 'scripts', name);

// The loaders that the lab boots; a point release of the signed ones must not break the tests.
const TESTED_BOOT_FILES = ['undionly.kpxe', 'ipxe.efi', 'snp-x86_64.efi', 'snp-arm64.efi'];

const steps = [
  ...(isRoot && isDebian ? [['setup:lab', process.execPath, [script('setup-lab.mjs')]]] : []),
  ['boot-files', process.execPath, [script('boot-files.mjs'), ...TESTED_BOOT_FILES]],
  ['build', undefined],
  ['types', node, [tool('typescript/bin/tsc'), '--noEmit', '-p', root]],
  ['lint', node, [tool('eslint/bin/eslint.js'), '--max-warnings', '0', root]],
  ['format', node, [tool('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', root]],
  ['unit and service', node, [tool('vitest/vitest.mjs'), 'run'], runVitest],
  ['fuzz', node, [join(root, 'test', 'fuzz', 'main.ts'), '--ci']],
  ['ui', node, [tool('vitest/vitest.mjs'), 'run', '--config', join(root, 'test', 'ui', 'vitest.config.ts')], runVitest],
  ['electron', process.execPath, [script('test-electron.mjs')], runVitest],
  ['lab', node, [join(root, 'test', 'lab', 'main.ts'), ...(full ? ['--full', '--json'] : [])]],
  ...(isRoot && isDebian ? [['bench', node, [join(root, 'test', 'bench', 'main.ts'), '--short']]] : []),
  ...(full && isRoot ? [['soak', node, [join(root, 'test', 'soak', 'main.ts'), '--minutes', '3']]] : []),
  ...(full && isRoot ? [['chaos', node, [join(root, 'test', 'chaos', 'main.ts'), '--kills', '10']]] : []),
  ...(full && isRoot && isDebian ? [['windows', process.execPath, [script('test-windows.mjs'), '--json']]] : []),
].filter(([name]) => wanted.length === 0 || wanted.includes(name));

const results = [];
const failures = [];
const scenarios = [];
for (const [name, command, args, run = runStep] of steps) {
  console.log(`\n── ${name}`);
  const started = Date.now();
  const ok = command ? run(command, args) : (ensureBuild(), true);
  results.push({ name, ok, seconds: Math.round((Date.now() - started) / 1000) });
}

for (const failure of failures) console.log(`\n${failure}`);
console.log('\nStep                 Result  Seconds');
for (const { name, ok, seconds } of results) console.log(`${name.padEnd(20)} ${ok ? 'passed' : 'FAILED'}  ${String(seconds).padStart(7)}`);
if (full && wanted.length === 0) writeReport(join(root, 'test', 'output', 'proof.md'));
process.exit(results.every(({ ok }) => ok) ? 0 : 1);

/** With --full the lab prints its own report, one JSON object, on stdout; it goes into the written report. */
function runStep(command, args) {
  const json = args.includes('--json');
  const { status, stdout } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', json ? 'pipe' : 'inherit', 'inherit'],
    maxBuffer: 2 ** 26,
  });
  if (json) scenarios.push(...scenariosIn(String(stdout)));
  return status === 0;
}

/** None when the lab could not be set up, and so printed nothing. */
function scenariosIn(text) {
  return text.trim() === '' ? [] : JSON.parse(text).scenarios;
}

/**
 * Failures are printed again at the very end. With CI set, a file that failed runs once more from its start, because a shared
 * machine may stall once while a real fault fails twice; its first failure is printed too.
 */
function runVitest(command, args) {
  const folder = mkdtempSync(join(tmpdir(), 'bootbench-test-'));
  const attempt = (files) => {
    const report = join(folder, 'report.json');
    rmSync(report, { force: true });
    const ok = runStep(command, [...args, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...files]);
    const failed =
      ok || !existsSync(report) ? [] : JSON.parse(readFileSync(report, 'utf8')).testResults.filter(({ status }) => status !== 'passed');
    return { ok, files: failed.map(({ name }) => name), failures: failed.flatMap(failuresOf) };
  };
  try {
    const first = attempt([]);
    if (first.ok || !process.env.CI || first.files.length === 0) {
      failures.push(...first.failures.map((failure) => `FAILED ${failure}`));
      return first.ok;
    }
    console.log(`\nRunning again: ${first.files.map((file) => relative(root, file)).join(', ')}`);
    const second = attempt(first.files);
    const atFirst = first.failures.map((failure) => `FAILED AT FIRST${second.ok ? ', THEN PASSED' : ''} ${failure}`);
    failures.push(...atFirst, ...second.failures.map((failure) => `FAILED ${failure}`));
    return second.ok;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The failed tests of one file's report, or the file's own error where no test ran. */
function failuresOf({ name, message, assertionResults }) {
  const failed = assertionResults.filter(({ status }) => status === 'failed');
  const ours = (stack) => stack.split('\n').filter((line) => !line.includes('node_modules'));
  const texts = failed.map(({ fullName, failureMessages }) => [fullName, ...failureMessages.flatMap(ours)].join('\n'));
  return (texts.length > 0 ? texts : [message]).map((text) => `${relative(root, name)}: ${text}`.slice(0, 2000));
}

function writeReport(path) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, report());
  console.log(`\nThe report is in ${relative(root, path)}.`);
}

function report() {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  const facts = (values) =>
    Object.entries(values).map(([key, value]) => `${key}: ${String(value)}`.replaceAll('|', '\\|').replaceAll('\n', ' '));
  return [
    '# Test report',
    '',
    `Written by \`npm run test:full\` on ${new Date().toISOString().slice(0, 10)} at commit ${commit}: ${cpus().length} cores, Linux ${release()}, no KVM (QEMU emulates).`,
    '',
    '| step | result | seconds |',
    '|---|---|---|',
    ...results.map(({ name, ok, seconds }) => `| ${name} | ${ok ? 'passed' : 'failed'} | ${seconds} |`),
    '',
    '| scenario | tier | result | seconds | what was seen |',
    '|---|---|---|---|---|',
    ...scenarios.map(
      ({ name, title, tier, state, seconds, facts: seen }) =>
        `| **${name}** ${title} | ${tier} | ${state} | ${seconds} | ${facts(seen).join('<br>')} |`,
    ),
    '',
  ].join('\n');
}
