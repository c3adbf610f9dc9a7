// `npm run fuzz [-- --minutes N TARGET … --seed N --keep]`: searches for inputs that break a parser (docs/adr/0024-fuzzing.md).
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureDependencies, projectNode, requireNode, root } from './prepare.mjs';

ensureDependencies();
requireNode();
const { status } = spawnSync(projectNode(), [join(root, 'test', 'fuzz', 'main.ts'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
