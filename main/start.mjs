#!/usr/bin/env node
import { pathToFileURL } from 'node:url';
import { buildWhenStale, builtCommandLine } from './build-when-stale.mjs';

/** `npm start`: builds what is stale and runs the gateway; without a window until the desktop app is there. */
try {
  await buildWhenStale();
  process.stdout.write('There is no desktop window in this version yet: the gateway runs headless.\n');
  process.argv.push('serve');
  await import(pathToFileURL(builtCommandLine()).href);
} catch (thrown) {
  process.stderr.write(`modular-gateway: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  process.exitCode = 1;
}
