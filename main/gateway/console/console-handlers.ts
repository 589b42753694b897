import type { ConsoleCallName } from '../../contracts/console/console-calls';
import { createAlertHandlers } from './alert-handlers';
import { createBackupHandlers } from './backup-handlers';
import { createCatalogueHandlers } from './catalogue-handlers';
import type { ConsoleHandlers, ConsoleParts } from './console-parts';
import { createHistoryHandlers } from './history-handlers';
import { createInfoHandlers } from './info-handlers';
import { createKeyHandlers } from './key-handlers';
import { createLogHandlers } from './log-handlers';
import { createLoginHandlers } from './login-handlers';
import { createNewTenantHandlers } from './new-tenant-handlers';
import { createOperationHandlers } from './operation-handlers';
import { createOverviewHandlers } from './overview-handlers';
import { createPeopleHandlers } from './people-handlers';
import { createSettingsHandlers } from './settings-handlers';
import { createSetupHandlers } from './setup-handlers';
import { createTenantHandlers } from './tenant-handlers';
import { createWhatsAppHandlers } from './whatsapp-handlers';

/** Every call's implementation, room by room. */
export function createConsoleHandlers(parts: ConsoleParts): ConsoleHandlers<ConsoleCallName> {
  return {
    ...createInfoHandlers(parts),
    ...createOverviewHandlers(parts),
    ...createHistoryHandlers(parts),
    ...createLogHandlers(parts),
    ...createOperationHandlers(parts),
    ...createLoginHandlers(parts),
    ...createTenantHandlers(parts),
    ...createNewTenantHandlers(parts),
    ...createKeyHandlers(parts),
    ...createCatalogueHandlers(parts),
    ...createWhatsAppHandlers(parts),
    ...createSettingsHandlers(parts),
    ...createSetupHandlers(parts),
    ...createBackupHandlers(parts),
    ...createAlertHandlers(parts),
    ...createPeopleHandlers(parts),
  };
}
