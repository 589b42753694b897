import { createHash, randomBytes } from 'node:crypto';
import { errorCode, GatewayError } from '../errors';
import type { Logger } from '../observability/logger';
import type { SecretStore } from '../secrets/secret-store';
import {
  databaseLocation,
  databaseNameOf,
  databaseUnreachable,
  withDatabaseName,
} from '../storage/connection-trouble';
import { checkConnectionUrl, withTlsDecided } from '../storage/connection-url';
import { createDatabase } from '../storage/database';
import { dropDatabase, ensureDatabase } from '../storage/ensure-database';
import { joinServerList, readServerList } from '../storage/server-addresses';
import { holdsSystemTables, makeDatabase } from '../storage/system-database';
import type { NewTenantRow } from '../storage/tenant-store';

/** The server that tenants' databases are made on. */
export interface TenantDatabases {
  readonly kind: 'embedded' | 'server';
  /** of an account that may make databases, or may not: then they have to be there */
  adminUrl(): string;
}

export interface ProvisionOptions {
  readonly customerId: string;
  /** adopt this one */
  readonly databaseUrl?: string;
  /** TENANT_DATABASE_TEMPLATE */
  readonly template?: string;
  readonly databases: TenantDatabases;
  /** the system database's name: gateways that share a server must not share tenants' databases */
  readonly systemName: string;
  readonly secrets: SecretStore;
  readonly logger: Logger;
}

export type DatabaseColumns = Pick<
  NewTenantRow,
  'databaseUrl' | 'databaseName' | 'databaseRole' | 'databasePassword'
>;

export interface ProvisionedDatabase {
  readonly url: string;
  /** what the tenant's row says of it, secrets encrypted */
  readonly columns: DatabaseColumns;
  /** Drops it when it was made just now. */
  undo(): Promise<void>;
}

const noSuchDatabase = '3D000';
const mayNot = '42501';

/** The address of a database that stands in a tenant's row, with the server where it is now. */
export function tenantDatabaseUrl(
  columns: DatabaseColumns,
  databases: TenantDatabases,
  secrets: SecretStore,
): string {
  if (columns.databaseUrl !== null) {
    return joinServerList(secrets.decrypt(columns.databaseUrl), databases.adminUrl());
  }
  const url = new URL(withDatabaseName(databases.adminUrl(), columns.databaseName ?? ''));
  if (columns.databaseRole !== null && columns.databasePassword !== null) {
    url.username = encodeURIComponent(columns.databaseRole);
    url.password = encodeURIComponent(secrets.decrypt(columns.databasePassword));
  }
  return url.href;
}

/** Makes the tenant's own database, or finds the one it is to have. @throws GatewayError in one sentence */
export async function provisionDatabase(options: ProvisionOptions): Promise<ProvisionedDatabase> {
  const { customerId, template, secrets, logger } = options;
  const locate = (url: string) => joinServerList(readServerList(url), options.databases.adminUrl());
  if (options.databaseUrl !== undefined) {
    const url = locate(options.databaseUrl);
    checkDatabaseUrl(url);
    await tryToConnect(url, logger);
    return adopted(url, secrets);
  }
  if (template?.includes('://')) {
    return adoptOrMake(locate(template.replaceAll('{customer_id}', encodeURIComponent(customerId))), options);
  }
  if (template !== undefined) {
    return findOrMakeNamed(template.replaceAll('{customer_id}', customerId), options);
  }
  return makeOwn(ownDatabaseName(options), options);
}

/** Never longer than the 63 bytes that PostgreSQL allows, with a customer id of 50 characters. */
function ownDatabaseName(options: Pick<ProvisionOptions, 'customerId' | 'databases' | 'systemName'>): string {
  const { customerId, databases, systemName } = options;
  if (databases.kind === 'embedded') return `tenant_${customerId}`;
  return `tenant_${customerId}_${createHash('sha256').update(systemName).digest('hex').slice(0, 5)}`;
}

function checkDatabaseUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol) || parsed.pathname.length < 2) {
    throw new GatewayError(
      'invalid_database_url',
      "The database's address must look like postgres://user:password@host:5432/database.",
    );
  }
  const parts = {
    user: parsed.username,
    password: parsed.password,
    host: parsed.hostname,
    'database name': parsed.pathname,
  };
  for (const [what, text] of Object.entries(parts)) {
    if (isDecodable(text)) continue;
    // Passwords are often pasted as they are.
    throw new GatewayError(
      'invalid_database_url',
      `The ${what} in the database's address contains a % that starts no escape: write %25 for it.`,
    );
  }
  checkConnectionUrl(url);
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

