/**
 * A build of the desktop for Electron 22 (Chromium 108, Node 16.17), for tests on machines that cannot download the pinned Electron:
 *
 *   node test/electron/compat/build.ts FOLDER      then      FOLDER/electron/electron FOLDER/app --data-dir …
 *
 * It needs `npm run setup:lab` (the binary) and `npm run build` (the worker). electron/main.ts, electron/preload.ts and the UI are the
 * project's own, transpiled; `shims/` adds what Electron 22 lacks. The worker's file is a bridge (bridge/) to the built worker, which runs
 * in the project's Node 24. FOLDER holds everything that is needed, so that another user can run it; files are hard links where possible.
 *
 *   FOLDER/electron/          Electron 22 with the default app that its archive came without
 *   FOLDER/app/               the desktop: package.json, out/{main,preload,renderer}, resources, scripts
 *   FOLDER/appliance/out/     the built worker as it is
 *   FOLDER/node_modules/      the production packages
 *   FOLDER/node               Node 24
 */
import react from '@vitejs/plugin-react';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build, type InlineConfig, type Plugin } from 'vite';
import { CACHE } from '../../lab/cache.ts';
import { builtFile, linkTree, NODE, PROJECT, stageParts } from '../stage.ts';

const HERE = import.meta.dirname;
/** scripts/older-electron.mjs puts it there. */
const ELECTRON = join(CACHE, 'electron-22');
const BUILDS = join(CACHE, 'electron-compat');
/** What the desktop is built from; a change in one of these makes a new build. */
const SOURCES = ['contract', 'electron', 'headless', 'main-services', 'renderer', 'util', 'package-lock.json', 'test/electron/compat'];
const IN_NODE_16 = { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' };

/** Fills `folder`, which must be absent or empty. Throws a sentence where Electron 22 or the built worker is missing. */
async function buildCompat(folder: string): Promise<void> {
  if (!existsSync(join(ELECTRON, 'ready'))) throw new Error('Electron 22 is missing: run `npm run setup:lab` (Debian, root).');
  const desktop = await cachedDesktop();
  mkdirSync(folder, { recursive: true });
  linkTree(ELECTRON, join(folder, 'electron'));
  linkTree(join(desktop, 'default_app.asar'), join(folder, 'electron/resources/default_app.asar'));
  linkTree(join(desktop, 'app'), join(folder, 'app'));
  linkTree(builtFile('out/main'), join(folder, 'appliance/out/main'));
  linkTree(join(PROJECT, 'package.json'), join(folder, 'appliance/package.json'));
  linkTree(NODE, join(folder, 'node'));
  stageParts(folder);
}

/** The desktop's own files, from the last run where no source has changed since. */
async function cachedDesktop(): Promise<string> {
  const key = createHash('sha256');
  for (const source of SOURCES) addTo(key, source);
  const folder = join(BUILDS, key.digest('hex').slice(0, 16));
  if (existsSync(folder)) return folder;
  for (const former of existsSync(BUILDS) ? readdirSync(BUILDS) : []) rmSync(join(BUILDS, former), { recursive: true });
  mkdirSync(BUILDS, { recursive: true });
  const work = mkdtempSync(`${folder}-`);
  await Promise.all([buildDesktop(join(work, 'app')), packDefaultApp(work)]);
  renameSync(work, folder);
  return folder;
}

function addTo(key: ReturnType<typeof createHash>, path: string): void {
  const absolute = join(PROJECT, path);
  if (statSync(absolute).isDirectory()) for (const name of readdirSync(absolute).sort()) addTo(key, `${path}/${name}`);
  else key.update(`${path}\0`).update(readFileSync(absolute)).update('\0');
}

async function buildDesktop(app: string): Promise<void> {
  await forNode16('electron/main.ts', join(app, 'out/main/index.js'), [shim('main'), first('electron/main.ts', 'node-16', 'language')]);
  await forNode16('electron/preload.ts', join(app, 'out/preload/index.cjs'), [shim('preload')]);
  await forNode16('test/electron/compat/bridge/worker.ts', join(app, 'out/main/thread.js'));
  cpSync(join(HERE, 'bridge/child.ts'), join(app, 'out/main/child.mts'));
  await build({
    ...{ configFile: false, root: join(PROJECT, 'renderer'), base: './', logLevel: 'error' },
    plugins: [react(), first('renderer/main.tsx', 'language')],
    build: {
      ...{ outDir: join(app, 'out/renderer'), emptyOutDir: true, assetsInlineLimit: 0, chunkSizeWarningLimit: 9000 },
      ...{ target: 'chrome108', cssTarget: 'chrome108', cssMinify: 'lightningcss', minify: false },
      rolldownOptions: { input: join(PROJECT, 'renderer/index.html') },
    },
  });
  const { name, version, description, license } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as Record<string, string>;
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name, version, description, license, main: 'out/main/index.js' }));
}

/** One entry and all that it imports as one CommonJS file, except native packages. */
async function forNode16(entry: string, file: string, plugins: Plugin[] = []): Promise<void> {
  const outDir = join(file, '..');
  const options: InlineConfig = {
    ...{ configFile: false, root: PROJECT, logLevel: 'error', plugins, define: IN_NODE_16 },
    ssr: { noExternal: true, external: ['electron', 'serialport'], target: 'node' },
    build: {
      ...{ ssr: join(PROJECT, entry), outDir, emptyOutDir: false, copyPublicDir: false, target: 'node16', minify: false },
      rolldownOptions: { output: { format: 'cjs', entryFileNames: file.slice(outDir.length + 1), codeSplitting: false } },
    },
  };
  await build(options);
}

/** `electron` as the sources import it is our module with what Electron 22 lacks. */
function shim(process: 'main' | 'preload'): Plugin {
  const file = join(HERE, `shims/electron-${process}.ts`);
  return {
    name: 'electron-22',
    enforce: 'pre',
    resolveId: (source, importer) => (source === 'electron' && importer !== file ? file : undefined),
  };
}

/** Loads shims before anything else of an entry. */
function first(entry: string, ...shims: string[]): Plugin {
  const imports = shims.map((name) => `import ${JSON.stringify(join(HERE, `shims/${name}.ts`))};\n`).join('');
  return {
    name: `before-${entry}`,
    enforce: 'pre',
    transform: (code, id) => (id === join(PROJECT, entry) ? imports + code : undefined),
  };
}

async function packDefaultApp(work: string): Promise<void> {
  const builder = createRequire(join(PROJECT, 'node_modules/electron-builder/package.json'));
  const { createPackage } = builder('@electron/asar') as { createPackage(from: string, to: string): Promise<void> };
  const from = join(work, 'default_app');
  await forNode16('test/electron/compat/default-app.ts', join(from, 'main.js'));
  writeFileSync(join(from, 'package.json'), JSON.stringify({ name: 'electron', main: 'main.js' }));
  await createPackage(from, join(work, 'default_app.asar'));
}

const folder = process.argv[2];
if (folder === undefined) throw new Error('Usage: node test/electron/compat/build.ts FOLDER');
await buildCompat(folder);
console.log(`${join(folder, 'electron/electron')} ${join(folder, 'app')}`);
