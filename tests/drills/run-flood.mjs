import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** `npm run drill:flood`: the flood drill with 100,000 requests and packets, and the intruder for a minute. */
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const child = spawn(
  process.execPath,
  [vitest, 'run', 'tests/drills/flood.test.ts', 'tests/drills/intruder.test.ts'],
  { stdio: 'inherit', env: { FLOOD_REQUESTS: '100000', INTRUDER_SECONDS: '60', ...process.env } },
);
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
