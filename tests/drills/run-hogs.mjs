import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** `npm run drill:hogs`: the hogs for two minutes, with the times of another customer's events judged. */
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const child = spawn(process.execPath, [vitest, 'run', 'tests/drills/hogs.test.ts'], {
  stdio: 'inherit',
  env: { HOGS_SECONDS: '120', ...process.env },
});
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
