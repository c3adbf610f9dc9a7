// `npm run lab [-- SCENARIO … --json --full]`: the scenarios in namespaces and virtual machines.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuild, ensureDependencies, projectNode, requireNode, root } from './prepare.mjs';

ensureDependencies();
requireNode();
ensureBuild();
const { status } = spawnSync(projectNode(), [join(root, 'test', 'lab', 'main.ts'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