async function tryToConnect(given: string, logger: Logger): Promise<void> {
  const url = await withTlsDecided(given);
  const database = createDatabase({
    url,
    logger,
    applicationName: 'modular-gateway check',
    maxConnections: 1,
  });
  try {
    const client = await database.connect();
    const isSystem = await holdsSystemTables(client).finally(() => client.end());
    if (!isSystem) return;
    throw new GatewayError(
      'database_taken',
      `The database ${databaseNameOf(url)} at ${databaseLocation(url)} is a gateway's own: tenants need another.`,
      409,
    );
  } catch (thrown) {
    throw databaseUnreachable(thrown, url);
  } finally {
    await database.stop();
  }
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof GatewayError && errorCode(thrown.cause) === noSuchDatabase;
}

function adopted(url: string, secrets: SecretStore): ProvisionedDatabase {
  return {
    url,
    columns: {
      databaseUrl: secrets.encrypt(url),
      databaseName: null,
      databaseRole: null,
      databasePassword: null,
    },
    undo: () => Promise.resolve(),
  };
}

async function adoptOrMake(url: string, options: ProvisionOptions): Promise<ProvisionedDatabase> {
  const found = adopted(url, options.secrets);
  try {
    await tryToConnect(url, options.logger);
    return found;
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown;
    if (!(await makeDatabase(url))) throw mayNotMake(url);
    const user = decodeURIComponent(new URL(url).username);
    return {
      ...found,
      // The owner's name marks it as made by the gateway.
      columns: { ...found.columns, databaseRole: user },
      undo: () =>
        dropDatabase({ adminUrl: withDatabaseName(url, 'postgres'), databaseName: databaseNameOf(url) }),
    };
  }
}

/** On the gateway's own server: adopted with the gateway's account when it is there, else made. */
async function findOrMakeNamed(
  databaseName: string,
  options: ProvisionOptions,
): Promise<ProvisionedDatabase> {
  // The embedded server has only what the gateway made: one of a tenant that was removed, perhaps.
  if (options.databases.kind === 'embedded') return makeOwn(databaseName, options);
  try {
    await tryToConnect(withDatabaseName(options.databases.adminUrl(), databaseName), options.logger);
    return reachedByAdmin(databaseName, null, options);
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown;
    return makeOwn(databaseName, options);
  }
}

/** With a role of its own, that may use nothing else. */
async function makeOwn(databaseName: string, options: ProvisionOptions): Promise<ProvisionedDatabase> {
  const { databases, secrets } = options;
  const adminUrl = databases.adminUrl();
  const role = databaseName;
  const password = randomBytes(24).toString('base64url');
  try {
    const { url, created } = await ensureDatabase({ adminUrl, databaseName, role, password });
    return {
      url,
      columns: {
        databaseUrl: null,
        databaseName,
        databaseRole: role,
        databasePassword: secrets.encrypt(password),
      },
      undo: () => (created ? dropDatabase({ adminUrl, databaseName, role }) : Promise.resolve()),
    };
  } catch (thrown) {
    if (databases.kind === 'server' && errorCode(thrown) === mayNot) {
      return makeWithoutRole(databaseName, options);
    }
    throw databaseUnreachable(thrown, adminUrl);
  }
}

/** For accounts that may make databases and no roles. */
async function makeWithoutRole(
  databaseName: string,
  options: ProvisionOptions,
): Promise<ProvisionedDatabase> {
  const adminUrl = options.databases.adminUrl();
  const url = withDatabaseName(adminUrl, databaseName);
  if (!(await makeDatabase(url))) throw mayNotMake(url);
  return reachedByAdmin(databaseName, decodeURIComponent(new URL(adminUrl).username), options);
}

function reachedByAdmin(
  databaseName: string,
  madeBy: string | null,
  { databases }: ProvisionOptions,
): ProvisionedDatabase {
  const adminUrl = databases.adminUrl();
  return {
    url: withDatabaseName(adminUrl, databaseName),
    columns: { databaseUrl: null, databaseName, databaseRole: madeBy, databasePassword: null },
    undo: () => (madeBy === null ? Promise.resolve() : dropDatabase({ adminUrl, databaseName })),
  };
}

function mayNotMake(url: string): GatewayError {
  const user = decodeURIComponent(new URL(url).username) || 'The user';
  return new GatewayError(
    'database_not_allowed',
    `There is no database ${databaseNameOf(url)} at ${databaseLocation(url)}, and ${user} may not make it: ` +
      'grant CREATEDB, or make it and name it with --database-url or TENANT_DATABASE_TEMPLATE.',
    409,
  );
}
