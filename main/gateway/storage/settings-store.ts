import { ownSettingNames, type OwnSettingName } from '../../contracts/tenant-settings';
import type { Queryable } from './database';

/** A tenant's row as it stands: nulls, and secrets still encrypted. */
export type SettingsRow = { readonly id: number } & Readonly<Record<OwnSettingName, unknown>>;
export type SettingsRowChanges = Partial<Record<OwnSettingName, unknown>>;

/** The row of the customer; the newest where there are several. */
export async function findSettingsRow(
  tenant: Queryable,
  settingsTable: string,
  customerId: string,
): Promise<SettingsRow | undefined> {
  const rows = await tenant.query<SettingsRow>({
    name: 'settings.find',
    text: `
      select id, ${ownSettingNames.join(', ')} from ${settingsTable}
      where customer_id = $1 order by id desc limit 1`,
    values: [customerId],
  });
  return rows[0];
}

/** What an earlier version kept in the tenant's own table; now it is the operator's (`operator_settings`). */
export async function findOperatorColumns(
  tenant: Queryable,
  settingsTable: string,
  customerId: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const rows = await tenant.query<Record<string, unknown>>({
    name: 'settings.operator_columns',
    text: `
      select allow_private_urls, rate_limit_per_minute, rate_limit_per_hour, rate_limit_user_per_minute
      from ${settingsTable} where customer_id = $1 order by id desc limit 1`,
    values: [customerId],
  });
  return rows[0];
}

/** Keeps others from making or changing the customer's row until the transaction ends. */
export async function lockSettings(tx: Queryable, customerId: string): Promise<void> {
  await tx.query({
    name: 'settings.exclusive',
    text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))',
    values: [`settings ${customerId}`],
  });
}

export async function insertSettingsRow(
  tenant: Queryable,
  settingsTable: string,
  customerId: string,
): Promise<number> {
  const rows = await tenant.query<{ id: number }>({
    name: 'settings.insert',
    text: `insert into ${settingsTable} (customer_id) values ($1) returning id`,
    values: [customerId],
  });
  const row = rows[0];
  if (!row) throw new Error('the new settings have no row');
  return row.id;
}

export async function updateSettingsRow(
  tenant: Queryable,
  settingsTable: string,
  id: number,
  changes: SettingsRowChanges,
): Promise<void> {
  const names = ownSettingNames.filter((name) => name in changes);
  if (names.length === 0) return;
  await tenant.query({
    name: 'settings.update',
    prepare: false,
    text: `
      update ${settingsTable} set ${names.map((name, at) => `${name} = $${at + 2}`).join(', ')} where id = $1`,
    values: [id, ...names.map((name) => changes[name])],
  });
}
