import { join } from 'node:path';
import type { AuditLog } from '../auth/audit-log';
import type { LimitCounter } from '../auth/limit-windows';
import type { RestoreOutcome } from '../backup/pending-restore';
import { createAlertWatch } from '../console/alert-watch';
import { createConfirmations } from '../console/confirmations';
import { createConsoleHandlers } from '../console/console-handlers';
import type { ConsoleParts } from '../console/console-parts';
import { createGatewayConsole, type GatewayConsole } from '../console/gateway-console';
import { createLogWatch } from '../console/log-watch';
import { createOperations, type Operations } from '../console/operations';
import { createOverviewWatch } from '../console/overview-watch';
import { pushDeliveryChanges } from '../console/push-deliveries';
import { createPushHub } from '../console/push-hub';
import { pushTenantChanges } from '../console/push-tenants';
import { pushWhatsAppChanges } from '../console/push-whatsapp';
import { errorText } from '../errors';

/** The console with its own parts: what it pushes, and what takes it long. */
export function openConsole(
  given: Omit<ConsoleParts, 'operations' | 'pushes' | 'logWatch' | 'overview' | 'confirmations'> & {
    readonly restored?: RestoreOutcome;
    /** This gateway does what one is to do for all. */
    readonly leads: () => boolean;
    /** counts guesses of the password */
    readonly counter: LimitCounter;
  },
): {
  readonly console: GatewayConsole;
  stop(): Promise<void>;
} {
  const { config, logger } = given;
  const pushes = createPushHub((thrown) =>
    logger.error('console.push_failed', 'push to a console window failed', { error: errorText(thrown) }),
  );
  const operations = createOperations({ folder: join(config.dataDir, 'exports'), pushes, logger });
  if (given.restored) reportRestore(given.restored, operations, given.audit);
  const logWatch = createLogWatch({ ...given, pushes });
  const overview = createOverviewWatch({ ...given, pushes });
  const alerts = createAlertWatch({ ...given, overview });
  const confirmations = createConfirmations(given.login, given.counter);
  const parts = { ...given, pushes, operations, logWatch, overview, confirmations };
  const endPushes = [
    pushWhatsAppChanges(parts),
    pushTenantChanges(parts),
    pushDeliveryChanges(parts),
    () => logWatch.stop(),
    () => overview.stop(),
  ];
  return {
    console: createGatewayConsole(parts, createConsoleHandlers(parts)),
    async stop() {
      for (const end of endPushes) end();
      await alerts.stop();
      await operations.stop();
    },
  };
}

/** The restore that this start carried out, where somebody looks for it: by the id that was given out for it. */
function reportRestore(
  { order, error, notes }: RestoreOutcome,
  operations: Operations,
  audit: AuditLog,
): void {
  operations.addEnded({
    id: order.operationId,
    kind: 'restore',
    error: error ?? null,
    notes: [...notes],
    startedAt: order.at,
  });
  void audit.record({
    actor: order.actor,
    action: error === undefined ? 'backup.restored' : 'backup.not_restored',
    customerId: null,
    detail: { file: order.file, ...(error === undefined ? {} : { error }) },
  });
}
