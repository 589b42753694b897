import { errorText } from '../errors';
import type { Logger } from '../observability/logger';
import { listAudit, recordAudit, type AuditEntry, type AuditRow } from '../storage/audit-store';
import type { Queryable } from '../storage/database';

export type { AuditRow } from '../storage/audit-store';

/** Who did what. Entries are only ever added: the database itself refuses to change or delete one. */
export interface AuditLog {
  /**
   * Never throws: what it records has been done already. An entry that cannot be stored is logged whole, so
   * that it is not lost.
   */
  record(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  list(
    customerId: string,
    page: { readonly limit: number; readonly beforeId?: number; readonly action?: string },
  ): Promise<AuditRow[]>;
  /** Of all customers, and of the gateway itself; newest first. */
  listAll(page: {
    readonly limit: number;
    readonly customerId?: string;
    readonly beforeId?: number;
    readonly action?: string;
  }): Promise<AuditRow[]>;
}

export function createAuditLog(system: Queryable, logger: Logger): AuditLog {
  return {
    async record(entry) {
      try {
        await recordAudit(system, entry);
      } catch (thrown) {
        logger.error('audit.store_failed', 'audit entry could not be stored', {
          actor: entry.actor,
          action: entry.action,
          customer_id: entry.customerId,
          detail: JSON.stringify(entry.detail ?? {}),
          error: errorText(thrown),
        });
      }
    },
    listAll: (page) => listAudit(system, page),
    list: (customerId, page) => listAudit(system, { customerId, ...page }),
  };
}
