// electron-builder's beforePack: a package without boot files or without the native modules of its platform would install and then boot nothing.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The missing parts of a package for `platform` (Node's name) and `arch`, as sentences. */
export function missingFor(projectDir, platform, arch) {
  const missing = [];
  const catalogue = JSON.parse(readFileSync(join(projectDir, 'resources', 'boot-files.json'), 'utf8'));
  for (const { name } of catalogue.files)
    if (!existsSync(join(projectDir, 'resources', 'boot-files', name))) missing.push(`Boot file ${name} is missing: npm run boot-files`);
  const natives = [`better-sqlite3/prebuilds/${platform}-${arch}.node`, `@koromix/koffi-${platform}-${arch}`];
  for (const native of natives)
    if (!existsSync(join(projectDir, 'node_modules', native)))
      missing.push(`node_modules/${native} is missing: npm installs it only on ${platform} ${arch}, so build the package there.`);
  if (!hasSerialPrebuild(projectDir, platform, arch))
    missing.push(`@serialport/bindings-cpp has no prebuilt module for ${platform} ${arch}: run npm ci, or choose another target.`);
  if (!existsSync(join(projectDir, 'out', 'main', 'index.js'))) missing.push('out/ is missing: npm run build');
  return missing;
}

/** Its folders are named by platform and all architectures that a module is for: `linux-x64`, `darwin-x64+arm64`. */
function hasSerialPrebuild(projectDir, platform, arch) {
  const prebuilds = join(projectDir, 'node_modules', '@serialport', 'bindings-cpp', 'prebuilds');
  if (!existsSync(prebuilds)) return false;
  return readdirSync(prebuilds)
    .map((name) => name.split('-'))
    .some(([system, architectures]) => system === platform && architectures.split('+').includes(arch));
}

/** electron-builder's numbers of architectures. */
const ARCHITECTURES = ['ia32', 'x64', 'armv7l', 'arm64', 'universal'];

export default function beforePack({ packager, electronPlatformName, arch }) {
  const missing = missingFor(packager.projectDir, electronPlatformName, ARCHITECTURES[arch] ?? String(arch));
  if (missing.length > 0) throw new Error(missing.join('\n'));
}
