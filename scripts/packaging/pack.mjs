// The program as electron-builder packs it, with a folder of empty files in Electron's place: for the archive without a window, and for tests.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Packs into `folder`/dist; returns the resources folder, with app.asar in it. `isComplete` false leaves out the check that all boot files are
 * there. Throws an Error with electron-builder's output.
 */
export function packWithoutElectron({ root, folder, isComplete = true }) {
  const electronDist = join(folder, 'electron');
  mkdirSync(join(electronDist, 'resources'), { recursive: true });
  for (const name of ['electron', 'electron.exe', 'chrome-sandbox', 'LICENSE', 'LICENSES.chromium.html', 'version'])
    writeFileSync(join(electronDist, name), '');
  const output = join(folder, 'dist');
  // Fuses are bits in the real binary; the check for boot files has tests of its own.
  const config = {
    extends: join(root, 'electron-builder.yml'),
    electronDist,
    electronFuses: null,
    directories: { output },
    ...(isComplete ? {} : { beforePack: null }),
  };
  writeFileSync(join(folder, 'builder.json'), JSON.stringify(config));
  const flag = { linux: '--linux', darwin: '--mac', win32: '--win' }[process.platform];
  const args = [join(root, 'node_modules/electron-builder/cli.js'), flag, 'dir', '--config', join(folder, 'builder.json')];
  // As outside a test: under VITEST electron-builder makes hard links, which need the project to be the runner's own.
  const env = { ...process.env, VITEST: undefined };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', env });
  if (status !== 0) throw new Error(`electron-builder failed (${status}): ${stdout}${stderr}`);
  const made = readdirSync(output).find((name) => name.endsWith('unpacked'));
  return join(output, String(made), 'resources');
}
