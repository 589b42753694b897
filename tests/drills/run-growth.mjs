import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** `npm run drill:growth`: 300 tenants on a server of a hundred connections. */
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const child = spawn(process.execPath, [vitest, 'run', 'tests/drills/growth.test.ts'], {
  stdio: 'inherit',
  env: { GROWTH_TENANTS: '300', GROWTH_CONNECTIONS: '100', ...process.env },
});
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
