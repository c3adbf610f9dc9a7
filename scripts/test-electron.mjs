// `npm run test:electron [-- --electron PATH] [FILE …]`: the desktop under a real Electron, on Linux: the pinned one where its binary is
// installed or given (also by BOOTBENCH_ELECTRON), and an older one where `npm run setup:lab` has fetched it. Where there is none, it says
// why and exits with 0; with CI set, on Debian as root, that is a failure.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { olderElectron } from './older-electron.mjs';
import { ensureBuild, ensureDependencies, isDebian, isRoot, projectNode, requireNode, root } from './prepare.mjs';

const PROGRAMS = 'Xvfb openbox xdotool wmctrl xprop xwininfo dbus-daemon dbus-send gnome-keyring-daemon setpriv xorriso socat'.split(' ');

const args = process.argv.slice(2);
const at = args.indexOf('--electron');
const given = (at === -1 ? undefined : args.splice(at, 2)[1]) ?? process.env.BOOTBENCH_ELECTRON;
const obstacle = obstacleHere();
if (obstacle) {
  console.error(`The Electron tests did not run: ${obstacle}`);
  process.exit(process.env.CI && isRoot && isDebian ? 1 : 0);
}

ensureDependencies();
requireNode();
ensureBuild();
// An empty name stands for the older one.
const binaries = given ? [given] : [pinned(), existsSync(olderElectron) ? '' : undefined].filter((path) => path !== undefined);
for (const binary of binaries) {
  const status = run(binary);
  if (status !== 0) process.exit(status);
}

function run(binary) {
  console.log(binary ? `Electron: ${binary}` : 'Electron 22, by the compatibility build');
  const vitest = [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--config',
    join(root, 'test', 'electron', 'vitest.config.ts'),
  ];
  const env = { ...process.env, BOOTBENCH_ELECTRON: binary };
  return spawnSync(projectNode(), [...vitest, ...args], { cwd: root, stdio: 'inherit', env }).status ?? 1;
}

function obstacleHere() {
  if (process.platform !== 'linux') return 'they need an X server and a window manager, on Linux.';
  if (given && !existsSync(given)) return `Electron not found at ${given}.`;
  if (!given && !pinned() && !existsSync(olderElectron))
    return 'no Electron is installed. `npm run setup:lab` (Debian, root) fetches one, and `--electron PATH` names one.';
  const missing = PROGRAMS.filter((name) => !isOnPath(name));
  return missing.length > 0 ? `${missing.join(', ')} not found (npm run setup:lab).` : undefined;
}

function pinned() {
  const path = join(root, 'node_modules', 'electron', 'dist', 'electron');
  return existsSync(path) ? path : undefined;
}

function isOnPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
}
