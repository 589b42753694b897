import { join } from 'node:path';
import type { ConsoleParts } from './console/console-parts';
import { createConsole, type GatewayConsole } from './console/create-console';
import { createHandlers } from './console/create-handlers';
import { createLogWatch } from './console/log-watch';
import { createOperations } from './console/operations';
import { createOverviewWatch } from './console/overview-watch';
import { pushDeliveryChanges } from './console/push-deliveries';
import { createPushHub } from './console/push-hub';
import { pushTenantChanges } from './console/push-tenants';
import { pushWhatsAppChanges } from './console/push-whatsapp';
import { errorText } from './errors';

/** The console with its own parts: what it pushes, and what takes it long. */
export function openConsole(given: Omit<ConsoleParts, 'operations' | 'pushes' | 'logWatch' | 'overview'>): {
  readonly console: GatewayConsole;
  stop(): Promise<void>;
} {
  const { config, logger } = given;
  const pushes = createPushHub((thrown) =>
    logger.error('push to a window failed', { error: errorText(thrown) }),
  );
  const operations = createOperations({ folder: join(config.dataDir, 'exports'), pushes, logger });
  const logWatch = createLogWatch({ ...given, pushes });
  const overview = createOverviewWatch({ ...given, pushes });
  const parts = { ...given, pushes, operations, logWatch, overview };
  const endPushes = [
    pushWhatsAppChanges(parts),
    pushTenantChanges(parts),
    pushDeliveryChanges(parts),
    () => logWatch.stop(),
    () => overview.stop(),
  ];
  return {
    console: createConsole(parts, createHandlers(parts)),
    async stop() {
      for (const end of endPushes) end();
      await operations.stop();
    },
  };
}
