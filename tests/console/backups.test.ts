import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Operation } from '../../main/contracts/console/parts';
import { createGateway, type Gateway } from '../../main/gateway/gateway';
import { invoiceEvent, startGateway, type TestGateway } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { openTestConsole, type TestConsole } from './call-console';

let first: TestGateway;
let running: Gateway;
let window: TestConsole;

beforeAll(async () => {
  first = await startGateway();
  running = first.gateway;
  window = openTestConsole(running);
});
afterAll(async () => {
  window.close();
  await running.stop();
  await first.stop();
});

/** What an entry point does: the same configuration, another gateway. */
async function restart(): Promise<void> {
  window.close();
  await running.stop();
  running = createGateway(first.config);
  await running.start();
  window = openTestConsole(running);
}

async function waitForEnd(operationId: string): Promise<Operation> {
  await waitUntil(
    async () => {
      const operation = running.console && (await listOperations()).find(({ id }) => id === operationId);
      return operation && operation.state !== 'running';
    },
    { what: 'the operation to end' },
  );
  const found = (await listOperations()).find(({ id }) => id === operationId);
  if (!found) throw new Error('the operation vanished');
  return found;
}

const listOperations = async () => (await window.call('operations.list', {})).operations;

test('a backup is made, listed, downloaded, put back by a restart, and removed', async () => {
  const tenant = await first.addTenant();
  await tenant.post('/api/events', invoiceEvent());
  const { operationId } = await window.call('backups.create', { withSecrets: true });
  const made = await waitForEnd(operationId);
  expect(made).toMatchObject({ state: 'done', error: null });
  expect(made.notes.join(' ')).toContain('key file is in it');
  expect(made.done).toBeGreaterThan(0);

  const { folder, backups } = await window.call('backups.list', {});
  expect(folder).toBe(join(first.dataDir, 'backups'));
  const [backup] = backups;
  const name = backup?.name ?? '';
  expect(backup?.bytes).toBe((await stat(join(folder, name))).size);
  const { downloadToken } = await window.call('backups.download', { name });
  expect(running.console?.openDownload(downloadToken, { role: 'operator' })?.path).toBe(join(folder, name));

  // Afterwards things go on, and are gone again with the restore.
  await window.call('tenants.add', { customerId: 'LATER' });
  await window.call('settings.save', { values: { SYSTEM_SMTP_PASS: 'of this machine' } });
  expect(await window.refusal('backups.restore', { name, confirmation: 'yes' })).toMatchObject({
    code: 'confirmation_wrong',
  });
  const ordered = await window.call('backups.restore', { name, confirmation: name });
  await waitUntil(() => stat(join(first.dataDir, 'restore-next.json')), { what: 'the order' });
  expect((await listOperations()).find(({ id }) => id === ordered.operationId)?.state).toBe('running');
  await restart();
  expect(window.pushes).toEqual([]);
  const restored = await waitForEnd(ordered.operationId);
  expect(restored).toMatchObject({ kind: 'restore', state: 'done', error: null });
  expect(restored.notes[0]).toMatch(/^Restored 1 tenant as of /);

  const { tenants } = await window.call('tenants.list', {});
  expect(tenants.map(({ customerId }) => customerId)).toEqual([tenant.customerId]);
  expect(tenants[0]?.lastEventAt).not.toBeNull();
  expect(await readFile(join(first.dataDir, 'settings.json'), 'utf8')).toContain('SYSTEM_SMTP_PASS');
  const { variables } = await window.call('settings.get', {});
  expect(variables.find(({ name: of }) => of === 'SYSTEM_SMTP_PASS')?.isSet).toBe(true);
  const saved = (await window.call('backups.list', {})).backups.map((one) => one.name);
  expect(saved.filter((one) => one.startsWith('before-restore-'))).toHaveLength(1);

  // The order is carried out once.
  await restart();
  expect(await listOperations()).toEqual([]);

  for (const one of saved) await window.call('backups.remove', { name: one });
  expect((await window.call('backups.list', {})).backups).toEqual([]);
});

test('a broken backup is refused while everything still runs', async () => {
  const { folder } = await window.call('backups.list', {});
  await writeFile(join(folder, 'broken.tar.gz'), 'not an archive');
  const { operationId } = await window.call('backups.restore', {
    name: 'broken.tar.gz',
    confirmation: 'broken.tar.gz',
  });
  const failed = await waitForEnd(operationId);
  expect(failed.state).toBe('failed');
  expect(failed.error).not.toBe('');
  await expect(stat(join(first.dataDir, 'restore-next.json'))).rejects.toThrow('ENOENT');
});

test('an order of long ago, or one that was interrupted, is reported and not carried out', async () => {
  const before = await window.call('tenants.list', {});
  const order = {
    operationId: 'old-order',
    file: '/nowhere/x.tar.gz',
    actor: 'console (test)',
    at: new Date(Date.now() - 3_600_000).toISOString(),
  };
  await writeFile(join(first.dataDir, 'restore-next.json'), JSON.stringify(order));
  await restart();
  expect((await waitForEnd('old-order')).error).toMatch(/too late/);
  await writeFile(join(first.dataDir, 'restore-running.json'), JSON.stringify(order));
  await restart();
  expect((await waitForEnd('old-order')).error).toMatch(/interrupted/);
  expect((await window.call('tenants.list', {})).tenants.map((one) => one.customerId)).toEqual(
    before.tenants.map((one) => one.customerId),
  );
  // One that can be read and not be put back leaves everything as it was.
  const fresh = { ...order, operationId: 'fresh', at: new Date().toISOString() };
  await writeFile(join(first.dataDir, 'restore-next.json'), JSON.stringify(fresh));
  await restart();
  const failed = await waitForEnd('fresh');
  expect(failed.state).toBe('failed');
  expect(failed.notes).toEqual(['Everything is as it was before.']);
  await waitUntil(
    async () => (await window.call('tenants.list', {})).tenants.every(({ problem }) => problem === null),
    { what: 'the tenants to be open' },
  );
});

test('no file outside of the folder can be named', async () => {
  for (const name of ['../secret.key', '..', 'secret.key', '/etc/passwd', 'x/../../secret.tar.gz']) {
    expect((await window.refusal('backups.remove', { name })).code).toBe('backup_not_found');
    expect((await window.refusal('backups.download', { name })).code).toBe('backup_not_found');
  }
});
