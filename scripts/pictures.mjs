// `npm run pictures`: builds, then takes the README's pictures (docs/screens/*.png) in Chromium, on the stage of the UI tests.
// BOOTBENCH_CHROMIUM names another Chromium. Where pngquant is installed, the files get a palette of 256 colours.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ensureBuild, ensureTypeScript, root } from './prepare.mjs';

ensureTypeScript(import.meta.url);
ensureBuild();
const { runnerImport } = await import('vite');
const folder = join(root, 'docs', 'screens');
// Through vite, because the stage reaches db/, which imports its SQL with `?raw`.
const { module } = await runnerImport(join(root, 'test', 'ui', 'pictures.ts'), { root, configFile: false });
const paths = await module.takePictures(folder);
for (const name of readdirSync(folder)) if (!paths.includes(join(folder, name))) rmSync(join(folder, name));
const { error } = spawnSync('pngquant', ['--force', '--ext', '.png', '--speed', '1', ...paths]);
if (error) console.error('pngquant is not installed: the pictures have full colour and are larger.');
for (const path of paths) console.log(`${relative(root, path)}: ${Math.round(statSync(path).size / 1024)} KiB`);
process.exit(0);
