import type pg from 'pg';
import { GatewayError } from '../errors';

/** Where a tenant's database keeps the seed's tables. */
export interface TenantSchema {
  /** the schema of the events and deliveries; new tables go there too */
  readonly baseSchema: string;
  /** for connections: unqualified names are found by it */
  readonly searchPath: readonly string[];
  /** with its schema, fit to be put into SQL */
  readonly settingsTable: string;
}

/** Names that need no quotes, in SQL and in a connection's start options alike. */
const plainName = /^[a-z_][a-z0-9_]*$/;

/**
 * Finds out where the tables are: in `public`, or all of them in `settings`, where the settings table is
 * called `email_whatsapp`. What our own migrations recorded counts most; after that what the connection's
 * own search path (role's, database's) sees first, because the business application goes by that too.
 * For an empty database it names where the migrations will make the tables.
 * @throws GatewayError `invalid_database_url` when the search path of its address leads nowhere
 */
export async function detectTenantSchema(
  client: pg.ClientBase,
  /** the database's address names a search path: an empty database gets its tables where that leads */
  isPathNamed = false,
): Promise<TenantSchema> {
  const home = isPathNamed ? await findHome(client) : 'public';
  const { rows } = await client.query<{ schema: string; name: string }>(
    `select n.nspname as schema, c.relname as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
       join unnest(current_schemas(false) || array['public', 'settings']) with ordinality as path(schema, place)
         on path.schema = n.nspname
     where c.relkind in ('r', 'p') and c.relname in ('modular_gateway_migrations', 'websocket_events',
       'message_deliveries', 'settings_email_whatsapp', 'email_whatsapp')
     order by path.place`,
  );
  const tables = rows.filter(({ schema }) => plainName.test(schema));
  const schemasOf = (...names: string[]) =>
    tables.filter(({ name }) => names.includes(name)).map((row) => row.schema);
  const [baseSchema = home] = [
    ...schemasOf('modular_gateway_migrations'),
    ...schemasOf('websocket_events'),
    ...schemasOf('message_deliveries'),
    ...schemasOf('settings_email_whatsapp', 'email_whatsapp'),
  ];
  const usualName = (schema: string) =>
    schema === 'settings' ? 'email_whatsapp' : 'settings_email_whatsapp';
  const searchPath = [...new Set([baseSchema, 'public', 'settings'])];
  const settings = searchPath
    .flatMap((schema) => [
      { schema, name: usualName(schema) },
      { schema, name: 'settings_email_whatsapp' },
    ])
    .find((wanted) =>
      tables.some((table) => table.schema === wanted.schema && table.name === wanted.name),
    ) ?? { schema: baseSchema, name: usualName(baseSchema) };
  return { baseSchema, searchPath, settingsTable: `${settings.schema}.${settings.name}` };
}

async function findHome(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ schema: string | null; path: string }>(
    `select current_schema() as schema, current_setting('search_path') as path`,
  );
  const [found] = rows;
  if (found?.schema && plainName.test(found.schema)) return found.schema;
  throw new GatewayError(
    'invalid_database_url',
    `The search path of the database's address (${found?.path ?? ''}) leads to no schema that can be used: make it first, with a name of small letters, digits and _.`,
    422,
  );
}
