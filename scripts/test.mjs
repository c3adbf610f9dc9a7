// `npm test [-- STEP …]`: sets everything up and runs all that counts, each step with its time; `--full` is `npm run test:full`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuild, ensureDependencies, isDebian, isRoot, projectNode, requireNode, root } from './prepare.mjs';

const full = process.argv.includes('--full');
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));

ensureDependencies();
requireNode();

const node = projectNode();
const tool = (path) => join(root, 'node_modules', ...path.split('/'));
const script = (name) => join(root, 'scripts', name);

const steps = [
  ...(isRoot && isDebian ? [['setup:lab', process.execPath, [script('setup-lab.mjs')]]] : []),
  ['boot-files', process.execPath, [script('boot-files.mjs')]],
  ['build', undefined],
  ['types', node, [tool('typescript/bin/tsc'), '--noEmit', '-p', root]],
  ['lint', node, [tool('eslint/bin/eslint.js'), '--max-warnings', '0', root]],
  ['format', node, [tool('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', root]],
  ['unit and service', node, [tool('vitest/vitest.mjs'), 'run']],
  ['ui', node, [tool('vitest/vitest.mjs'), 'run', '--config', join(root, 'test', 'ui', 'vitest.config.ts')]],
  ['lab', node, [join(root, 'test', 'lab', 'main.ts'), ...(full ? ['--full'] : [])]],
].filter(([name]) => wanted.length === 0 || wanted.includes(name));

const results = [];
for (const [name, command, args] of steps) {
  console.log(`\n── ${name}`);
  const started = Date.now();
  const status = command ? spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status : (ensureBuild(), 0);
  results.push({ name, ok: status === 0, seconds: Math.round((Date.now() - started) / 1000) });
}

console.log('\nStep                 Result  Seconds');
for (const { name, ok, seconds } of results) console.log(`${name.padEnd(20)} ${ok ? 'passed' : 'FAILED'}  ${String(seconds).padStart(7)}`);
process.exit(results.every(({ ok }) => ok) ? 0 : 1);
