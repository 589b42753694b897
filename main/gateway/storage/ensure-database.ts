import pg from 'pg';
import { errorCode, GatewayError } from '../errors';
import { connectClient } from './writable-server';

export interface DatabaseAccount {
  /** of somebody who may make databases and roles */
  readonly adminUrl: string;
  readonly databaseName: string;
  /** the role that owns the database and connects to it */
  readonly role: string;
  readonly password: string;
}

/**
 * PostgreSQL cuts longer names silently (https://www.postgresql.org/docs/current/limits.html), and clients
 * disagree about how other characters are written in a connection URL.
 */
const databaseName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/;

/** Advisory lock of the administration's database: changing one role or database twice at once fails. */
const ensureLock = '1296581447, 3';

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const dependentObjectsCode = '2BP01';
const notAllowedCode = '42501';

function checkName(name: string): void {
  if (databaseName.test(name)) return;
  throw new GatewayError(
    'invalid_database_name',
    `${JSON.stringify(name)} cannot be a database's name: 1 to 63 letters, digits, dots, hyphens and underscores.`,
  );
}

async function withAdmin<T>(adminUrl: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = await connectClient(adminUrl, (connectionString) => ({
    connectionString,
    connectionTimeoutMillis: 10_000,
  }));
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

async function ensureRole(admin: pg.Client, role: string, password: string): Promise<void> {
  const name = pg.escapeIdentifier(role);
  const { rows } = await admin.query<{ exists: boolean; strong: boolean | null; superuser: boolean }>(
    `select exists (select from pg_roles where rolname = $1),
      (select rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls or rolname = current_user
        from pg_roles where rolname = $1) as strong,
      (select rolsuper from pg_roles where rolname = current_user) as superuser`,
    [role],
  );
  if (rows[0]?.strong) {
    throw new GatewayError(
      'database_taken',
      `A role named ${role} is there already and may do more than a tenant's: choose another name.`,
      409,
    );
  }
  const verb = rows[0]?.exists ? 'alter' : 'create';
  const limit = connectionsOf(await readMaxConnections(admin));
  await admin.query(
    `${verb} role ${name} login connection limit ${limit} password ${pg.escapeLiteral(password)}`,
  );
  // Who makes a role without being superuser must be its member to hand a database over to it.
  if (!rows[0]?.superuser) await admin.query(`grant ${name} to current_user`);
}

async function readMaxConnections(admin: pg.Client): Promise<number> {
  const { rows } = await admin.query<{ most: number }>(
    `select current_setting('max_connections')::int as most`,
  );
  return rows[0]?.most ?? 100;
}

/**
 * What one tenant's login may open: enough for a gateway or two, commands, and the customer's own application, and
 * never so many that the others find no place.
 */
function connectionsOf(maxConnections: number): number {
  return Math.min(40, Math.max(15, Math.floor(maxConnections / 5)));
}

/**
 * Gives roles of an earlier version their connection limit; one that somebody set by hand stays.
 * @param closeCommonDatabases on a server that is the gateway's alone: keeps tenants' roles out of the databases that
 *   PostgreSQL opens to everybody
 * @returns the roles that were changed
 */
export async function limitRoles(options: {
  readonly adminUrl: string;
  readonly roles: readonly string[];
  readonly closeCommonDatabases: boolean;
}): Promise<string[]> {
  return withAdmin(options.adminUrl, async (admin) => {
    await admin.query(`select pg_advisory_lock(${ensureLock})`);
    if (options.closeCommonDatabases) {
      await admin.query('revoke connect, temporary on database postgres, template1 from public');
    }
    const { rows } = await admin.query<{ name: string }>(
      `select rolname as name from pg_roles
        where rolname = any($1) and rolconnlimit = -1 and not rolsuper and rolname <> current_user`,
      [options.roles],
    );
    const limit = connectionsOf(await readMaxConnections(admin));
    for (const { name } of rows) {
      await admin.query(`alter role ${pg.escapeIdentifier(name)} connection limit ${limit}`);
    }
    return rows.map(({ name }) => name);
  });
}

/**
 * Makes the database and the role that owns it, where they are not there yet, and sets the role's password.
 * Other roles may not connect, and it not more often than its share; sessions are in UTC. May be repeated, and run by several processes at once.
 * @returns the role's connection URL
 * @throws GatewayError `database_taken` when a database of that name belongs to somebody else, and
 *   `invalid_database_name`; pg's DatabaseError when the administrator may not do this
 */
export async function ensureDatabase(
  account: DatabaseAccount,
): Promise<{ readonly url: string; readonly created: boolean }> {
  checkName(account.databaseName);
  checkName(account.role);
  const name = pg.escapeIdentifier(account.databaseName);
  const created = await withAdmin(account.adminUrl, async (admin) => {
    // `create database` cannot run in a transaction: the lock goes with the session.
    await admin.query(`select pg_advisory_lock(${ensureLock})`);
    const { rows } = await admin.query<{ owner: string }>(
      'select pg_get_userbyid(datdba) as owner from pg_database where datname = $1',
      [account.databaseName],
    );
    const owner = rows[0]?.owner;
    if (owner !== undefined && owner !== account.role) {
      throw new GatewayError(
        'database_taken',
        `A database named ${account.databaseName} is there already and belongs to ${owner}.`,
        409,
      );
    }
    await ensureRole(admin, account.role, account.password);
    if (owner === undefined) {
      // Only template0 allows another encoding than the server's own.
      await admin.query(
        `create database ${name} owner ${pg.escapeIdentifier(account.role)} encoding 'UTF8' template template0`,
      );
    }
    await admin.query(`revoke all on database ${name} from public`);
    await admin.query(`alter database ${name} set timezone to 'UTC'`);
    return owner === undefined;
  });

  const url = new URL(account.adminUrl);
  url.username = account.role;
  url.password = encodeURIComponent(account.password);
  url.pathname = `/${account.databaseName}`;
  return { url: url.href, created };
}

/**
 * `with (force)` refuses accounts that are no superusers while an autovacuum worker happens to be in the
 * database; a plain drop sends that worker away, but waits 5 s at most for everybody else.
 */
async function dropForcibly(admin: pg.Client, databaseName: string): Promise<void> {
  const drop = `drop database if exists ${pg.escapeIdentifier(databaseName)}`;
  try {
    await admin.query(`${drop} with (force)`);
  } catch (thrown) {
    if (errorCode(thrown) !== notAllowedCode) throw thrown;
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = $1 and backend_type = 'client backend' and pg_has_role(usesysid, 'usage')`,
      [databaseName],
    );
    await admin.query(drop);
  }
}

/**
 * Removes the database with all that is in it, whoever is connected, and its role unless that owns more.
 * Nothing happens where they are gone already.
 */
export async function dropDatabase(
  options: Pick<DatabaseAccount, 'adminUrl' | 'databaseName'> & { readonly role?: string },
): Promise<void> {
  await withAdmin(options.adminUrl, async (admin) => {
    await dropForcibly(admin, options.databaseName);
    if (options.role === undefined) return;
    try {
      await admin.query(`drop role if exists ${pg.escapeIdentifier(options.role)}`);
    } catch (thrown) {
      if (errorCode(thrown) !== dependentObjectsCode) throw thrown;
    }
  });
}
