import { defineConfig } from 'vitest/config';

/** Runs the fixtures of fail-on-leaks.test.ts, most of which are meant to fail. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.fixture.ts'],
    setupFiles: ['../fail-on-leaks.ts'],
    maxWorkers: 2,
  },
});
