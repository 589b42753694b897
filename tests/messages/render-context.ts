import { defaultTenantSettings } from '../../main/contracts/tenant-settings';
import type { RenderContext } from '../../main/gateway/messages/message-renderer';

/** What a message is rendered with in these tests: a tenant in South Africa with default settings. */
export function makeContext(
  data: Record<string, unknown>,
  changes: Partial<Omit<RenderContext, 'data'>> = {},
): RenderContext {
  return {
    data,
    eventType: { type: 'test:sent', title: 'Test sent' },
    tenant: { name: 'Karoo Office Supplies', customerId: 'ACC003' },
    settings: defaultTenantSettings,
    now: new Date('2026-07-01T06:30:00Z'),
    ...changes,
  };
}
