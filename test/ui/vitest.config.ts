import { defineConfig } from 'vitest/config';

/** Its figures are those of a browser that has the computer to itself. */
const MEASURING = 'test/ui/thousand.test.ts';

/** The built renderer in a real Chromium; run after a build. Two pages at a time, because each waits for its appliance half of its time. */
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: { name: 'pages', include: ['test/ui/**/*.test.ts'], exclude: [MEASURING], maxWorkers: 2, sequence: { groupOrder: 0 } },
      },
      { extends: true, test: { name: 'measured', include: [MEASURING], fileParallelism: false, sequence: { groupOrder: 1 } } },
    ],
  },
});
