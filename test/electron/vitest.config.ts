import { defineConfig } from 'vitest/config';

/** The built desktop in a real Electron; run by scripts/test-electron.mjs, which finds the binary. */
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: { include: ['test/electron/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, pool: 'forks', fileParallelism: false },
});
