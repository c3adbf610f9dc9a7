// `npm start [-- OPTIONS]`: installs, builds and runs the appliance, in Electron where that is possible, else headless with the
// same UI in a browser. `--electron PATH` (or BOOTBENCH_ELECTRON) names an Electron binary; other options go to `bootbench serve`.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuild, ensureDependencies, isRoot, projectNode, requireNode, root } from './prepare.mjs';

const args = process.argv.slice(2);
const given = takeOption('--electron') ?? process.env.BOOTBENCH_ELECTRON;

ensureDependencies();
requireNode();
ensureBuild();
fetchBootFiles();

const electron = findElectron();
if (electron.path) run(electron.path, [root, ...args], { forward: true });
else {
  console.error(`No window: ${electron.reason} Open the same UI in a browser.`);
  runHeadless();
}

function takeOption(name) {
  const at = args.indexOf(name);
  return at === -1 ? undefined : args.splice(at, 2)[1];
}

/** Boot files are needed for PXE only; virtual media and HTTP work without them, so a failure here is only a warning. */
function fetchBootFiles() {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'boot-files.mjs')], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0)
    console.error('Some boot files are missing. Machines cannot PXE-boot until `npm run boot-files` succeeds; everything else works.');
}

/** The Electron to use, or a sentence that says why there is none. */
function findElectron() {
  if (given) return existsSync(given) ? { path: given } : { reason: `Electron not found at ${given}.` };
  if (isRoot) return { reason: 'Electron does not run as root.' };
  const hasDisplay = process.platform === 'win32' || process.platform === 'darwin' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!hasDisplay) return { reason: 'No display.' };
  const local = electronBinary();
  if (existsSync(local)) return { path: local };
  console.error('Downloading Electron…');
  spawnSync(process.execPath, [join(root, 'node_modules', 'electron', 'install.js')], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    timeout: 300_000,
  });
  return existsSync(local) ? { path: local } : { reason: 'Electron could not be downloaded.' };
}

function electronBinary() {
  const dist = join(root, 'node_modules', 'electron', 'dist');
  if (process.platform === 'darwin') return join(dist, 'Electron.app', 'Contents', 'MacOS', 'Electron');
  return join(dist, process.platform === 'win32' ? 'electron.exe' : 'electron');
}

function runHeadless() {
  const child = run(projectNode(), [join(root, 'bin', 'bootbench.mjs'), 'serve', ...args], { stdio: ['inherit', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    if (text === undefined) return;
    text += chunk;
    const ready = text.split('\n').find((line) => line.includes('"event":"ready"'));
    if (!ready) return;
    text = undefined;
    openBrowser(JSON.parse(ready).ui);
  });
}

function openBrowser(url) {
  console.error(`Bootbench is ready: ${url}`);
  if (isRoot || !(process.env.DISPLAY || process.env.WAYLAND_DISPLAY || process.platform !== 'linux')) return;
  const [command, ...first] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open'];
  spawn(command, [...first, url], { stdio: 'ignore', detached: true })
    .on('error', () => console.error('Could not open a browser. Open the address above manually.'))
    .unref();
}

/** Runs the program to its end; signals are passed on, and its exit code becomes this one's. */
function run(command, commandArgs, { stdio = 'inherit' } = {}) {
  const child = spawn(command, commandArgs, { cwd: root, stdio });
  // On Windows the child gets them from the console itself, and kill() would end it before it has stopped its services.
  const forward = process.platform === 'win32' ? () => undefined : (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']) process.on(signal, forward);
  child.on('error', (error) => {
    console.error(`${command} could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
  return child;
}
