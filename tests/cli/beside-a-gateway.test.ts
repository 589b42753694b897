import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { quietEvent } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { bareEnvironment, runCommand, spawnCommand } from './run-command-line';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: string;
let env: NodeJS.ProcessEnv;
let gateway: ChildProcess;
let origin: string;

/** On embedded PostgreSQL: the commands share the server of the gateway that runs. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-beside-'));
  env = {
    ...bareEnvironment(),
    GATEWAY_DATA_DIR: folder,
    HOST: '127.0.0.1',
    PORT: '0',
    SYSTEM_SMTP_HOST: '127.0.0.1',
    SYSTEM_SMTP_PORT: '1',
  };
  gateway = spawnCommand(['serve'], { env });
  const lines = createInterface({ input: gateway.stdout! });
  for await (const line of lines) {
    const { message, port } = JSON.parse(line) as { message: string; port: number };
    origin = `http://127.0.0.1:${port}`;
    if (message === 'listening') break;
  }
  gateway.stdout!.resume();
  gateway.stderr!.resume();
});
afterAll(async () => {
  // In order: its embedded server must not outlive the folder.
  if (gateway.exitCode === null && gateway.signalCode === null) {
    gateway.kill('SIGTERM');
    await once(gateway, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => runCommand(args, { env });

async function postEvent(apiKey: string): Promise<number> {
  const response = await fetch(`${origin}/api/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(quietEvent),
  });
  await response.arrayBuffer();
  return response.status;
}

const untilAnswered = (apiKey: string, status: number) =>
  waitUntil(async () => (await postEvent(apiKey)) === status, {
    what: `the gateway to answer ${status}`,
  });

test('what the commands do, the running gateway notices', async () => {
  const added = await run('tenant', 'add', 'BESIDE', '--json');
  expect(added).toMatchObject({ code: 0, stderr: '' });
  const { api_key } = added.json() as { api_key: string };
  await untilAnswered(api_key, 202);

  const { api_key: second, id } = (await run('key', 'create', 'BESIDE', '--json')).json() as {
    api_key: string;
    id: number;
  };
  expect(await postEvent(second)).toBe(202);
  expect(await run('key', 'revoke', 'BESIDE', String(id))).toMatchObject({ code: 0 });
  await untilAnswered(second, 401);
  expect(await postEvent(api_key)).toBe(202);

  expect(await run('settings', 'set', 'BESIDE', 'rate_limit_per_minute=1')).toMatchObject({ code: 0 });
  await untilAnswered(api_key, 429);

  const saved = (await run('backup', '--json')).json() as { file: string; rows: number };
  expect(saved.file.startsWith(join(folder, 'backups'))).toBe(true);
  expect(saved.rows).toBeGreaterThan(3);

  expect(await run('tenant', 'remove', 'BESIDE')).toMatchObject({ code: 0 });
  await untilAnswered(api_key, 401);
});

test('the doctor judges the gateway that runs, not the shell it is called from', async () => {
  const { stdout } = await runCommand(['doctor', '--json'], {
    env: { ...bareEnvironment(), GATEWAY_DATA_DIR: folder },
  });
  const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; message: string }[] };
  const of = (name: string) => checks.find((check) => check.name === name);
  expect(of('settings')?.message).toContain(`process ${gateway.pid}`);
  // Set in the environment of the gateway alone, and nobody answers there.
  expect(of('system mail')).toMatchObject({ status: 'fail' });
  expect(of('system mail')?.message).toContain('127.0.0.1:1 ');
  expect(of('port')).toMatchObject({
    status: 'ok',
    message: expect.stringContaining(new URL(origin).port) as string,
  });
});

test('the gateway goes on when a command is done, and ends in order; then the commands work without it', async () => {
  expect((await fetch(`${origin}/health`)).status).toBe(200);
  gateway.kill('SIGTERM');
  expect(await once(gateway, 'exit')).toEqual([0, null]);
  expect(await run('tenant', 'list', '--json')).toMatchObject({ code: 0, stdout: '{"tenants":[]}\n' });
});
