import pg from 'pg';
import { errorCode, GatewayError } from '../errors';

export interface DatabaseAccount {
  /** of somebody who may make databases and roles */
  readonly adminUrl: string;
  readonly databaseName: string;
  /** the role that owns the database and connects to it */
  readonly role: string;
  readonly password: string;
}

/** PostgreSQL cuts longer names silently: https://www.postgresql.org/docs/current/limits.html */
const nameLimitBytes = 63;

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const duplicateCodes = ['42P04', '42710', '23505'];
const dependentObjectsCode = '2BP01';

function checkName(name: string): void {
  if (name === '' || Buffer.byteLength(name) > nameLimitBytes) {
    throw new GatewayError(
      'invalid_database_name',
      `The name ${JSON.stringify(name)} cannot be a database's: 1 to ${nameLimitBytes} bytes are allowed.`,
    );
  }
}

async function withAdmin<T>(adminUrl: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 10_000 });
  // A connection that breaks fails the query under way; without a listener it would end the process.
  admin.on('error', () => undefined);
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

/** Runs a `create` that another process may have run a moment before; false: it was there. */
async function createOnce(admin: pg.Client, sql: string): Promise<boolean> {
  try {
    await admin.query(sql);
    return true;
  } catch (thrown) {
    if (duplicateCodes.includes(errorCode(thrown) ?? '')) return false;
    throw thrown;
  }
}

async function ensureRole(admin: pg.Client, role: string, password: string): Promise<void> {
  const name = pg.escapeIdentifier(role);
  const { rows } = await admin.query<{ exists: boolean; superuser: boolean }>(
    `select exists (select from pg_roles where rolname = $1),
      (select rolsuper from pg_roles where rolname = current_user) as superuser`,
    [role],
  );
  const account = `login password ${pg.escapeLiteral(password)}`;
  if (rows[0]?.exists || !(await createOnce(admin, `create role ${name} ${account}`))) {
    await admin.query(`alter role ${name} ${account}`);
  }
  // Who makes a role without being superuser must be its member to hand a database over to it.
  if (!rows[0]?.superuser) await admin.query(`grant ${name} to current_user`);
}

/**
 * Makes the database and the role that owns it, where they are not there yet, and sets the role's password.
 * Other roles may not connect; sessions are in UTC. May be repeated, and run by several processes at once.
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
    const findOwner = () =>
      admin
        .query<{ owner: string }>(
          'select pg_get_userbyid(datdba) as owner from pg_database where datname = $1',
          [account.databaseName],
        )
        .then(({ rows }) => rows[0]?.owner);

    const refuseForeign = (owner: string | undefined) => {
      if (owner === undefined || owner === account.role) return;
      throw new GatewayError(
        'database_taken',
        `A database named ${account.databaseName} is there already and belongs to ${owner}.`,
        409,
      );
    };

    const ownerBefore = await findOwner();
    refuseForeign(ownerBefore);
    await ensureRole(admin, account.role, account.password);
    let isNew = false;
    if (ownerBefore === undefined) {
      // template0 alone allows another encoding than the server's own.
      const owner = pg.escapeIdentifier(account.role);
      isNew = await createOnce(
        admin,
        `create database ${name} owner ${owner} encoding 'UTF8' template template0`,
      );
      if (!isNew) refuseForeign(await findOwner());
    }
    await admin.query(`revoke all on database ${name} from public`);
    await admin.query(`alter database ${name} set timezone to 'UTC'`);
    return isNew;
  });

  const url = new URL(account.adminUrl);
  url.username = encodeURIComponent(account.role);
  url.password = encodeURIComponent(account.password);
  url.pathname = `/${encodeURIComponent(account.databaseName)}`;
  return { url: url.href, created };
}

/**
 * Removes the database with all that is in it, whoever is connected, and its role unless that owns more.
 * Nothing happens where they are gone already.
 */
export async function dropDatabase(
  options: Pick<DatabaseAccount, 'adminUrl' | 'databaseName'> & { readonly role?: string },
): Promise<void> {
  await withAdmin(options.adminUrl, async (admin) => {
    await admin.query(`drop database if exists ${pg.escapeIdentifier(options.databaseName)} with (force)`);
    if (options.role === undefined) return;
    try {
      await admin.query(`drop role if exists ${pg.escapeIdentifier(options.role)}`);
    } catch (thrown) {
      if (errorCode(thrown) !== dependentObjectsCode) throw thrown;
    }
  });
}
