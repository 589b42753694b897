import type { Queryable } from './database';

/** A customer that the replaced server knew. */
export interface ReplacedCustomer {
  readonly customerId: string;
  readonly name: string | undefined;
  /** its own database on that server; undefined: its rows are in the one that was read */
  readonly databaseName: string | undefined;
  /** of its rows here; null where it has a database of its own */
  readonly events: number | null;
}

/** What columns of a table of customers may be called, the likeliest first. */
const idColumns = ['customer_id', 'customer_code', 'account_code', 'code', 'account'];
const nameColumns = ['name', 'customer_name', 'company_name', 'business_name', 'title'];
const databaseColumns = ['database_name', 'db_name', 'database', 'dbname'];

interface CustomersTable {
  readonly table: string;
  readonly columns: readonly string[];
}

/**
 * The customers of the server that this gateway replaces: of its table `customers`, in the schema `settings` or `public`,
 * and of its tables of settings and events. Changes nothing.
 */
export async function readReplacedCustomers(db: Queryable): Promise<ReplacedCustomer[]> {
  const found = new Map<string, { name?: string; databaseName?: string }>();
  for (const table of await findTables(db, ['customers'])) {
    const id = idColumns.find((column) => table.columns.includes(column));
    if (id === undefined) continue;
    const textOf = (column: string | undefined) =>
      column === undefined ? 'null' : `nullif(trim(${quote(column)}::text), '')`;
    const first = (names: readonly string[]) =>
      textOf(names.find((column) => table.columns.includes(column)));
    const rows = await ask<{ id: string | null; name: string | null; database: string | null }>(
      db,
      `select ${textOf(id)} as id, ${first(nameColumns)} as name, ${first(databaseColumns)} as database
       from ${table.table} order by 1`,
    );
    for (const { id: customerId, name, database } of rows) {
      if (customerId === null) continue;
      found.set(customerId, { name: name ?? undefined, databaseName: database ?? undefined });
    }
  }
  const counts = new Map<string, number>();
  for (const { table, columns } of await findTables(db, [
    'settings_email_whatsapp',
    'email_whatsapp',
    'websocket_events',
  ])) {
    if (!columns.includes('customer_id')) continue;
    const isEvents = columns.includes('event_type');
    const rows = await ask<{ id: string | null; count: string }>(
      db,
      `select customer_id as id, count(*) as count from ${table} group by 1 order by 1`,
    );
    for (const { id, count } of rows) {
      if (id === null || id === '') continue;
      if (!found.has(id)) found.set(id, {});
      if (isEvents) counts.set(id, (counts.get(id) ?? 0) + Number(count));
    }
  }
  return [...found].map(([customerId, { name, databaseName }]) => ({
    customerId,
    name,
    databaseName,
    events: databaseName === undefined ? (counts.get(customerId) ?? 0) : null,
  }));
}

async function findTables(db: Queryable, names: readonly string[]): Promise<CustomersTable[]> {
  const rows = await ask<{ schema: string; name: string; columns: string[] }>(
    db,
    `select table_schema as schema, table_name as name, array_agg(column_name::text) as columns
     from information_schema.columns
     where table_schema in ('public', 'settings') and table_name = any ($1)
     group by 1, 2 order by 1 desc, 2`,
    [names],
  );
  return rows.map(({ schema, name, columns }) => ({ table: `${quote(schema)}.${quote(name)}`, columns }));
}

function ask<Row extends object>(
  db: Queryable,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return db.query<Row>({ name: 'replaced-server', prepare: false, text, values: [...values] });
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
