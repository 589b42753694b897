import type { Queryable } from './database';

/** Who did what; never secrets. Rows are only ever added. */
export interface AuditEntry {
  /** `command line (ann)`, `console (admin)`, `key mgw_AbCdEfGh` */
  readonly actor: string;
  /** `tenant.added`, `key.revoked` */
  readonly action: string;
  readonly customerId?: string | null;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface AuditRow {
  readonly id: number;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly customerId: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

export async function recordAudit(system: Queryable, entry: AuditEntry): Promise<void> {
  await system.query({
    name: 'audit_log.record',
    text: 'insert into audit_log (actor, action, customer_id, detail) values ($1, $2, $3, $4::jsonb)',
    values: [
      keepPrintable(entry.actor).slice(0, 200),
      entry.action.slice(0, 100),
      entry.customerId ?? null,
      JSON.stringify(entry.detail ?? {}, (_name, value: unknown) =>
        typeof value === 'string' ? keepPrintable(value).slice(0, 1_000) : value,
      ),
    ],
  });
}

/** Newest first; `beforeId` of the last row gives the next page. */
export function listAudit(
  system: Queryable,
  filter: {
    readonly limit: number;
    readonly beforeId?: number;
    readonly customerId?: string;
    readonly action?: string;
  },
): Promise<AuditRow[]> {
  return system.query<AuditRow>({
    name: 'audit_log.list',
    text: `
      select id, at, actor, action, customer_id as "customerId", detail from audit_log
      where ($1::bigint is null or id < $1) and ($2::text is null or customer_id = $2)
        and ($4::text is null or action = $4)
      order by id desc limit $3`,
    values: [filter.beforeId ?? null, filter.customerId ?? null, filter.limit, filter.action ?? null],
  });
}

/** Names of users come from outside: nothing that PostgreSQL refuses, or that breaks a line, gets in. */
function keepPrintable(text: string): string {
  return text.toWellFormed().replace(/[\u0000-\u001f\u007f]/g, ' ');
}
