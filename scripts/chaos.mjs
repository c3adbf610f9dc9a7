// `npm run chaos -- --kills N`: kills the program, takes its network, disk, clock and databases away, and audits what is left.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuild, ensureDependencies, projectNode, requireNode, root } from './prepare.mjs';

ensureDependencies();
requireNode();
ensureBuild();
const { status } = spawnSync(projectNode(), [join(root, 'test', 'chaos', 'main.ts'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
