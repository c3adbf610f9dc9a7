// `npm run dist [-- TARGET… --electron FOLDER]`: packages for this system, in dist/. Targets: deb, rpm, AppImage, tar.gz on Linux; dmg, tar.gz on
// macOS; nsis, tar.gz on Windows. tar.gz is the program without a window and needs no download. Each target that fails says what it needs;
// the others are made. FOLDER (or BOOTBENCH_ELECTRON) is an unpacked Electron, instead of a download.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { makeHeadlessArchive } from './packaging/headless.mjs';
import { makeInstaller } from './packaging/nsis.mjs';
import { writeSbom } from './sbom.mjs';
import { ensureBuild, ensureDependencies, projectNode, requireNode, root } from './prepare.mjs';

const OUTPUT = join(root, 'dist');
const TARGETS = { linux: ['deb', 'rpm', 'AppImage', 'tar.gz'], darwin: ['dmg', 'tar.gz'], win32: ['nsis', 'tar.gz'] };
const PLATFORM_FLAG = { linux: '--linux', darwin: '--mac', win32: '--win' };
/** What a target needs that npm does not install. */
const NEEDS = {
  deb: 'dpkg-deb, of any Debian or Ubuntu.',
  rpm: 'rpmbuild: apt install rpm, or dnf install rpm-build.',
  AppImage: 'electron-builder’s download appimage-12.0.1.7z, or its unpacked folder in APPIMAGE_TOOLS_PATH.',
  nsis: 'makensis of NSIS 3: winget install NSIS.NSIS.',
  dmg: 'macOS.',
  'tar.gz': 'tar.',
};

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const args = process.argv.slice(2);
const electron = electronFolder(takeOption('--electron') ?? process.env.BOOTBENCH_ELECTRON);
const known = TARGETS[process.platform] ?? [];
const targets = args.length > 0 ? args : known;
for (const target of targets) if (!known.includes(target)) giveUp(`${target} cannot be made on this system; it makes ${known.join(', ')}.`);

ensureDependencies();
requireNode();
ensureBuild();
if (spawnSync(process.execPath, [join(root, 'scripts', 'boot-files.mjs')], { stdio: 'inherit' }).status !== 0)
  giveUp('A package without boot files boots nothing: see above.');

writeSbom();

mkdirSync(OUTPUT, { recursive: true });
const failed = [];
const desktop = targets.filter((target) => target !== 'tar.gz');
if (targets.includes('tar.gz') && process.platform !== 'darwin') attempt('tar.gz', () => makeArchive());
if (desktop.length > 0 || process.platform === 'darwin') makeDesktopPackages();
for (const line of failed) console.error(line);
process.exitCode = failed.length > 0 ? 1 : 0;

function makeDesktopPackages() {
  const folder = packProgram();
  if (folder === undefined) {
    const download = `electron-v${electronVersion()}-${process.platform}-${process.arch}.zip`;
    const names = process.platform === 'darwin' ? targets : desktop;
    failed.push(
      `${names.join(', ')}: not made. Electron was not found: download ${download}, unpack it and name its folder with --electron.`,
    );
    return;
  }
  for (const target of desktop) attempt(target, () => makePackage(target, folder));
  if (targets.includes('tar.gz') && process.platform === 'darwin')
    attempt('tar.gz', () => makeArchive(join(folder, 'Contents', 'Resources')));
}

function makePackage(target, folder) {
  if (target === 'nsis') makeInstaller({ root, folder, output: join(OUTPUT, `Bootbench-Setup-${version}.exe`), version });
  else build(target, ['--prepackaged', folder]);
}

function makeArchive(resources) {
  console.log(relative(root, makeHeadlessArchive({ root, output: OUTPUT, node: projectNode(), version, resources })));
}

/** electron-builder's folder of the program; undefined where Electron is missing. */
function packProgram() {
  rmSync(join(OUTPUT, 'builder-debug.yml'), { force: true });
  const given = electron === undefined ? [] : [`--config.electronDist=${electron}`];
  if (electron === undefined && !canDownload()) return undefined;
  build('dir', given);
  const names = {
    linux: ['linux-unpacked', 'linux-arm64-unpacked'],
    darwin: ['mac', 'mac-arm64'],
    win32: ['win-unpacked', 'win-arm64-unpacked'],
  };
  const folder = names[process.platform].map((name) => join(OUTPUT, name)).find((path) => existsSync(path));
  return process.platform === 'darwin' && folder !== undefined ? join(folder, 'Bootbench.app') : folder;
}

/** Fetches Electron once with its own installer, as `npm start` does. */
function canDownload() {
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules/electron/install.js')], { stdio: 'inherit', timeout: 300_000 });
  return status === 0;
}

function build(target, more) {
  const builder = [join(root, 'node_modules/electron-builder/cli.js'), PLATFORM_FLAG[process.platform], target, ...more];
  const env = { ...process.env, CUSTOM_FPM_PATH: join(root, 'scripts/packaging/fpm.mjs') };
  const { status } = spawnSync(projectNode(), builder, { cwd: root, stdio: 'inherit', env });
  if (status !== 0) throw new Error(`electron-builder ended with ${status}.`);
}

function attempt(target, make) {
  try {
    make();
  } catch (error) {
    failed.push(`${target}: not made. ${error.message} It needs ${NEEDS[target]}`);
  }
}

/** The folder of an Electron, given as itself or by its program. */
function electronFolder(given) {
  const path = given ?? join(root, 'node_modules', 'electron', 'dist');
  if (!existsSync(path)) return given === undefined ? undefined : giveUp(`Electron not found at ${given}.`);
  return statSync(path).isDirectory() ? path : dirname(path);
}

function electronVersion() {
  return JSON.parse(readFileSync(join(root, 'node_modules/electron/package.json'), 'utf8')).version;
}

function takeOption(name) {
  const at = args.indexOf(name);
  return at === -1 ? undefined : args.splice(at, 2)[1];
}

function giveUp(sentence) {
  console.error(sentence);
  process.exit(1);
}
