import { defineConfig } from 'vitest/config';
import { patienceMs } from './tests/support/patience.ts';
import { listTestFiles, tierNames } from './tests/support/tiers.ts';

const filesByTier = listTestFiles();

/** One project a tier (tests/support/tiers.ts): `npm run test:unit`, or `npx vitest run --project database`. */
export default defineConfig({
  define: { __GATEWAY_VERSION__: JSON.stringify('0.0.0-test') },
  test: {
    projects: tierNames.map((name) => ({
      extends: true,
      test: {
        name,
        include: filesByTier[name],
        globalSetup: name === 'unit' ? [] : ['tests/support/global-setup.ts'],
      },
    })),
    reporters: ['default', './tests/support/plain-summary-reporter.ts'],
    setupFiles: ['tests/support/fail-on-leaks.ts'],
    // Nothing of a test is announced in the network of the machine that it runs on.
    env: { GATEWAY_MDNS: 'off' },
    expect: { poll: { timeout: patienceMs } },
    // Three times what a single wait may take.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Of all tiers together. Each brings its PostgreSQL and often a browser of several processes: more would only
    // wait for each other.
    maxWorkers: 2,
    dangerouslyIgnoreUnhandledErrors: false,
    coverage: {
      provider: 'v8',
      include: ['main/**/*.ts'],
      reporter: ['text', 'html'],
    },
  },
});
