import { addStylesheet } from './add-stylesheet';
import { readPageSettings } from './page-settings';
import { WhatsAppSessionsManager, type WhatsAppSessionsOptions } from './whatsapp-sessions-manager';

const pageSettings = readPageSettings('whatsapp-sessions.js');

/** The manager with what this script's tag says already in it: `new WhatsAppSessionsManager('ACC001')`. */
class PageWhatsAppSessionsManager extends WhatsAppSessionsManager {
  constructor(customerId: string, options: WhatsAppSessionsOptions = {}) {
    super(customerId, pageSettings, options);
  }
}

declare global {
  interface Window {
    WhatsAppSessionsManager?: typeof PageWhatsAppSessionsManager;
  }
}

addStylesheet(`${pageSettings.gatewayUrl}/assets/css/whatsapp-sessions.css`);
window.WhatsAppSessionsManager = PageWhatsAppSessionsManager;
