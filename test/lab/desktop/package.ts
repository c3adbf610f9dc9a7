import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PROJECT } from '../../electron/stage.ts';
import { NODE } from '../namespace.ts';
import { mustRun } from '../process.ts';

interface Config {
  readonly icon: string;
  readonly deb: Readonly<Record<string, unknown>>;
  readonly [name: string]: unknown;
}

/**
 * The project's deb with Electron 22 in the place of the pinned Electron, made by electron-builder with the project's own fpm. What
 * differs from a release: Electron and the desktop's files are those of the compatibility build, whose worker, Node and packages are beside
 * the archive; no fuses; no compression. `folder` must be absent. Gives the file.
 */
export async function buildDesktopDeb(folder: string): Promise<string> {
  await mustRun([NODE, join(PROJECT, 'test/electron/compat/build.ts'), folder], { timeoutMs: 120_000 });
  const inProject = (path: unknown): string => join(PROJECT, String(path));
  const config = parse(readFileSync(join(PROJECT, 'electron-builder.yml'), 'utf8')) as Config;
  const app = join(folder, 'app');
  const metadata = join(app, 'package.json');
  const named = { ...(JSON.parse(readFileSync(metadata, 'utf8')) as object), ...(config.extraMetadata as object) };
  // The build's files are hard links.
  rmSync(metadata);
  writeFileSync(metadata, JSON.stringify(named));
  const output = join(folder, 'dist');
  const scripts = ['afterInstall', 'afterRemove', 'appArmorProfile'].map((name) => [name, inProject(config.deb[name])]);
  const resources = (config.extraResources as { from: string }[]).map((each) => ({ ...each, from: inProject(each.from) }));
  const besides = ['appliance', 'node', 'node_modules'].map((name) => ({ from: join(folder, name), to: name }));
  const changed = {
    ...config,
    ...{ electronDist: join(folder, 'electron'), electronVersion: '22.3.25', electronFuses: null, beforePack: null },
    directories: { output, buildResources: inProject('resources/icons') },
    icon: inProject(config.icon),
    files: ['out/**', 'package.json'],
    asarUnpack: ['out/renderer/**', 'out/main/child.mts'],
    extraResources: [...resources, ...besides],
    deb: {
      ...config.deb,
      ...(Object.fromEntries(scripts) as Record<string, string>),
      fpm: [`${inProject('LICENSE')}=/usr/share/doc/bootbench/copyright`, '--deb-compression=none'],
    },
  };
  const file = join(folder, 'builder.json');
  writeFileSync(file, JSON.stringify(changed));
  const builder = [inProject('node_modules/electron-builder/cli.js'), '--linux', 'deb', '--projectDir', app, '--config', file];
  await mustRun([NODE, ...builder], { env: { CUSTOM_FPM_PATH: inProject('scripts/packaging/fpm.mjs') }, timeoutMs: 120_000 });
  return join(output, String(readdirSync(output).find((name) => name.endsWith('.deb'))));
}
