import type { NewTenantSettings } from '../../contracts/new-tenant-settings';
import type { OperatorSettings } from '../../contracts/tenant-settings';
import { createApiKey } from '../auth/api-keys';
import { customerIdPattern } from '../config/config';
import { errorCode, errorText, GatewayError } from '../errors';
import type { Logger } from '../observability/logger';
import type { SecretStore } from '../secrets/secret-store';
import type { ConnectionBudget } from '../storage/connection-budget';
import { databaseNameOf, databaseUnreachable, withDatabaseName } from '../storage/connection-trouble';
import type { Database } from '../storage/database';
import { dropDatabase, limitRoles } from '../storage/ensure-database';
import {
  findSettingsRow,
  insertSettingsRow,
  lockSettings,
  updateSettingsRow,
} from '../storage/settings-store';
import { openTenantDatabase } from '../storage/tenant-database';
import {
  deleteTenantRow,
  findTenantRow,
  insertTenantRow,
  listTenantRows,
  readDatabaseName,
  updateTenantRow,
  withTenantLock,
  type TenantRow,
} from '../storage/tenant-store';
import { createNewTenantSettings, type NewTenantSettingsStore } from './new-tenant-settings';
import {
  createOperatorSettings,
  onlyValid,
  operatorSettingsInForce,
  type OperatorSettingsStore,
} from './operator-settings';
import {
  provisionDatabase,
  tenantDatabaseUrl,
  type ProvisionedDatabase,
  type TenantDatabases,
} from './provision-database';

export interface Tenant {
  readonly customerId: string;
  readonly name: string;
  /** good for any PostgreSQL client on this machine; empty when `databaseProblem` is set */
  readonly databaseUrl: string;
  /** why the address cannot be read, in a sentence */
  readonly databaseProblem?: string;
  /** the gateway made it, and may drop it */
  readonly ownsDatabase: boolean;
  readonly paused: boolean;
  readonly createdAt: Date;
  /** undefined: not taken over yet from the tenant's own table (`TenantRegistry.operatorSettings`) */
  readonly operatorSettings?: OperatorSettings;
}

interface NewTenant {
  /** 1 to 50 letters, digits, `_`, `-`, `.` */
  readonly customerId: string;
  /** the customer id where none is given */
  readonly name?: string;
  /** a database that is there; the gateway makes one otherwise */
  readonly databaseUrl?: string;
}

export interface TenantRegistry {
  readonly operatorSettings: OperatorSettingsStore;
  readonly newTenantSettings: NewTenantSettingsStore;
  /** Gives tenants' roles of an earlier version their connection limit. Never throws: an account may not be allowed to. */
  limitRoles(): Promise<void>;
  list(): Promise<Tenant[]>;
  get(customerId: string): Promise<Tenant | undefined>;
  /**
   * Registers a tenant with a migrated database, a row of settings and a first key; all of it or nothing.
   * It begins with `newTenantSettings`; a database that is adopted keeps the row that is there.
   * @throws GatewayError `invalid_customer_id`, `tenant_exists`, `invalid_database_url`,
   *   `database_unreachable`, `database_not_allowed`
   */
  add(tenant: NewTenant): Promise<{ tenant: Tenant; apiKey: string }>;
  /** @throws GatewayError `tenant_not_found`, `database_not_ours`, `database_unreachable` */
  remove(customerId: string, options: { readonly dropDatabase: boolean }): Promise<void>;
  /** @throws GatewayError `tenant_not_found` */
  setPaused(customerId: string, paused: boolean): Promise<void>;
  /** @throws GatewayError `tenant_not_found`, `invalid_name` */
  update(customerId: string, changes: { readonly name?: string }): Promise<void>;
}

export interface TenantRegistryOptions {
  readonly system: Database;
  readonly databases: TenantDatabases;
  /** TENANT_DATABASE_TEMPLATE */
  readonly template?: string;
  readonly secrets: SecretStore;
  readonly logger: Logger;
  /** what a gateway may open to a database's server; commands need none */
  readonly budgetOf?: (databaseUrl: string) => ConnectionBudget;
}

const longestName = 200;
const duplicateKey = '23505';

