import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

/** The programs of one tree: the desktop host, the worker that runs the appliance, that of TFTP's transfers, the CLI with the headless host. */
export default defineConfig({
  main: {
    plugins: [listBundled('main')],
    build: {
      outDir: 'out/main',
      rolldownOptions: {
        input: {
          index: 'electron/main.ts',
          thread: 'main-services/thread/worker.ts',
          'tftp-thread': 'main-services/tftp/thread/worker.ts',
          cli: 'cli/main.ts',
        },
      },
    },
  },
  preload: {
    plugins: [listBundled('preload')],
    build: {
      outDir: 'out/preload',
      rolldownOptions: {
        input: { index: 'electron/preload.ts' },
        // A sandboxed preload must be CommonJS.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'renderer',
    base: './',
    plugins: [react(), listBundled('renderer')],
    build: {
      // The page's policy allows no data: URLs.
      assetsInlineLimit: 0,
      outDir: 'out/renderer',
      minify: true,
      // Read from this computer's disk: one file is faster than many.
      chunkSizeWarningLimit: 2000,
      rolldownOptions: { input: 'renderer/index.html' },
    },
  },
});

/** Writes which packages were bundled into a program, as `name@version`, for scripts/sbom.mjs. */
function listBundled(program: string) {
  return {
    name: 'list-bundled',
    writeBundle(this: { getModuleIds(): IterableIterator<string> }) {
      const folders = [...this.getModuleIds()].map((id) => /^[^?]*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0]);
      const packages = [...new Set(folders)].filter((folder) => folder !== undefined).map(packageIn);
      mkdirSync('out/bundled', { recursive: true });
      writeFileSync(`out/bundled/${program}.json`, JSON.stringify([...new Set(packages)].sort()));
    },
  };
}

function packageIn(folder: string): string {
  const { name, version } = JSON.parse(readFileSync(`${folder.replace(/^\0/, '')}/package.json`, 'utf8')) as {
    name: string;
    version: string;
  };
  return `${name}@${version}`;
}
