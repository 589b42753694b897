import type { ConsolePush } from '../../contracts/console/console-pushes';
import type { GatewayInfo } from '../../contracts/console/gateway-calls';
import { reachesRole, type ConsoleRole } from '../../contracts/console/roles';
import type { TenantDetail } from '../../contracts/console/tenant-calls';
import type { WhatsAppCard } from '../../contracts/console/whatsapp-calls';

/*
 * What is left out of answers and pushes that every role gets: codes link a phone, addresses of databases and settings
 * are the operator's.
 */

/** Without the codes that link a phone, for who may not link one. */
export function narrowCard(role: ConsoleRole, card: WhatsAppCard): WhatsAppCard {
  return reachesRole(role, 'staff') ? card : { ...card, qrCode: null, pairingCode: null };
}

/** Without database address and settings, for who may not change them. */
export function narrowTenant(role: ConsoleRole, tenant: TenantDetail): TenantDetail {
  if (reachesRole(role, 'operator')) return tenant;
  return { ...tenant, databaseUrl: '', settings: {}, defaults: {}, secretsSet: {} };
}

/** Without folders, connections and what was wrong with saved settings. */
export function narrowInfo(role: ConsoleRole, info: GatewayInfo): GatewayInfo {
  if (reachesRole(role, 'operator')) return info;
  return { ...info, dataDir: '', connections: null, restartProblem: null };
}

export function narrowPush(role: ConsoleRole, push: ConsolePush): ConsolePush {
  return push.name === 'whatsapp.changed' ? { ...push, payload: narrowCard(role, push.payload) } : push;
}
