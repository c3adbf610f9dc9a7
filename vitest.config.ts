import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts', 'test/service/**/*.test.ts'],
    testTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
    pool: 'forks',
    // Many tests wait for real time, so that two cores carry two files at once.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
