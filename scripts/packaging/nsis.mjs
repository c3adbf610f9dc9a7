// Compiles the installer for Windows from a folder with the program, with any NSIS 3: makensis of Debian, Homebrew or NSIS.NSIS on Windows.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ON_WINDOWS = 'C:\\Program Files (x86)\\NSIS\\makensis.exe';

/**
 * Writes the installer of `folder`, which has bootbench.exe, to `output`. `compressor` is one of NSIS: `zlib`, `/SOLID lzma`. Throws an Error
 * with a sentence.
 */
export function makeInstaller({ root, folder, output, version, compressor = '/SOLID lzma' }) {
  const work = mkdtempSync(join(tmpdir(), 'installer-'));
  try {
    const remove = join(work, 'remove.nsh');
    writeFileSync(remove, `\ufeff${removalOf(folder)}`);
    const defines = {
      PROGRAM: resolve(folder),
      OUTPUT: resolve(output),
      VERSION: version,
      ICON: join(root, 'resources', 'icons', 'icon.ico'),
      LICENSE: join(root, 'LICENSE'),
      REMOVE: remove,
      COMPRESSOR: compressor,
    };
    const script = join(root, 'resources', 'packaging', 'nsis', 'installer.nsi');
    const options = Object.entries(defines).map(([name, value]) => `-D${name}=${value}`);
    const program = existsSync(ON_WINDOWS) ? ON_WINDOWS : 'makensis';
    // In another locale than one of UTF-8 makensis of Debian 12 aborts.
    const env = { ...process.env, LC_ALL: 'C.UTF-8' };
    const done = spawnSync(program, ['-V2', '-WX', ...options, script], { encoding: 'utf8', env });
    if (done.error) throw new Error(`makensis cannot be started: ${done.error.message}.`);
    if (done.status !== 0) throw new Error(`makensis failed (${done.status ?? done.signal}): ${done.stdout}${done.stderr}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The macro that removes each file and then each folder of the program, and nothing else. */
export function removalOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => ({
    isFolder: entry.isDirectory(),
    path: join(entry.parentPath ?? entry.path, entry.name)
      .slice(resolve(folder).length + 1)
      .replaceAll('/', '\\')
      .replaceAll('$', '$$$$'),
  }));
  const files = entries.filter(({ isFolder }) => !isFolder).map(({ path }) => `  Delete "$INSTDIR\\${path}"`);
  const depth = ({ path }) => path.split('\\').length;
  const folders = entries.filter(({ isFolder }) => isFolder).sort((a, b) => depth(b) - depth(a));
  return ['!macro removeProgram', ...files, ...folders.map(({ path }) => `  RMDir "$INSTDIR\\${path}"`), '!macroend', ''].join('\n');
}
