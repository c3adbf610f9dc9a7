import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

/** Four programs from one tree: the desktop host, the worker that runs the appliance, the headless host, the CLI. */
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      rolldownOptions: {
        input: { index: 'electron/main.ts', thread: 'main-services/thread/worker.ts', cli: 'cli/main.ts' },
      },
    },
  },
  preload: {
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
    plugins: [react()],
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
