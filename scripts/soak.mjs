// `npm run soak -- --minutes N`: simulated machines boot again and again; memory, fairness and every byte are judged.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuild, ensureDependencies, projectNode, requireNode, root } from './prepare.mjs';

ensureDependencies();
requireNode();
ensureBuild();
const { status } = spawnSync(projectNode(), [join(root, 'test', 'soak', 'main.ts'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
