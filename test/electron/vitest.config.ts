import { defineConfig } from 'vitest/config';

/** The built desktop in a real Electron; run by scripts/test-electron.mjs, which finds the binary. */
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/electron/**/*.test.ts'],
    globalSetup: ['test/electron/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    pool: 'forks',
    // Each file has a display of its own, and most of its time it waits for a program to start or to end.
    maxWorkers: 3,
  },
});
