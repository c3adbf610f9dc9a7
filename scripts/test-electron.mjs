// `npm run test:electron [-- --electron PATH]`: the desktop under a real Electron (or BOOTBENCH_ELECTRON). Nothing is downloaded: where
// the binary or a display is missing, it says so and exits with 0; with CI set, that is a failure.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuild, ensureDependencies, projectNode, requireNode, root } from './prepare.mjs';

ensureDependencies();
requireNode();

const option = process.argv.indexOf('--electron');
const electron = (option === -1 ? process.env.BOOTBENCH_ELECTRON : process.argv[option + 1]) ?? binaryOfPackage();
if (!existsSync(electron)) giveUp(`Electron not found at ${electron}.`);

const vitest = [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--config', join(root, 'test', 'electron', 'vitest.config.ts')];
const [program, args] = withDisplay(projectNode(), vitest);
ensureBuild();
const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit', env: { ...process.env, BOOTBENCH_ELECTRON: electron } });
process.exit(status ?? 1);

function giveUp(reason) {
  console.error(`The Electron tests did not run: ${reason}`);
  process.exit(process.env.CI ? 1 : 0);
}

function binaryOfPackage() {
  const dist = join(root, 'node_modules', 'electron', 'dist');
  if (process.platform === 'darwin') return join(dist, 'Electron.app', 'Contents', 'MacOS', 'Electron');
  return join(dist, process.platform === 'win32' ? 'electron.exe' : 'electron');
}

function withDisplay(command, args) {
  if (process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY) return [command, args];
  if (spawnSync('xvfb-run', ['--help'], { stdio: 'ignore' }).error) giveUp('there is no display, and xvfb-run is not installed.');
  return ['xvfb-run', ['--auto-servernum', command, ...args]];
}
