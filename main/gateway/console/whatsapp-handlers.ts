import type { whatsAppCalls } from '../../contracts/console/whatsapp-calls';
import type { ConsoleHandlers, ConsoleParts } from './console-parts';
import { findTenant } from './describe-tenant';
import { describeWhatsApp } from './describe-whatsapp';
import { narrowCard } from './narrow-answers';

/** WhatsApp of every tenant: a card each, and what a person does with it. */
export function createWhatsAppHandlers(parts: ConsoleParts): ConsoleHandlers<keyof typeof whatsAppCalls> {
  const { sessions, audit, tenants } = parts;
  return {
    async 'whatsapp.list'(_input, { role }) {
      const all = await parts.registry.list();
      const cards = await Promise.all(all.map((tenant) => describeWhatsApp(parts, tenant)));
      return { cards: cards.map((card) => narrowCard(role, card)) };
    },
    async 'whatsapp.connect'({ customerId, way }, caller) {
      const tenant = await findTenant(parts, customerId);
      await sessions.connect(customerId, { method: way });
      await audit.record({
        actor: caller.actor,
        action: 'whatsapp.connect_asked',
        customerId,
        detail: { way },
      });
      return describeWhatsApp(parts, tenant);
    },
    async 'whatsapp.pairingCode'({ customerId, phone }, caller) {
      const { settings } = tenants.get(customerId);
      const code = await sessions.requestPairingCode(customerId, phone, settings.default_country);
      await audit.record({
        actor: caller.actor,
        action: 'whatsapp.pairing_code',
        customerId,
        detail: { phone },
      });
      return { code };
    },
    async 'whatsapp.logout'({ customerId }, caller) {
      const tenant = await findTenant(parts, customerId);
      await sessions.logout(customerId);
      await audit.record({ actor: caller.actor, action: 'whatsapp.logged_out', customerId });
      return describeWhatsApp(parts, tenant);
    },
  };
}
