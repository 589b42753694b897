import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { waitUntil } from '../support/wait-until';

export interface Display {
  /** such as `:3` */
  readonly name: string;
  stop(): Promise<void>;
}

/** The X server without a screen of Debian's package xvfb. */
const xvfb = ['/usr/bin/Xvfb', '/usr/local/bin/Xvfb'].find((path) => existsSync(path));

/** Why windows cannot be shown to tests here; undefined where they can. */
export const whyNoDisplay =
  process.platform === 'linux' && xvfb === undefined ? 'no Xvfb (Debian: apt-get install xvfb)' : undefined;

/** A screen of 1400×1000 for tests, on a display of its own choice; elsewhere than on Linux the real one. */
export async function startDisplay(): Promise<Display> {
  if (process.platform !== 'linux') return { name: '', stop: () => Promise.resolve() };
  if (xvfb === undefined) throw new Error(whyNoDisplay);
  const server = spawn(xvfb, ['-displayfd', '3', '-screen', '0', '1400x1000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  let written = '';
  server.stdio[3]?.on('data', (chunk: Buffer) => (written += chunk.toString()));
  await waitUntil(() => written.includes('\n'), { what: 'Xvfb to choose its display' });
  return {
    name: `:${written.trim()}`,
    async stop() {
      const ended = once(server, 'exit');
      server.kill();
      await ended;
    },
  };
}
