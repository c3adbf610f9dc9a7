// `npm run bench [-- NAME … --json --rounds N --list]`: what Bootbench serves next to the servers that do nothing else, as ratios.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuild, ensureDependencies, projectNode, requireNode, root } from './prepare.mjs';

ensureDependencies();
requireNode();
ensureBuild();
const { status } = spawnSync(projectNode(), [join(root, 'test', 'bench', 'main.ts'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
