import { GatewayError } from '../errors';
import type { BrowserLaunch, BrowserPort } from './installed-browsers';
import { type BrowserChoice, clearProfile, locateProfile } from './profile-folder';
import type { WhatsAppSessionOptions } from './session-types';
import {
  type ConnectionHandlers,
  createWhatsAppConnection,
  type WhatsAppConnection,
} from './whatsapp-connection';

function findLaunch(browsers: BrowserPort, choice: BrowserChoice): BrowserLaunch {
  const launch = choice === 'installed' ? browsers.findInstalled() : browsers.find();
  if (launch) return launch;
  throw new GatewayError(
    'browser_unavailable',
    choice === 'installed'
      ? 'This WhatsApp session lives in Chrome or Edge, and neither is installed on this machine.'
      : 'No browser was found to run WhatsApp in. Install Chrome, Edge or Chromium, or set PUPPETEER_EXECUTABLE_PATH.',
    503,
  );
}

/** @throws GatewayError `no_display` (503) where no window of an installed browser can be shown */
export function requireWindow(browsers: BrowserPort): void {
  if (browsers.canShowWindows() && browsers.findInstalled()) return;
  throw new GatewayError(
    'no_display',
    'Pairing in a window needs a screen, and Chrome or Edge installed, on the machine that the gateway runs on.',
    503,
  );
}

/**
 * Finds the session's browser, makes room for it and clears its profile of what a killed gateway left.
 * @throws GatewayError `browser_unavailable`, `memory_budget` (503)
 */
export async function openSessionBrowser(
  options: WhatsAppSessionOptions,
  isVisible: boolean,
  createConsoleHandlers: (
    isCurrent: (current: WhatsAppConnection | undefined) => boolean,
  ) => ConnectionHandlers,
): Promise<WhatsAppConnection> {
  const { customerId, config, record, logger } = options;
  const found = findLaunch(options.browsers, record.state.browser);
  const launch = isVisible ? { ...found, headless: false } : found;
  await options.checkMemory();
  const folder = locateProfile(options.dataDir, customerId, record.state.browser);
  const endedBrowsers = await clearProfile(folder);
  if (endedBrowsers > 0) {
    logger.warn('whatsapp.leftover_browsers_ended', 'leftover browsers ended', {
      customer_id: customerId,
      browsers: endedBrowsers,
    });
  }
  record.change({
    status: 'initializing',
    qrCode: undefined,
    pairingCode: undefined,
    nextAttemptAt: undefined,
  });
  const opened = await createWhatsAppConnection({
    launch,
    folder,
    browserArgs: config.browserArgs,
    timeouts: config,
    handlers: createConsoleHandlers((current) => current === opened),
    logger,
  });
  logger.info('whatsapp.session_starting', 'whatsapp session starting', {
    customer_id: customerId,
    browser: launch.name,
    visible: isVisible,
    paired: record.state.isPaired,
  });
  return opened;
}
