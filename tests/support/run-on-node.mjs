import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `npm run test:node -- VERSION [TIER…]`: tiers of tests (unit and database unless told) on another Node. npm has its
 * programs for Linux; elsewhere, install that Node and run `npm run test:unit`.
 */
const [version, ...given] = process.argv.slice(2);
if (!/^\d+(\.\d+){0,2}$/.test(version ?? '') || process.platform !== 'linux') {
  console.error('npm run test:node -- VERSION [TIER…], on Linux: npm run test:node -- 24 unit');
  process.exit(2);
}
const folder = resolve('.cache', `node-${version}`);
const program = `node_modules/node-linux-${process.arch}/bin/node`;
const node = resolve(folder, program);
if (!existsSync(node)) {
  mkdirSync(folder, { recursive: true });
  const wanted = `node-linux-${process.arch}@${version}`;
  const flags = ['--no-save', '--no-audit', '--no-fund', '--prefix', folder];
  execFileSync('npm', ['install', ...flags, wanted], { stdio: 'inherit' });
}
console.log(`Node ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`);
const tiers = given.length > 0 ? given : ['unit', 'database'];
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const child = spawn(node, [vitest, 'run', ...tiers.flatMap((tier) => ['--project', tier])], {
  stdio: 'inherit',
  // The programs that tests start are to run on it, too.
  env: { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) },
});
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
