import { createBackup } from '../backup/create-backup';
import { scheduleRestore } from '../backup/pending-restore';
import { sendSystemMail, sendTestMail } from '../channels/email/send-test-mail';
import { postAlert } from '../channels/webhook/post-alert';
import { createSavedSettings, type GatewayConfig } from '../config/config';
import type { ConsoleParts } from '../console/console-parts';
import type { Logger } from '../observability/logger';
import type { SecretStore } from '../secrets/secret-store';
import { checkDatabaseServer } from '../storage/check-database-server';
import type { Database } from '../storage/database';
import { readGatewaySetting, writeGatewaySetting } from '../storage/gateway-settings-store';
import { listGateways } from '../storage/gateway-store';
import type { TenantDatabases } from '../tenants/provision-database';

/** What the console does with databases and files that are not its own to open. */
export function createConsolePorts(parts: {
  readonly config: GatewayConfig;
  readonly system: Database;
  readonly databases: TenantDatabases;
  readonly secrets: SecretStore;
  readonly logger: Logger;
}): Pick<
  ConsoleParts,
  | 'checkDatabaseServer'
  | 'sendTestMail'
  | 'sendSystemMail'
  | 'postAlert'
  | 'createBackup'
  | 'scheduleRestore'
  | 'savedSettings'
  | 'gatewaySettings'
  | 'gateways'
> {
  const { config, system, databases, secrets, logger } = parts;
  const { dataDir } = config;
  return {
    checkDatabaseServer,
    gateways: () => listGateways(system),
    sendTestMail,
    sendSystemMail,
    postAlert,
    createBackup: (options) =>
      createBackup({
        ...options,
        passphrase: config.backupPassphrase,
        system,
        databases,
        secrets,
        dataDir,
        sharedDir: config.sharedDir,
        logger,
      }),
    scheduleRestore: (order) => scheduleRestore(dataDir, order),
    savedSettings: createSavedSettings({ dataDir, secrets, place: config.layers.place }),
    gatewaySettings: {
      read: (name) => readGatewaySetting(system, name),
      write: (name, value) => writeGatewaySetting(system, name, value),
    },
  };
}
