import type { Queryable } from './database';
import { instanceLockClass } from './server-watch';

/** A gateway that lives and shares this system database. */
export interface LivingGateway {
  readonly instance: number;
  /** the machine's name, for people; null with the next two: an older version, which does not say */
  readonly host: string | null;
  readonly version: string | null;
  /** when it started */
  readonly since: Date | null;
  /** does what one is to do for all */
  readonly leads: boolean;
  /** WhatsApp sessions that it runs */
  readonly sessions: number;
}

/** Living gateways; the session that holds the lock of the leader holds its instance's, too. */
const living = `select l.objid::bigint as instance, bool_or(exists (
      select from pg_locks leader where leader.locktype = 'advisory' and leader.objsubid = 2
        and leader.classid = ${instanceLockClass} and leader.objid = 0 and leader.granted and leader.pid = l.pid
        and leader.database = l.database)) as leads
    from pg_locks l join pg_database b on b.oid = l.database
    where l.locktype = 'advisory' and l.objsubid = 2 and l.classid = ${instanceLockClass} and l.granted
      and l.objid <> 0 and b.datname = current_database()
    group by l.objid`;

/**
 * Puts this gateway on the list, and takes old ones off. Not whoever has no lock just now: its connection may be coming
 * back this very moment.
 */
export async function enterGateway(
  system: Queryable,
  gateway: { readonly instance: number; readonly host: string; readonly version: string },
): Promise<void> {
  await system.query({
    name: 'gateways.enter',
    text: `with gone as (
        delete from gateways where instance <> $1 and since < now() - interval '90 days'
          and instance not in (select instance from (${living}) l))
      insert into gateways (instance, host, version) values ($1, $2, $3)
      on conflict (instance) do nothing`,
    values: [gateway.instance, gateway.host, gateway.version],
  });
}

/** Those that live: longest-running first, older versions at the end. */
export async function listGateways(system: Queryable): Promise<LivingGateway[]> {
  return system.query<LivingGateway & Record<string, unknown>>({
    name: 'gateways.list',
    text: `select l.instance, g.host, g.version, g.since, l.leads,
        (select count(*) from (
          select instance from whatsapp_session_owners union all select instance from whatsapp_office_owner
        ) o where o.instance = l.instance)::integer as sessions
      from (${living}) l left join gateways g on g.instance = l.instance
      order by g.since, l.instance`,
    values: [],
  });
}
