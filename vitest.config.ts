import { defineConfig } from 'vitest/config';
import { patienceMs } from './tests/support/patience.ts';

export default defineConfig({
  define: { __GATEWAY_VERSION__: JSON.stringify('0.0.0-test') },
  test: {
    include: ['tests/**/*.test.ts'],
    reporters: ['default', './tests/support/plain-summary-reporter.ts'],
    globalSetup: ['tests/support/global-setup.ts'],
    setupFiles: ['tests/support/fail-on-leaks.ts'],
    expect: { poll: { timeout: patienceMs } },
    // Three times what a single wait may take.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Each brings its PostgreSQL and often a browser of several processes: more would only wait for each other.
    maxWorkers: 2,
    dangerouslyIgnoreUnhandledErrors: false,
    coverage: {
      provider: 'v8',
      include: ['main/**/*.ts'],
      reporter: ['text', 'html'],
    },
  },
});
