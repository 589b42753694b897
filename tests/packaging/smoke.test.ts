import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { builtCli } from '../support/built-cli';

test('npm run smoke: the built gateway, tried as a person would, in folders with letters of many languages', async () => {
  const child = spawn(process.execPath, ['scripts/smoke.mjs', '--cli', builtCli()], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  }
  const [code] = (await once(child, 'close')) as [number];
  expect(said).toContain('smoke: all is well');
  expect(code).toBe(0);
}, 400_000);
