import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../support/find-free-port';
import { findProgram } from '../support/install-test-programs';
import { waitUntil } from '../support/wait-until';

/** Undefined where no php-cli is installed. */
export const phpPath = findProgram('php');

export interface PhpServer {
  readonly origin: string;
  readonly dataDir: string;
  /** what PHP wrote about its requests and its errors */
  log(): string;
  stop(): Promise<void>;
}

/** The example application on PHP's own web server, with several workers where the system can fork. */
export async function startPhp(env: Readonly<Record<string, string>>): Promise<PhpServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'php-example-'));
  let log = '';
  for (let attempt = 1; ; attempt += 1) {
    // PHP's server takes no 0. Somebody else may be quicker, so it is tried again.
    const port = await findFreePort();
    const origin = `http://127.0.0.1:${port}`;
    const settings = {
      error_log: '/dev/stderr',
      display_errors: '0',
      log_errors: '1',
      error_reporting: '32767',
    };
    const flags = Object.entries({ ...settings, 'session.save_path': dataDir }).flatMap(([name, value]) => [
      '-d',
      `${name}=${value}`,
    ]);
    const child = spawn(phpPath ?? 'php', [...flags, '-S', `127.0.0.1:${port}`, '-t', 'examples/php'], {
      env: { PATH: process.env['PATH'], PHP_CLI_SERVER_WORKERS: '3', EXAMPLE_DATA_DIR: dataDir, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
      // Its workers end with its process group.
      detached: true,
    });
    child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    const closed = once(child, 'close');
    const stop = async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      await closed;
    };
    try {
      await waitUntil(async () => child.exitCode !== null || (await fetch(`${origin}/page.css`)).ok, {
        what: 'php to listen',
      });
      if (child.exitCode === null) {
        return {
          origin,
          dataDir,
          log: () => log,
          async stop() {
            await stop();
            await rm(dataDir, { recursive: true, force: true });
          },
        };
      }
    } catch (thrown) {
      await stop();
      throw new Error(`php did not start: ${log}`, { cause: thrown });
    }
    if (attempt === 3) throw new Error(`php did not start: ${log}`);
  }
}

export interface PhpResult {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Runs PHP code with the example's client loaded; its output is what the code echoes. */
export async function runPhp(code: string, flags: readonly string[] = []): Promise<PhpResult> {
  const child = spawn(
    phpPath ?? 'php',
    [
      ...flags,
      '-d',
      'display_errors=1',
      '-d',
      'error_reporting=32767',
      '-r',
      `require 'gateway-client.php'; ${code}`,
    ],
    { cwd: 'examples/php', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  return { exitCode: child.exitCode, output };
}
