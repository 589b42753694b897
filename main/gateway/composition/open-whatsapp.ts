import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { GatewayConfig } from '../config/config';
import { ConfigurationError, errorText } from '../errors';
import type { Logger } from '../observability/logger';
import type { Signals } from '../signals';
import type { Database } from '../storage/database';
import type { SharedRelay } from '../storage/open-relay';
import type { BrowserPort } from '../whatsapp/installed-browsers';
import { readLoginHome } from '../whatsapp/login-home';
import type { OfficeReplies } from '../whatsapp/office-number';
import { createSessionOwners } from '../whatsapp/session-owners';
import { shareSessions } from '../whatsapp/shared-sessions';
import { createWhatsAppSessions, type WhatsAppSessions } from '../whatsapp/whatsapp-sessions';

/**
 * WhatsApp of all tenants: the sessions that run here, and those of other gateways on the same databases. Resolves
 * when it is known who runs which.
 */
export async function openWhatsApp(parts: {
  readonly config: GatewayConfig;
  readonly system: Database;
  readonly relay: SharedRelay;
  readonly browsers: BrowserPort;
  readonly databaseOf: (customerId: string) => Database | undefined;
  readonly webhookOf: (customerId: string) => string | undefined;
  readonly office: OfficeReplies;
  readonly onWork: (customerId: string) => void;
  readonly signals: Signals;
  readonly logger: Logger;
}): Promise<WhatsAppSessions> {
  const { config, system, relay, signals, logger } = parts;
  const dataDir = config.sharedDir ?? config.dataDir;
  const owners = createSessionOwners({
    system,
    relay,
    home: openHome(dataDir, config.sharedDir !== undefined, logger),
    host: hostname(),
    isShared: config.sharedDir !== undefined,
    logger,
  });
  await owners.ready();
  const local = createWhatsAppSessions({
    dataDir,
    browsers: parts.browsers,
    databaseOf: parts.databaseOf,
    webhookOf: parts.webhookOf,
    office: parts.office,
    signals,
    logger,
    config: {
      sessionTimeoutMs: config.whatsappSessionTimeoutMs,
      browserArgs: config.whatsappBrowserArgs,
    },
    claim: (customerId) => owners.claim(customerId, 'itself'),
    release: (customerId) => owners.release(customerId, true),
  });
  return shareSessions({ local, owners, relay, signals, logger, onWork: parts.onWork });
}

/** A gateway that keeps its logins to itself starts also where its disk is full. */
function openHome(dataDir: string, isShared: boolean, logger: Logger): string {
  try {
    return readLoginHome(dataDir);
  } catch (thrown) {
    const error = errorText(thrown);
    if (isShared) {
      throw new ConfigurationError(
        `GATEWAY_SHARED_DIR is ${JSON.stringify(dataDir)}, and the gateway cannot write there: ${error}`,
      );
    }
    logger.warn('whatsapp.home_unwritten', 'the folder of WhatsApp logins cannot be written', { error });
    return randomUUID();
  }
}
