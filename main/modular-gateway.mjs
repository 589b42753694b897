#!/usr/bin/env node
import { pathToFileURL } from 'node:url';
import { buildWhenStale, builtCommandLine } from '../scripts/build-when-stale.mjs';

/** A fresh clone has no dist: it is built first, and again whenever a source is newer. */
try {
  await buildWhenStale();
  await import(pathToFileURL(builtCommandLine()).href);
} catch (thrown) {
  process.stderr.write(`modular-gateway: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  process.exitCode = 1;
}
