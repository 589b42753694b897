import type { tenantCalls } from '../../contracts/console/tenant-calls';
import type { ConsoleHandlers, ConsoleParts } from './console-parts';
import { findTenant } from './describe-tenant';

type KeyCalls = Extract<keyof typeof tenantCalls, `keys.${string}`>;

/** API keys of tenants: shown once, listed by their prefix, revoked at once. */
export function createKeyHandlers(parts: ConsoleParts): ConsoleHandlers<KeyCalls> {
  const { keys, audit } = parts;
  return {
    async 'keys.list'({ customerId }) {
      await findTenant(parts, customerId);
      const all = await keys.list(customerId);
      return {
        keys: all.map((key) => ({
          id: key.id,
          name: key.name === '' ? null : key.name,
          prefix: key.prefix,
          createdAt: key.createdAt.toISOString(),
          lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
          revokedAt: key.revokedAt?.toISOString() ?? null,
        })),
      };
    },
    async 'keys.create'({ customerId, name }, caller) {
      const created = await keys.create(customerId, name?.trim());
      await audit.record({
        actor: caller.actor,
        action: 'key.created',
        customerId,
        detail: { id: created.id, prefix: created.prefix, name: name ?? null },
      });
      return created;
    },
    async 'keys.revoke'({ customerId, id }, caller) {
      const revoked = await keys.revoke(customerId, String(id));
      await audit.record({
        actor: caller.actor,
        action: 'key.revoked',
        customerId,
        detail: { id: revoked.id, prefix: revoked.prefix },
      });
      return {};
    },
  };
}
