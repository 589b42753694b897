import type { whatsAppCalls } from '../../contracts/console/whatsapp-calls';
import type { ConsoleHandlers, ConsoleParts } from './console-parts';
import { describeWhatsApp } from './whatsapp-card';

/** WhatsApp of every tenant: a card each, and what a person does with it. */
export function createWhatsAppHandlers(
  parts: ConsoleParts,
): Pick<ConsoleHandlers<keyof typeof whatsAppCalls>, 'whatsapp.list'> {
  return {
    async 'whatsapp.list'() {
      const tenants = await parts.registry.list();
      return { cards: await Promise.all(tenants.map((tenant) => describeWhatsApp(parts, tenant))) };
    },
  };
}
