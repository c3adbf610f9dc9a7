// Set-up shared by `npm start`, `npm test` and the others. Plain JavaScript for any Node from 18 on.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What goes into the build; a newer file in one of these triggers a build. */
const SOURCES = [
  'contract',
  'db',
  'util',
  'main-services',
  'electron',
  'headless',
  'cli',
  'renderer',
  'resources',
  'package.json',
  'electron.vite.config.ts',
  'tsconfig.json',
];

/** Runs a command in the project with its output shown; exits with its code when it fails. */
export function must(what, command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32', ...options });
  if (error || status !== 0) {
    console.error(`${what} failed${error ? `: ${error.message}` : ''}.`);
    process.exit(status || 1);
  }
}

/** Installs the pinned packages where they are missing or belong to another lock file. */
export function ensureDependencies() {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const stamp = join(root, 'node_modules', '.bootbench-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock && existsSync(projectNode())) return;
  console.error('Installing packages (npm ci); this needs internet access…');
  must('npm ci', 'npm', ['ci', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error'], { stdio: ['ignore', 2, 2] });
  writeFileSync(stamp, lock);
}

/** The Node 24 that the project installs; on systems without such a package, the running one if it is new enough. */
export function projectNode() {
  const local = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  if (existsSync(local)) return local;
  if (Number(process.versions.napi) >= 10) return process.execPath;
  return local;
}

export function requireNode() {
  if (existsSync(projectNode())) return;
  console.error(`Bootbench needs Node 24 or newer on this system; this is ${process.version}. Install it, then run this again.`);
  process.exit(1);
}

/** Starts a script again on the project's Node where this Node cannot import TypeScript; does not return then. */
export function ensureTypeScript(scriptUrl) {
  if (process.features.typescript) return;
  ensureDependencies();
  requireNode();
  const { status } = spawnSync(projectNode(), [fileURLToPath(scriptUrl), ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(status ?? 1);
}

/** Builds desktop host, worker, CLI and UI when a source is newer than the last build. */
export function ensureBuild() {
  const stamp = join(root, 'out', '.built');
  const newest = Math.max(...SOURCES.map((path) => newestIn(join(root, path))));
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= newest) return;
  console.error('Building…');
  must(
    'The build',
    projectNode(),
    [join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js'), 'build', '--logLevel', 'warn'],
    { stdio: ['ignore', 2, 2] },
  );
  mkdirSync(join(root, 'out'), { recursive: true });
  writeFileSync(stamp, '');
}

function newestIn(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(
    0,
    ...readdirSync(path)
      .filter((name) => name !== 'boot-files')
      .map((name) => newestIn(join(path, name))),
  );
}

export const isRoot = process.getuid?.() === 0;
export const isDebian = existsSync('/etc/debian_version');
