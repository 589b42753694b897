import { officeId } from '../../contracts/office-number';
import type { Queryable } from './database';
import { instanceLockClass } from './server-watch';

/** Who runs, or last ran, a tenant's WhatsApp session. */
export interface SessionOwner {
  readonly customerId: string;
  /** 0: a gateway that has stopped */
  readonly instance: number;
  /** the folder with the login */
  readonly home: string;
  /** the machine's name, for people */
  readonly host: string;
  readonly isLiving: boolean;
}

/** The office number belongs to no tenant: its owner has a table of its own. */
const whereOf = (customerId: string) =>
  customerId === officeId
    ? { table: 'whatsapp_office_owner', suffix: '-office', claimant: '' }
    : { table: 'whatsapp_session_owners', suffix: '', claimant: 'from tenants where customer_id = $1' };

interface OwnerRow {
  readonly customer_id: string;
  readonly instance: number;
  readonly home: string;
  readonly host: string;
  readonly living: boolean;
}

const lives = (instance: string) => `exists (select from pg_locks l join pg_database b on b.oid = l.database
  where l.locktype = 'advisory' and l.objsubid = 2 and l.classid = ${instanceLockClass}
    and l.objid::bigint = ${instance} and ${instance} <> 0 and b.datname = current_database())`;

const toOwner = (row: OwnerRow): SessionOwner => ({
  customerId: row.customer_id,
  instance: row.instance,
  home: row.home,
  host: row.host,
  isLiving: row.living,
});

export async function readSessionOwner(
  system: Queryable,
  customerId: string,
): Promise<SessionOwner | undefined> {
  const { table, suffix } = whereOf(customerId);
  const rows = await system.query<OwnerRow>({
    name: `session-owners.read${suffix}`,
    text: `select customer_id, instance, home, host, ${lives('instance')} as living
      from ${table} where customer_id = $1`,
    values: [customerId],
  });
  return rows[0] && toOwner(rows[0]);
}

/** All of them, and whether the other gateways see that this one lives. */
export async function listSessionOwners(
  system: Queryable,
  instance: number,
): Promise<{ readonly owners: SessionOwner[]; readonly isSeen: boolean }> {
  const rows = await system.query<{ seen: boolean; owners: OwnerRow[] }>({
    name: 'session-owners.list',
    text: `with living as materialized (
        select distinct l.objid::bigint as instance from pg_locks l join pg_database b on b.oid = l.database
        where l.locktype = 'advisory' and l.objsubid = 2 and l.classid = ${instanceLockClass}
          and l.objid <> 0 and b.datname = current_database())
      select exists (select from living where instance = $1::bigint) as seen, coalesce((
        select json_agg(o) from (
          select customer_id, instance, home, host, instance in (select instance from living) as living
          from (
            select customer_id, instance, home, host from whatsapp_session_owners
            union all select customer_id, instance, home, host from whatsapp_office_owner
          ) all_owners
        ) o), '[]') as owners`,
    values: [instance],
  });
  return { owners: (rows[0]?.owners ?? []).map(toOwner), isSeen: rows[0]?.seen === true };
}

/**
 * Makes a session this gateway's, unless it is another's that lives, or another than `instead`'s by now.
 * @returns whether it is this gateway's
 */
export async function claimSession(
  system: Queryable,
  claim: {
    readonly customerId: string;
    readonly instance: number;
    readonly home: string;
    readonly host: string;
    /** the owner that is known to be gone; undefined: there was none */
    readonly instead: number | undefined;
  },
): Promise<boolean> {
  const { table, suffix, claimant } = whereOf(claim.customerId);
  const rows = await system.query({
    name: `session-owners.claim${suffix}`,
    text: `insert into ${table} as o (customer_id, instance, home, host)
        select $1::varchar, $2::integer, $3::text, $4::text ${claimant}
      on conflict (customer_id) do update
        set instance = excluded.instance, home = excluded.home, host = excluded.host, since = now()
        where o.instance = excluded.instance or (o.instance = $5 and not ${lives('o.instance')})
      returning instance`,
    values: [claim.customerId, claim.instance, claim.home, claim.host, claim.instead ?? 0],
  });
  return rows.length > 0;
}

/** Any gateway may run it again; where there is a login, one that has it. */
export async function releaseSession(
  system: Queryable,
  released: { readonly customerId: string; readonly instance: number; readonly hasLogin: boolean },
): Promise<void> {
  const { customerId, instance, hasLogin } = released;
  const { table, suffix } = whereOf(customerId);
  await system.query({
    name: `${hasLogin ? 'session-owners.release-login' : 'session-owners.release-none'}${suffix}`,
    text: hasLogin
      ? `update ${table} set instance = 0 where customer_id = $1 and instance = $2`
      : `delete from ${table} where customer_id = $1 and instance = $2`,
    values: [customerId, instance],
  });
}

/** This gateway stops: whoever has the logins may go on at once. */
export async function releaseSessions(system: Queryable, instance: number): Promise<void> {
  await system.query({
    name: 'session-owners.release',
    text: `with office as (update whatsapp_office_owner set instance = 0 where instance = $1)
      update whatsapp_session_owners set instance = 0 where instance = $1`,
    values: [instance],
  });
}
