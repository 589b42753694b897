import type { gatewayCalls } from '../../contracts/console/gateway-calls';
import type { AuditRow } from '../auth/audit-log';
import type { ConsoleHandlers, ConsoleParts } from './console-parts';
import { createDiagnostics } from './diagnostics';
import { writeCsv, type CsvValue } from './write-csv';

type OperationCalls = Extract<
  keyof typeof gatewayCalls,
  'operations.list' | 'operations.cancel' | 'audit.list' | 'audit.export' | 'diagnostics.create'
>;

const auditPage = 500;
const auditColumns = ['id', 'at', 'actor', 'action', 'customer_id', 'detail'];

/** Long operations, the audit log, and the file to send along with a question. */
export function createOperationHandlers(parts: ConsoleParts): ConsoleHandlers<OperationCalls> {
  const { audit, operations } = parts;
  return {
    'operations.list': (_input, caller) => Promise.resolve({ operations: operations.list(caller) }),

    async 'operations.cancel'({ operationId }, caller) {
      const { kind, state } = operations.cancel(operationId, caller);
      if (state === 'running') {
        await audit.record({
          actor: caller.actor,
          action: 'operation.cancelled',
          customerId: null,
          detail: { operation: kind, operation_id: operationId },
        });
      }
      return {};
    },

    async 'audit.list'({ customerId, action, beforeId, limit }) {
      const rows = await audit.listAll({ customerId, action, beforeId, limit });
      return {
        rows: rows.map((row) => ({ ...row, at: row.at.toISOString(), detail: { ...row.detail } })),
        nextBeforeId: rows.length === limit ? (rows.at(-1)?.id ?? null) : null,
      };
    },

    'audit.export'({ customerId }, caller) {
      const { id } = operations.start('audit_export', caller, async (run) => {
        const path = await run.file(`audit-${new Date().toISOString().slice(0, 10)}.csv`);
        async function* readRows(): AsyncGenerator<CsvValue[]> {
          let beforeId: number | undefined;
          let done = 0;
          for (;;) {
            run.signal.throwIfAborted();
            const rows: AuditRow[] = await audit.listAll({ customerId, beforeId, limit: auditPage });
            for (const row of rows) {
              yield [row.id, row.at, row.actor, row.action, row.customerId, JSON.stringify(row.detail)];
            }
            done += rows.length;
            run.progress(done);
            if (rows.length < auditPage) return;
            beforeId = rows.at(-1)?.id;
          }
        }
        await writeCsv(path, auditColumns, readRows());
        await audit.record({
          actor: caller.actor,
          action: 'audit.exported',
          customerId: customerId ?? null,
        });
        return path;
      });
      return Promise.resolve({ operationId: id });
    },

    async 'diagnostics.create'(_input, caller) {
      const { id } = operations.start('diagnostics', caller, (run) => createDiagnostics(parts, run));
      await audit.record({ actor: caller.actor, action: 'diagnostics.created', customerId: null });
      return { operationId: id };
    },
  };
}
