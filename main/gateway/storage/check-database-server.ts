import { errorCode, errorText } from '../errors';
import { buildDatabaseUrl, databaseUnreachable, withDatabaseName } from './connection-trouble';
import { connectClient } from './writable-server';

/** What came of trying a database server, for people. */
export interface DatabaseServerCheck {
  readonly ok: boolean;
  readonly message: string;
  /** the server's own words or its version */
  readonly detail: string | null;
}

/** Generated columns and `on conflict` are older; this is the oldest that the gateway's SQL was written for. */
const oldestVersion = 12;
const answerWithinMs = 8_000;
const noSuchDatabase = '3D000';
const mayNotConnect = '42501';

interface Account {
  readonly version: string;
  readonly versionNumber: number;
  readonly createsDatabases: boolean;
  readonly createsRoles: boolean;
  readonly mayCreateSchemas: boolean;
}

/**
 * Really connects to a PostgreSQL that is to hold the system database `name`: is it new enough, and may the user
 * make what the gateway needs? Changes nothing. Never throws.
 */
export async function checkDatabaseServer(server: {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly password: string;
}): Promise<DatabaseServerCheck> {
  const url = buildDatabaseUrl(server);
  const refused = (thrown: unknown): DatabaseServerCheck => {
    const { message, cause } = databaseUnreachable(thrown, url);
    return { ok: false, message, detail: cause instanceof Error ? firstLine(cause.message) : null };
  };
  try {
    return judge(await readAccount(url), server, true);
  } catch (thrown) {
    if (errorCode(thrown) !== noSuchDatabase) return refused(thrown);
  }
  try {
    // The gateway makes it at the start, from the database that every server has.
    return judge(await readAccount(withDatabaseName(url, 'postgres')), server, false);
  } catch (thrown) {
    if (errorCode(thrown) !== mayNotConnect) return refused(thrown);
    return { ok: false, message: mayNotMake(server), detail: errorText(thrown) };
  }
}

async function readAccount(url: string): Promise<Account> {
  const client = await connectClient(url, (connectionString) => ({
    connectionString,
    application_name: 'modular-gateway check',
    connectionTimeoutMillis: answerWithinMs,
    query_timeout: answerWithinMs,
  }));
  try {
    const { rows } = await client.query<Account>(`
      select current_setting('server_version') as version,
        current_setting('server_version_num')::integer as "versionNumber",
        r.rolsuper or r.rolcreatedb as "createsDatabases", r.rolsuper or r.rolcreaterole as "createsRoles",
        has_database_privilege(current_database(), 'create') as "mayCreateSchemas"
      from pg_roles r where r.rolname = current_user`);
    const [account] = rows;
    if (!account) throw new Error('the server does not say who is connected');
    return account;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function judge(
  account: Account,
  { name, user }: { readonly name: string; readonly user: string },
  isThere: boolean,
): DatabaseServerCheck {
  const detail = `PostgreSQL ${account.version}`;
  const no = (message: string) => ({ ok: false, message, detail });
  const yes = (message: string) => ({ ok: true, message, detail });
  if (account.versionNumber < oldestVersion * 10_000) {
    return no(`This PostgreSQL is too old: the gateway needs version ${oldestVersion} or later.`);
  }
  if (!isThere && !account.createsDatabases) {
    return no(mayNotMake({ name, user }));
  }
  if (isThere && !account.mayCreateSchemas) {
    return no(`${user} may not make tables in the database ${name}: make it the owner.`);
  }
  if (!account.createsDatabases) {
    return yes(
      `Connected, but ${user} may not make databases: each tenant needs one that is there, given by its address.`,
    );
  }
  if (!account.createsRoles) {
    return yes(
      `Connected. ${user} may make databases and no roles: tenants' databases are reached as ${user}.`,
    );
  }
  return yes(
    isThere
      ? `Connected to the database ${name}.`
      : `Connected. The database ${name} is made at the next start.`,
  );
}

function mayNotMake({ name, user }: { readonly name: string; readonly user: string }): string {
  return `There is no database ${name}, and ${user} may not make it: grant CREATEDB, or make it for this user.`;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
