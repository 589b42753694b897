import { userInfo } from 'node:os';
import { createApiKeys, type ApiKeys } from '../gateway/auth/api-keys';
import { readConfig, type GatewayConfig } from '../gateway/config/config';
import { GatewayError } from '../gateway/errors';
import type { LogEvent } from '../gateway/observability/log-events';
import type { LogFields, Logger } from '../gateway/observability/logger';
import { createFileSecretStore, type SecretStore } from '../gateway/secrets/secret-store';
import { recordAudit } from '../gateway/storage/audit-store';
import type { Database } from '../gateway/storage/database';
import {
  openDatabaseServer,
  openSystemDatabase,
  type DatabaseServer,
} from '../gateway/storage/system-database';
import { createTenantRegistry, type Tenant, type TenantRegistry } from '../gateway/tenants/tenant-registry';

/** The parts of the gateway that commands work on, whether it runs or not. */
export interface Installation {
  readonly config: GatewayConfig;
  readonly logger: Logger;
  readonly server: DatabaseServer;
  readonly system: Database;
  readonly secrets: SecretStore;
  readonly registry: TenantRegistry;
  readonly apiKeys: ApiKeys;
  readonly audit: (
    action: string,
    customerId: string | null,
    detail?: Record<string, unknown>,
  ) => Promise<void>;
}

/** Commands print results; what libraries have to say is for those who look for a fault. */
function createCommandLogger(config: Pick<GatewayConfig, 'logLevel'>): Logger {
  const write =
    (level: keyof Logger) =>
    (event: LogEvent, message: string, fields: LogFields = {}) => {
      if (config.logLevel !== 'debug') return;
      process.stderr.write(`${JSON.stringify({ level, event, message, ...fields })}\n`);
    };
  return { error: write('error'), warn: write('warn'), info: write('info'), debug: write('debug') };
}

/**
 * Opens the installation that the environment describes, and closes it when the work is done or has failed.
 * A gateway that runs notices what was changed by the database's notifications.
 */
export async function withInstallation<T>(work: (installation: Installation) => Promise<T>): Promise<T> {
  return withInstallationOf(readConfig(process.env, process.cwd(), undefined, 'command'), work);
}

export async function withInstallationOf<T>(
  config: GatewayConfig,
  work: (installation: Installation) => Promise<T>,
): Promise<T> {
  const logger = createCommandLogger(config);
  const server = await openDatabaseServer(config, logger);
  const letGo = stopAtSignals(server);
  try {
    const system = await openSystemDatabase({ url: server.systemUrl(), logger });
    const apiKeys = createApiKeys({ system, logger });
    try {
      const secrets = createFileSecretStore(config);
      const registry = createTenantRegistry({
        system,
        databases: server,
        template: config.tenantDatabaseTemplate,
        secrets,
        logger,
      });
      return await work({
        config,
        logger,
        server,
        system,
        secrets,
        registry,
        apiKeys,
        audit: (action, customerId, detail) =>
          recordAudit(system, { actor: commandLineActor(), action, customerId, detail }),
      });
    } finally {
      await apiKeys.stop();
      await system.stop();
    }
  } finally {
    await server.stop();
    letGo();
  }
}

/** Ctrl-C must not leave an embedded server behind that nobody stops. */
function stopAtSignals(server: DatabaseServer): () => void {
  const onInterrupt = () => void server.stop().finally(() => process.exit(130));
  const onTerminate = () => void server.stop().finally(() => process.exit(143));
  process.once('SIGINT', onInterrupt);
  process.once('SIGTERM', onTerminate);
  return () => {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onTerminate);
  };
}

/** @throws GatewayError `tenant_not_found` */
export async function requireTenant(registry: TenantRegistry, customerId: string): Promise<Tenant> {
  const tenant = await registry.get(customerId);
  if (!tenant) throw new GatewayError('tenant_not_found', `There is no tenant ${customerId}.`, 404);
  return tenant;
}

function commandLineActor(): string {
  try {
    return `command line (${userInfo().username})`;
  } catch {
    // An account without a name, as containers have them.
    return 'command line';
  }
}
