// `npm run test:windows [-- SCENARIO … --json]`: the scenarios of the Windows build, which runs under Wine (Debian, root).
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuild, ensureDependencies, isDebian, isRoot, projectNode, requireNode, root } from './prepare.mjs';

ensureDependencies();
requireNode();
// Elsewhere the scenarios are skipped, with what is missing.
if (isRoot && isDebian) {
  setUp('setup-lab.mjs');
  setUp('setup-windows.mjs');
  setUp('boot-files.mjs', 'undionly.kpxe', 'ipxe.efi');
}
ensureBuild();
const { status } = spawnSync(projectNode(), [join(root, 'test', 'lab', 'main.ts'), '--windows', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);

/** On stderr, because stdout may be the report. */
function setUp(script, ...args) {
  const { status: code } = spawnSync(process.execPath, [join(root, 'scripts', script), ...args], { cwd: root, stdio: ['ignore', 2, 2] });
  if (code !== 0) process.exit(code ?? 1);
}
