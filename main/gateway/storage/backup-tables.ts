import pg from 'pg';
import type { Database, Queryable } from './database';
import type { TenantSchema } from './tenant-schema';

/** A table as a backup knows it. */
export interface BackupTable {
  /** in the archive; the same for every layout */
  readonly name: string;
  /** in SQL, found by the connection's search path */
  readonly sql: string;
}

/** Some rows of a table: one JSON array of texts and nulls a line, in the order of `columns`. */
export interface BackupChunk {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: number;
  readonly lines: string;
}

/** The last value of each sequence, by table and column. */
export type BackupSequences = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** In an order that foreign keys allow. `tenants` is missing: the archive's manifest has it. */
export const systemBackupTables: readonly BackupTable[] = ['api_keys', 'gateway_settings', 'audit_log'].map(
  (name) => ({ name, sql: name }),
);

/** In an order that foreign keys allow; tables of the business application are none of a backup's business. */
export function tenantBackupTables(layout: TenantSchema): BackupTable[] {
  const unqualified = [
    stateTable,
    'websocket_events',
    'message_deliveries',
    'delivery_attempts',
    'tenant_event_types',
    'tenant_templates',
    'whatsapp_contacts',
    'whatsapp_handovers',
    'whatsapp_inbound',
  ];
  return [
    { name: 'settings_email_whatsapp', sql: layout.settingsTable },
    { name: 'settings.whatsapp_sessions', sql: 'settings.whatsapp_sessions' },
    ...unqualified.map((name) => ({ name, sql: name })),
  ];
}

const stateTable = 'modular_gateway_state';
const chunkBytes = 4 * 1024 * 1024;
const fetchRows = 200;
/** Larger rows (attachments) are fetched one by one: a fetch stays below 50 MB. */
const largeRowBytes = 256 * 1024;

/**
 * Reads the tables as they are at one moment, however long it takes, in pieces of about 4 MB.
 * @returns the sequences' last values, at least as high as the rows need
 */
export async function* dumpTables(
  database: Database,
  tables: readonly BackupTable[],
): AsyncGenerator<BackupChunk, BackupSequences> {
  const client = await database.connect();
  try {
    await client.query('begin isolation level repeatable read, read only');
    // Other styles, which a database or role may have set, do not read back everywhere.
    await client.query("set local datestyle = 'ISO'; set local intervalstyle = 'postgres'");
    const sequences: Record<string, Record<string, number>> = {};
    for (const table of tables) {
      const columns = await readColumns(client, table);
      yield* dumpRows(client, table, columns);
      const counted = columns.flatMap(({ name, sequenceValue }) =>
        sequenceValue === null ? [] : [[name, sequenceValue] as const],
      );
      sequences[table.name] = Object.fromEntries(counted);
    }
    return sequences;
  } finally {
    await client.end();
  }
}

interface Column {
  readonly name: string;
  /** without its length (`char` by its own name has one): a text that is too long must fail, not be cut */
  readonly type: string;
  readonly sequence: string | null;
  /** null: never used */
  readonly sequenceValue: number | null;
}

const columnsSql = `
  select name, type, sequence, pg_sequence_last_value(sequence::regclass) as "sequenceValue"
  from (
    select attname as name, format('%I.%I', nspname, typname) as type,
      pg_get_serial_sequence($1, attname) as sequence
    from pg_attribute
      join pg_type on pg_type.oid = atttypid
      join pg_namespace on pg_namespace.oid = typnamespace
    where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''
    order by attnum
  ) as columns`;

async function readColumns(client: pg.Client, table: BackupTable): Promise<Column[]> {
  return (await client.query<Column>(columnsSql, [table.sql])).rows;
}

const bytesType = 'pg_catalog.bytea';

function rowSql(columns: readonly Column[]): string {
  const texts = columns.map(({ name, type }) =>
    type === bytesType
      ? `encode(${pg.escapeIdentifier(name)}, 'base64')`
      : `${pg.escapeIdentifier(name)}::text`,
  );
  return `array_to_json(array[${texts.join(', ')}])::text`;
}

