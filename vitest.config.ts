import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts', 'test/service/**/*.test.ts'],
    testTimeout: 30_000,
    // A shared machine may stall once; a fault is there twice.
    retry: process.env.CI ? 1 : 0,
    pool: 'forks',
  },
});
