// `npm test [-- STEP …]`: sets everything up and runs all that counts, each step with its time. `npm run test:full` adds the long
// scenarios and writes docs/proof.md.
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { ensureBuild, ensureDependencies, isDebian, isRoot, projectNode, requireNode, root } from './prepare.mjs';

const full = process.argv.includes('--full');
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));

ensureDependencies();
requireNode();

const node = projectNode();
const tool = (path) => join(root, 'node_modules', ...path.split('/'));
const script = (name) => join(root, 'scripts', name);

// The loaders that the lab boots; a point release of the signed ones must not stop the tests.
const TESTED_BOOT_FILES = ['undionly.kpxe', 'ipxe.efi', 'snp-x86_64.efi', 'snp-arm64.efi'];

const steps = [
  ...(isRoot && isDebian ? [['setup:lab', process.execPath, [script('setup-lab.mjs')]]] : []),
  ['boot-files', process.execPath, [script('boot-files.mjs'), ...TESTED_BOOT_FILES]],
  ['build', undefined],
  ['types', node, [tool('typescript/bin/tsc'), '--noEmit', '-p', root]],
  ['lint', node, [tool('eslint/bin/eslint.js'), '--max-warnings', '0', root]],
  ['format', node, [tool('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', root]],
  ['unit and service', node, [tool('vitest/vitest.mjs'), 'run']],
  ['ui', node, [tool('vitest/vitest.mjs'), 'run', '--config', join(root, 'test', 'ui', 'vitest.config.ts')]],
  ['lab', node, [join(root, 'test', 'lab', 'main.ts'), ...(full ? ['--full', '--json'] : [])]],
].filter(([name]) => wanted.length === 0 || wanted.includes(name));

const results = [];
let scenarios = [];
for (const [name, command, args] of steps) {
  console.log(`\n── ${name}`);
  const started = Date.now();
  const ok = command ? runStep(name, command, args) : (ensureBuild(), true);
  results.push({ name, ok, seconds: Math.round((Date.now() - started) / 1000) });
}

console.log('\nStep                 Result  Seconds');
for (const { name, ok, seconds } of results) console.log(`${name.padEnd(20)} ${ok ? 'passed' : 'FAILED'}  ${String(seconds).padStart(7)}`);
if (full && wanted.length === 0) writeFileSync(join(root, 'docs', 'proof.md'), proof());
process.exit(results.every(({ ok }) => ok) ? 0 : 1);

/** With --full the lab's own report, one JSON object on stdout, is kept for the page. */
function runStep(name, command, args) {
  const json = args.includes('--json');
  const { status, stdout } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', json ? 'pipe' : 'inherit', 'inherit'],
    maxBuffer: 2 ** 26,
  });
  if (json) scenarios = JSON.parse(String(stdout)).scenarios;
  return status === 0;
}

function proof() {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  const facts = (values) =>
    Object.entries(values).map(([key, value]) => `${key}: ${String(value)}`.replaceAll('|', '\\|').replaceAll('\n', ' '));
  return [
    '# Proof',
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