export function createTenantRegistry(options: TenantRegistryOptions): TenantRegistry {
  const { system, databases, secrets, logger } = options;
  const newTenantSettings = createNewTenantSettings(system, secrets);

  function toTenant(row: TenantRow): Tenant {
    const { customerId, name, paused, createdAt } = row;
    const known = {
      customerId,
      name,
      paused,
      createdAt,
      ownsDatabase: row.databaseRole !== null,
      operatorSettings: row.operatorSettings ? operatorSettingsInForce(row.operatorSettings) : undefined,
    };
    try {
      return { ...known, databaseUrl: tenantDatabaseUrl(row, databases, secrets) };
    } catch (thrown) {
      // One unreadable secret must not keep the other tenants from being served.
      return { ...known, databaseUrl: '', databaseProblem: errorText(thrown) };
    }
  }

  async function prepareDatabase(
    url: string,
    customerId: string,
    settings: NewTenantSettings,
  ): Promise<void> {
    const database = await openTenantDatabase({
      url,
      logger,
      customerId,
      budget: options.budgetOf?.(url),
    });
    try {
      await database.db.transaction(async (tx) => {
        await lockSettings(tx, customerId);
        const { settingsTable } = database.layout;
        if (await findSettingsRow(tx, settingsTable, customerId)) return;
        const id = await insertSettingsRow(tx, settingsTable, customerId);
        await updateSettingsRow(tx, settingsTable, id, settings);
      });
    } catch (thrown) {
      throw databaseUnreachable(thrown, url);
    } finally {
      await database.stop();
    }
  }

  async function register(
    customerId: string,
    name: string,
    { columns }: ProvisionedDatabase,
    operatorSettings: Partial<OperatorSettings>,
  ) {
    try {
      return await system.transaction(async (tx) => {
        // A database that is adopted says nothing about what its tenant may do.
        await insertTenantRow(tx, { customerId, name, paused: false, operatorSettings, ...columns });
        return createApiKey(tx, customerId, 'first key');
      });
    } catch (thrown) {
      throw errorCode(thrown) === duplicateKey ? tenantExists(customerId) : thrown;
    }
  }

  async function find(customerId: string): Promise<TenantRow> {
    const row = await findTenantRow(system, customerId);
    if (!row) throw tenantNotFound(customerId);
    return row;
  }

  return {
    operatorSettings: createOperatorSettings(system),
    newTenantSettings,
    async limitRoles() {
      try {
        const rows = await listTenantRows(system);
        const ours = rows.filter(({ databasePassword }) => databasePassword !== null);
        await limitRoles({
          adminUrl: databases.adminUrl(),
          roles: ours.flatMap(({ databaseRole }) => databaseRole ?? []),
          closeCommonDatabases: databases.kind === 'embedded',
        });
      } catch (thrown) {
        logger.warn('tenant.connection_limit_failed', 'connection limits of tenants could not be set', {
          error: errorText(thrown),
        });
      }
    },
    async list() {
      return (await listTenantRows(system)).map(toTenant);
    },
    async get(customerId) {
      const row = await findTenantRow(system, customerId);
      return row && toTenant(row);
    },
    async add({ customerId, name: givenName, databaseUrl }) {
      checkCustomerId(customerId);
      const name = checkName(givenName ?? customerId);
      return withTenantLock(system, customerId, async () => {
        if (await findTenantRow(system, customerId)) throw tenantExists(customerId);
        const database = await provisionDatabase({
          ...options,
          customerId,
          databaseUrl,
          systemName: await readDatabaseName(system),
        });
        try {
          // Before it is registered: no gateway serves it with other settings.
          const settings = await newTenantSettings.read();
          await prepareDatabase(database.url, customerId, settings);
          const { key } = await register(customerId, name, database, onlyValid(settings));
          return { tenant: toTenant(await find(customerId)), apiKey: key };
        } catch (thrown) {
          await database.undo().catch((undoError: unknown) =>
            logger.warn(
              'tenant.database_left_behind',
              'the database of a tenant that could not be added was left behind',
              {
                customer_id: customerId,
                error: errorText(undoError),
              },
            ),
          );
          throw thrown;
        }
      });
    },
    async remove(customerId, { dropDatabase: shallDrop }) {
      await withTenantLock(system, customerId, async () => {
        const row = await find(customerId);
        if (shallDrop && row.databaseRole === null) {
          throw new GatewayError(
            'database_not_ours',
            `The database of ${customerId} was there before the gateway: remove the tenant without dropping it.`,
            409,
          );
        }
        const url = shallDrop ? tenantDatabaseUrl(row, databases, secrets) : '';
        // First: the running gateway lets go of it.
        await deleteTenantRow(system, customerId);
        if (shallDrop) await dropOwnDatabase(row, url);
      });
    },
    async setPaused(customerId, paused) {
      if (!(await updateTenantRow(system, customerId, { paused }))) throw tenantNotFound(customerId);
    },
    async update(customerId, { name }) {
      const changes = name === undefined ? {} : { name: checkName(name) };
      if (!(await updateTenantRow(system, customerId, changes))) throw tenantNotFound(customerId);
    },
  };

  async function dropOwnDatabase(row: TenantRow, url: string): Promise<void> {
    const isElsewhere = row.databaseUrl !== null;
    const adminUrl = isElsewhere ? withDatabaseName(url, 'postgres') : databases.adminUrl();
    const databaseName = databaseNameOf(url);
    // The role is the database's own where it has a password of its own.
    const role = row.databasePassword === null ? undefined : (row.databaseRole ?? undefined);
    try {
      await dropDatabase({ adminUrl, databaseName, role });
    } catch (thrown) {
      throw new GatewayError(
        'database_not_dropped',
        `The tenant is removed, but its database ${databaseName} is still there: ${errorText(thrown)}`,
        500,
        undefined,
        { cause: thrown },
      );
    }
  }
}

function checkCustomerId(customerId: string): void {
  if (customerIdPattern.test(customerId)) return;
  throw new GatewayError(
    'invalid_customer_id',
    'A customer id is 1 to 50 letters, digits, _, - and ., with at least one letter or digit.',
    422,
  );
}

function checkName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '' || trimmed.length > longestName || /[\u0000-\u001f\u007f]/.test(trimmed)) {
    throw new GatewayError('invalid_name', `A name has 1 to ${longestName} characters on one line.`, 422);
  }
  return trimmed;
}

function tenantExists(customerId: string): GatewayError {
  return new GatewayError('tenant_exists', `There is a tenant ${customerId} already.`, 409);
}

function tenantNotFound(customerId: string): GatewayError {
  return new GatewayError('tenant_not_found', `There is no tenant ${customerId}.`, 404);
}
