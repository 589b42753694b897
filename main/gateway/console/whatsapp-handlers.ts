import { reachesRole, type ConsoleRole } from '../../contracts/console/roles';
import type { WhatsAppCard, whatsAppCalls } from '../../contracts/console/whatsapp-calls';
import { officeId } from '../../contracts/office-number';
import { defaultTenantSettings } from '../../contracts/tenant-settings';
import type { AuditLog } from '../auth/audit-log';
import { GatewayError } from '../errors';
import type { ConsoleHandlers, ConsoleParts } from './console-parts';
import { describeOffice, describeOfficeCard } from './describe-office';
import { findTenant } from './describe-tenant';
import { describeWhatsApp } from './describe-whatsapp';

/** Staff may link a phone, and unlink none: a login on a gateway that is away is not theirs to give up. */
const claimantOf = (role: ConsoleRole) => (reachesRole(role, 'operator') ? 'operator' : 'staff');

/** WhatsApp of every tenant and the office number: a card each, and what a person does with it. */
export function createWhatsAppHandlers(parts: ConsoleParts): ConsoleHandlers<keyof typeof whatsAppCalls> {
  const { sessions, audit, tenants } = parts;

  /** Everybody's messages leave by it. @throws GatewayError `not_allowed` (403) */
  function requireOperator(id: string, role: ConsoleRole): void {
    if (id !== officeId || reachesRole(role, 'operator')) return;
    throw new GatewayError('not_allowed', 'Only an operator can link or change the office number.', 403);
  }

  /** @returns what describes it afterwards. @throws GatewayError `not_allowed` (403), `tenant_not_found` (404) */
  async function find(id: string, role: ConsoleRole): Promise<() => Promise<WhatsAppCard>> {
    requireOperator(id, role);
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
    async 'whatsapp.list'(_input, { role }) {
      const all = await parts.registry.list();
      const isOperator = reachesRole(role, 'operator');
      const [cards, office] = await Promise.all([
        Promise.all(all.map((tenant) => describeWhatsApp(parts, tenant))),
        isOperator ? describeOffice(parts) : null,
      ]);
      return { cards, office };
    },
    async 'whatsapp.connect'({ customerId, way }, { actor, role }) {
      const describe = await find(customerId, role);
      await sessions.connect(customerId, { method: way }, claimantOf(role));
      await record(customerId, { actor, action: 'whatsapp.connect_asked', detail: { way } });
      return describe();
    },
    async 'whatsapp.pairingCode'({ customerId, phone }, { actor, role }) {
      requireOperator(customerId, role);
      const { settings } =
        customerId === officeId ? { settings: defaultTenantSettings } : tenants.get(customerId);
      const code = await sessions.requestPairingCode(
        customerId,
        phone,
        settings.default_country,
        claimantOf(role),
      );
      await record(customerId, { actor, action: 'whatsapp.pairing_code', detail: { phone } });
      return { code };
    },
    async 'whatsapp.logout'({ customerId }, { actor, role }) {
      const describe = await find(customerId, role);
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
