import type { WhatsAppCard, whatsAppCalls } from '../../contracts/console/whatsapp-calls';
import { officeId } from '../../contracts/office-number';
import { defaultTenantSettings } from '../../contracts/tenant-settings';
import type { AuditLog } from '../auth/audit-log';
import type { ConsoleHandlers, ConsoleParts } from './console-parts';
import { describeOffice, describeOfficeCard } from './describe-office';
import { findTenant } from './describe-tenant';
import { describeWhatsApp } from './describe-whatsapp';

/** WhatsApp of every tenant and the office number: a card each, and what a person does with it. */
export function createWhatsAppHandlers(parts: ConsoleParts): ConsoleHandlers<keyof typeof whatsAppCalls> {
  const { sessions, audit, tenants } = parts;

  /** @returns what describes it afterwards. @throws GatewayError `tenant_not_found` (404) */
  async function find(id: string): Promise<() => Promise<WhatsAppCard>> {
    if (id === officeId) return () => describeOfficeCard(parts);
    const tenant = await findTenant(parts, id);
    return () => describeWhatsApp(parts, tenant);
  }

  /** The office number is no tenant's. */
  const record = (id: string, entry: Omit<Parameters<AuditLog['record']>[0], 'customerId'>) =>
    id === officeId
      ? audit.record({ ...entry, customerId: null, detail: { ...entry.detail, number: 'office' } })
      : audit.record({ ...entry, customerId: id });

  return {
    async 'whatsapp.list'() {
      const all = await parts.registry.list();
      const [cards, office] = await Promise.all([
        Promise.all(all.map((tenant) => describeWhatsApp(parts, tenant))),
        describeOffice(parts),
      ]);
      return { cards, office };
    },
    async 'whatsapp.connect'({ customerId, way }, { actor }) {
      const describe = await find(customerId);
      await sessions.connect(customerId, { method: way });
      await record(customerId, { actor, action: 'whatsapp.connect_asked', detail: { way } });
      return describe();
    },
    async 'whatsapp.pairingCode'({ customerId, phone }, { actor }) {
      const { settings } =
        customerId === officeId ? { settings: defaultTenantSettings } : tenants.get(customerId);
      const code = await sessions.requestPairingCode(customerId, phone, settings.default_country);
      await record(customerId, { actor, action: 'whatsapp.pairing_code', detail: { phone } });
      return { code };
    },
    async 'whatsapp.logout'({ customerId }, { actor }) {
      const describe = await find(customerId);
      await sessions.logout(customerId);
      await record(customerId, { actor, action: 'whatsapp.logged_out' });
      return describe();
    },
    async 'whatsapp.removeOffice'(_input, { actor }) {
      await sessions.logout(officeId, true);
      await record(officeId, { actor, action: 'whatsapp.office_removed' });
      return describeOffice(parts);
    },
  };
}
