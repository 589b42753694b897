import type { Queryable } from './database';

/** The gateway's own settings and secrets: small JSON values by name. */
export async function readGatewaySetting(system: Queryable, name: string): Promise<unknown> {
  const rows = await system.query<{ value: unknown }>({
    name: 'gateway_settings.read',
    text: 'select value from gateway_settings where name = $1',
    values: [name],
  });
  return rows[0]?.value;
}

export async function writeGatewaySetting(system: Queryable, name: string, value: unknown): Promise<void> {
  await system.query({
    name: 'gateway_settings.write',
    text: `
      insert into gateway_settings (name, value) values ($1, $2::jsonb)
      on conflict (name) do update set value = excluded.value, updated_at = now()`,
    values: [name, JSON.stringify(value)],
  });
}

/** Keeps others that ask for it from changing this value until the transaction ends. */
export async function lockGatewaySetting(tx: Queryable, name: string): Promise<void> {
  await tx.query({
    name: 'gateway_settings.exclusive',
    text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))',
    values: [`gateway setting ${name}`],
  });
}

/** Keeps the value that is there; of several processes that bring one, the first wins. Returns what holds. */
export async function keepGatewaySetting(system: Queryable, name: string, value: unknown): Promise<unknown> {
  await system.query({
    name: 'gateway_settings.keep',
    text: `insert into gateway_settings (name, value) values ($1, $2::jsonb) on conflict (name) do nothing`,
    values: [name, JSON.stringify(value)],
  });
  return readGatewaySetting(system, name);
}

export async function deleteGatewaySetting(system: Queryable, name: string): Promise<void> {
  await system.query({
    name: 'gateway_settings.delete',
    text: 'delete from gateway_settings where name = $1',
    values: [name],
  });
}

export function listGatewaySettings(system: Queryable): Promise<{ name: string; value: unknown }[]> {
  return system.query<{ name: string; value: unknown }>({
    name: 'gateway_settings.list',
    text: 'select name, value from gateway_settings order by name',
  });
}
