import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { runCommand, serverEnvironment } from './run-command-line';

// Each command is a process; a busy machine takes its time for several of them.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let dataDir: string;
let system: TestDatabase;
const run = (...args: string[]) => runCommand(args, { env: serverEnvironment(system.name, dataDir) });
const defaults = (...args: string[]) => run('settings', 'defaults', ...args);

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'gateway-defaults-'));
  system = await createTestDatabase();
});
afterAll(async () => {
  for (const id of ['FIRST', 'SECOND']) await run('tenant', 'remove', id, '--drop-database', '--yes');
  await system.stop();
  rmSync(dataDir, { recursive: true });
});

test('a tenant that is added begins with what was set, until it is reset', async () => {
  expect((await defaults('--json')).json()).toEqual({ settings: {} });
  const set = await defaults('set', 'locale=af-ZA', 'whatsapp_quiet_hours=20:00-07:00', '--json');
  expect(set.json()).toEqual({
    changed: [
      { name: 'whatsapp_quiet_hours', before: null, after: '20:00-07:00' },
      { name: 'locale', before: null, after: 'af-ZA' },
    ],
  });
  await run('tenant', 'add', 'FIRST');
  const first = await run('settings', 'get', 'FIRST', 'locale', 'whatsapp_quiet_hours', '--json');
  expect(first.json()).toMatchObject({ locale: 'af-ZA', whatsapp_quiet_hours: '20:00-07:00' });

  const list = await defaults();
  expect(list.stdout).toMatch(/^locale +af-ZA +set$/m);
  expect(list.stdout).toMatch(/^currency +ZAR +built in$/m);
  expect(list.stdout).not.toMatch(/smtp_password|webhook_url/);

  expect((await defaults('reset', 'locale')).stdout).toBe('locale: af-ZA → (built in)\n');
  expect((await defaults('reset', 'locale')).stdout).toBe('Nothing changed: it was so already.\n');
  await run('tenant', 'add', 'SECOND');
  const second = await run('settings', 'get', 'SECOND', 'locale', 'whatsapp_quiet_hours', '--json');
  expect(second.json()).toMatchObject({ locale: 'en-ZA', whatsapp_quiet_hours: '20:00-07:00' });

  const client = new pg.Client({ connectionString: system.url });
  await client.connect();
  const { rows } = await client
    .query<{ actor: string; detail: object }>(
      `select actor, detail from audit_log where action = 'new_tenant_settings.changed' order by id`,
    )
    .finally(() => client.end());
  expect(rows).toEqual([
    {
      actor: expect.stringMatching(/^command line/) as string,
      detail: {
        settings: ['whatsapp_quiet_hours', 'locale'],
        changes: [
          { name: 'whatsapp_quiet_hours', before: null, after: '20:00-07:00' },
          { name: 'locale', before: null, after: 'af-ZA' },
        ],
      },
    },
    expect.objectContaining({
      detail: { settings: ['locale'], changes: [{ name: 'locale', before: 'af-ZA', after: null }] },
    }),
  ]);
});

test('what is wrong, secret or particular to a tenant is refused in one line, by its name', async () => {
  const refused = await defaults(
    'set',
    'smtp_password=geheim',
    'webhook_url=https://a.example',
    'timezone=Mars',
  );
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toBe(
    'error: smtp_password is a secret of each tenant alone: set it for the tenant itself; ' +
      'webhook_url belongs to each tenant alone: set it for the tenant itself; ' +
      'timezone must be a time zone such as Africa/Johannesburg.\n',
  );
  expect((await defaults('reset', 'smtp_from_email')).stderr).toContain(
    'smtp_from_email belongs to each tenant',
  );
  const unknown = await defaults('set', 'langauge=af');
  expect(unknown.stderr).toMatch(/^error: There is no setting langauge\. Known settings: email_enabled, /);
  expect(unknown.stderr).not.toContain('smtp_password');
  const unclear = await defaults('set', 'locale');
  expect(unclear.code).not.toBe(0);
  expect(unclear.stderr).toContain('"locale" is not NAME=VALUE.');
  expect((await defaults('set')).stderr).toContain("missing required argument 'NAME=VALUE'");
});