async function* dumpRows(
  client: pg.Client,
  table: BackupTable,
  columns: readonly Column[],
): AsyncGenerator<BackupChunk> {
  await client.query(`
    declare backup_rows no scroll cursor for
    select place, case when octet_length(line) <= ${largeRowBytes} then line end as line
    from (select ctid::text as place, ${rowSql(columns)} as line from ${table.sql}) as found`);
  let lines: string[] = [];
  let length = 0;
  const chunk = (): BackupChunk => ({
    table: table.name,
    columns: columns.map(({ name }) => name),
    rows: lines.length,
    lines: `${lines.join('\n')}\n`,
  });
  for (;;) {
    const { rows } = await client.query<{ place: string; line: string | null }>(
      `fetch ${fetchRows} from backup_rows`,
    );
    for (const { place, line } of rows) {
      // The snapshot keeps every row where it is.
      const whole = line ?? (await fetchLargeRow(client, table, columns, place));
      lines.push(whole);
      length += whole.length;
      if (length < chunkBytes) continue;
      yield chunk();
      lines = [];
      length = 0;
    }
    if (rows.length < fetchRows) break;
  }
  if (lines.length > 0) yield chunk();
  await client.query('close backup_rows');
}

async function fetchLargeRow(
  client: pg.Client,
  table: BackupTable,
  columns: readonly Column[],
  place: string,
): Promise<string> {
  const { rows } = await client.query<{ line: string }>(
    `select ${rowSql(columns)} as line from ${table.sql} where ctid = $1::tid`,
    [place],
  );
  const row = rows[0];
  if (!row) throw new Error(`a row of ${table.name} vanished from its snapshot`);
  return row.line;
}

/** Do any of the tables hold a row, those that migrations make aside? */
export async function hasRows(database: Queryable, tables: readonly BackupTable[]): Promise<boolean> {
  const rows = await database.query<{ found: boolean }>({
    name: 'backup.has_rows',
    prepare: false,
    text: `select ${tables
      .filter(({ name }) => name !== stateTable)
      .map(({ sql }) => `exists (select from ${sql})`)
      .join(' or ')} as found`,
  });
  return rows[0]?.found === true;
}

/** By DELETE, which accounts that do not own the tables may do too. */
export async function emptyTables(tx: Queryable, tables: readonly BackupTable[]): Promise<void> {
  // The audit log refuses deletion otherwise.
  await tx.query({
    name: 'backup.restoring',
    text: "select set_config('modular_gateway.restoring', 'on', true)",
  });
  // Made of the deliveries, and not in a backup: the gateway makes it again.
  const made = tables.some(({ name }) => name === 'message_deliveries') ? [{ sql: 'message_search' }] : [];
  for (const { sql } of [...made, ...[...tables].reverse()]) {
    await tx.query({ name: 'backup.empty', prepare: false, text: `delete from ${sql}` });
  }
}

/** Puts the rows of a chunk into their table. @throws pg's DatabaseError for a column that is not there */
export async function loadChunk(tx: Queryable, table: BackupTable, chunk: BackupChunk): Promise<void> {
  const known = await tx.query<Column>({
    name: 'backup.columns',
    prepare: false,
    text: columnsSql,
    values: [table.sql],
  });
  const values = chunk.columns.map((name, at) => {
    const type = known.find((column) => column.name === name)?.type;
    if (type === bytesType) return `decode(line ->> ${at}, 'base64')`;
    return type === undefined ? `line ->> ${at}` : `(line ->> ${at})::${type}`;
  });
  await tx.query({
    name: 'backup.load',
    prepare: false,
    text: `
      insert into ${table.sql} (${chunk.columns.map((name) => pg.escapeIdentifier(name)).join(', ')})
      overriding system value
      select ${values.join(', ')} from json_array_elements($1::json) as line`,
    values: [`[${chunk.lines.trimEnd().replaceAll('\n', ',')}]`],
  });
}

/** New rows get numbers above those that were ever given, also above those of deleted rows. */
export async function loadSequences(
  tx: Queryable,
  tables: readonly BackupTable[],
  sequences: BackupSequences,
): Promise<void> {
  for (const table of tables) {
    for (const [column, lastValue] of Object.entries(sequences[table.name] ?? {})) {
      await tx.query({
        name: 'backup.sequence',
        prepare: false,
        text: `
          select setval(pg_get_serial_sequence($1, $2), greatest($3::bigint,
            (select coalesce(max(${pg.escapeIdentifier(column)}), 1) from ${table.sql})))`,
        values: [table.sql, column, lastValue],
      });
    }
  }
}
