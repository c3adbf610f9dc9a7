import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { at } from './built.ts';

/**
 * Runs electron-builder, with a folder of empty files in Electron’s place; gives the folder of the unpacked program.
 * `isComplete` false leaves out the check that all boot files are there.
 */
export function pack(folder: string, isComplete: boolean): string {
  const electronDist = join(folder, 'electron');
  mkdirSync(join(electronDist, 'resources'), { recursive: true });
  for (const name of ['electron', 'chrome-sandbox', 'LICENSE', 'LICENSES.chromium.html', 'version'])
    writeFileSync(join(electronDist, name), '');
  const output = join(folder, 'dist');
  // Fuses are bits in the real binary; the check for boot files has tests of its own.
  const config = {
    extends: at('electron-builder.yml'),
    electronDist,
    electronFuses: null,
    directories: { output },
    ...(isComplete ? {} : { beforePack: null }),
  };
  writeFileSync(join(folder, 'builder.json'), JSON.stringify(config));
  const args = [at('node_modules', 'electron-builder', 'cli.js'), '--linux', 'dir', '--config', join(folder, 'builder.json')];
  // As outside a test: under VITEST electron-builder makes hard links, which need the project to be the runner's own.
  const env = { ...process.env, VITEST: undefined };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: at(), encoding: 'utf8', env });
  expect(status, stdout + stderr).toBe(0);
  const made = readdirSync(output).find((name) => name.endsWith('unpacked'));
  return join(output, String(made));
}
