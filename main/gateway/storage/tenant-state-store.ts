import type { Queryable } from './database';

/** Small values that the gateway keeps in a tenant's database. */
export async function readTenantState(database: Queryable, name: string): Promise<unknown> {
  const rows = await database.query<{ value: unknown }>({
    name: 'state.read',
    text: 'select value from modular_gateway_state where name = $1',
    values: [name],
  });
  return rows[0]?.value;
}

/** undefined takes it out */
export async function writeTenantState(database: Queryable, name: string, value: unknown): Promise<void> {
  if (value === undefined) {
    await database.query({
      name: 'state.remove',
      text: 'delete from modular_gateway_state where name = $1',
      values: [name],
    });
    return;
  }
  await database.query({
    name: 'state.write',
    text: `insert into modular_gateway_state (name, value) values ($1, $2::jsonb)
      on conflict (name) do update set value = excluded.value`,
    values: [name, JSON.stringify(value)],
  });
}
