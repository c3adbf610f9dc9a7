// `npm run differential [-- --isos N --seed S --mutate-each N --keep FOLDER]`: our ISO reader against xorriso, isoinfo, 7z and pycdlib.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureDependencies, projectNode, requireNode, root } from './prepare.mjs';

ensureDependencies();
requireNode();
const { status } = spawnSync(projectNode(), [join(root, 'test', 'differential', 'main.ts'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
