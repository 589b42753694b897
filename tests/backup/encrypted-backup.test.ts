import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { readArchive } from '../../main/gateway/backup/archive-writer';
import { checkBackup } from '../../main/gateway/backup/backup-reader';
import { createBackup } from '../../main/gateway/backup/create-backup';
import { createFileSecretStore } from '../../main/gateway/secrets/secret-store';
import { createMemoryLogger } from '../support/memory-logger';
import { invoiceEvent, startGateway, type TestGateway } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';

const passphrase = 'correct horse battery';
let folder: string;
let gateway: TestGateway;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'encrypted-backup-'));
  gateway = await startGateway({
    env: {
      GATEWAY_BACKUP_FOLDER: join(folder, 'daily'),
      GATEWAY_BACKUPS_KEPT: '2',
      GATEWAY_BACKUP_PASSPHRASE: passphrase,
    },
  });
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

it('is read with its passphrase, and with no other and none', async () => {
  const tenant = await gateway.addTenant();
  expect(
    (await tenant.post('/api/events', invoiceEvent({ client_name: 'Thandi the unmistakable' }))).status,
  ).toBe(202);
  const file = join(folder, 'one.tar.gz');
  await createBackup({
    system: gateway.system,
    databases: { kind: 'server', adminUrl: () => inject('postgresAdminUrl') },
    secrets: createFileSecretStore({ dataDir: gateway.dataDir }),
    dataDir: gateway.dataDir,
    logger: createMemoryLogger(),
    file,
    withSecrets: false,
    passphrase,
  });
  expect(readFileSync(file).subarray(0, 8).toString()).toBe('MGSEALED');
  expect((await checkBackup(file, passphrase)).tenants).toMatchObject([{ customerId: tenant.customerId }]);
  await expect(checkBackup(file)).rejects.toMatchObject({ code: 'passphrase_missing' });
  await expect(checkBackup(file, 'another passphrase')).rejects.toMatchObject({ code: 'passphrase_wrong' });
});

it('is made by the gateway itself, once a day', async () => {
  const list = () => readdir(join(folder, 'daily'));
  await waitUntil(async () => (await list()).some((name) => name.endsWith('.tar.gz')), {
    what: 'the daily backup',
  });
  const [name = ''] = (await list()).filter((file) => file.endsWith('.tar.gz'));
  expect(name).toMatch(/^modular-gateway-daily-[0-9T-]+Z\.tar\.gz$/);
  await checkBackup(join(folder, 'daily', name), passphrase);
});

it("takes WhatsApp's logins along where it is asked to, and only encrypted", async () => {
  const snapshot = join(gateway.dataDir, 'whatsapp', 'ACC001', 'snapshot', 'Default');
  await mkdir(snapshot, { recursive: true });
  await writeFile(join(snapshot, 'Login'), 'of the phone');
  const options = {
    system: gateway.system,
    databases: { kind: 'server' as const, adminUrl: () => inject('postgresAdminUrl') },
    secrets: createFileSecretStore({ dataDir: gateway.dataDir }),
    dataDir: gateway.dataDir,
    logger: createMemoryLogger(),
    file: join(folder, 'with-whatsapp.tar.gz'),
    withSecrets: false,
    withWhatsApp: true,
  };
  await expect(createBackup(options)).rejects.toMatchObject({ code: 'passphrase_missing' });
  await createBackup({ ...options, passphrase });
  expect((await checkBackup(options.file, passphrase)).withWhatsApp).toBe(true);
  const names: string[] = [];
  for await (const { name } of readArchive(options.file, { passphrase })) names.push(name);
  expect(names).toContain('whatsapp/ACC001/session/Default/Login');
  expect(names.at(-1)).toBe('end.json');
});
