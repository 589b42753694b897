import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';

test('leaves a child process and a timer running', () => {
  // It ends by itself, some seconds after the check.
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 6000)'], { stdio: 'ignore' });
  setInterval(() => undefined, 60_000);
  expect(child.pid).toBeGreaterThan(0);
});
