import { z } from 'zod';
import type { AuditLog } from '../auth/audit-log';
import { errorText } from '../errors';
import type { LiveTenant } from '../live-tenant';
import type { Logger } from '../observability/logger';
import type { SecretStore } from '../secrets/secret-store';
import type { Signals } from '../signals';
import { readTenantState, writeTenantState } from '../storage/tenant-state-store';
import type { OperatorSettingsStore } from '../tenants/operator-settings';
import { writeSettings } from '../tenants/tenant-settings';

/** A receiver that says "gone for good" this often in a row is believed. */
const goneAnswers = 3;
const downForMs = 5 * 86_400_000;
/** One failure at each end of five quiet days says little. */
const fewestFailures = 5;
const stateName = 'webhook_health';
/** Failures that say nothing of the receiver. */
const ownFaults: readonly (string | null)[] = [
  'expired',
  'aborted',
  'stopped',
  'webhook_failed',
  'unexpected_error',
];
/** Its settings are read again within this time of a change. */
const settleMs = 10_000;

const healthSchema = z.object({
  address: z.string(),
  /** answers of 410 in a row */
  gone: z.number(),
  /** failures in a row, since when (epoch, ms) */
  failures: z.number(),
  failingSinceMs: z.number().nullable(),
  /** why it was switched off, for people; null: it was not */
  offReason: z.string().nullable(),
});
type Health = z.infer<typeof healthSchema>;

/** Switches off webhooks whose receiver is gone, and says why. */
export interface WebhookWatch {
  /** why the gateway switched the tenant's webhook off; undefined: it did not, or somebody switched it on again */
  offReason(customerId: string): string | undefined;
  stop(): Promise<void>;
}

export function watchWebhooks(parts: {
  readonly find: (customerId: string) => LiveTenant | undefined;
  readonly signals: Signals;
  readonly secrets: SecretStore;
  readonly operatorSettings: OperatorSettingsStore;
  readonly audit: AuditLog;
  readonly logger: Logger;
  readonly now?: () => number;
}): WebhookWatch {
  const { signals, logger } = parts;
  const now = parts.now ?? Date.now;
  const healths = new Map<string, Health>();
  /** When webhooks were switched off whose settings were not read again yet: they still look as if they were on. */
  const switchedOffAt = new Map<string, number>();
  /** one piece of work at a time for each tenant */
  const working = new Map<string, Promise<void>>();

  function enqueue(customerId: string, work: (tenant: LiveTenant) => Promise<void>): void {
    const before = working.get(customerId) ?? Promise.resolve();
    const next = before
      .then(async () => {
        const tenant = parts.find(customerId);
        if (tenant) await work(tenant);
      })
      .catch((thrown: unknown) =>
        logger.warn('webhook.health_store_failed', 'health of a webhook could not be stored', {
          customer_id: customerId,
          error: errorText(thrown),
        }),
      )
      .finally(() => {
        if (working.get(customerId) === next) working.delete(customerId);
      });
    working.set(customerId, next);
  }

  async function load(tenant: LiveTenant): Promise<Health> {
    const { customerId } = tenant;
    const address = tenant.settings.webhook_url ?? '';
    let health = healths.get(customerId);
    if (!health) {
      const stored = healthSchema.safeParse(await readTenantState(tenant.database, stateName));
      health = stored.success ? stored.data : newHealth(address);
    }
    // Another address, or somebody who switched it on again: all is open.
    const isAnew = health.address !== address || (health.offReason !== null && isOn(tenant));
    if (isAnew) health = await save(tenant, newHealth(address));
    healths.set(customerId, health);
    return health;
  }

  function isOn({ customerId, settings }: LiveTenant): boolean {
    if (settings.webhook_enabled) {
      return performance.now() - (switchedOffAt.get(customerId) ?? -Infinity) > settleMs;
    }
    switchedOffAt.delete(customerId);
    return false;
  }

  async function save(tenant: LiveTenant, health: Health): Promise<Health> {
    healths.set(tenant.customerId, health);
    await writeTenantState(tenant.database, stateName, health);
    return health;
  }

  async function noteFailure(tenant: LiveTenant, code: string | null): Promise<void> {
    const before = await load(tenant);
    if (before.offReason !== null) return;
    const health = {
      ...before,
      gone: code === 'http_410' ? before.gone + 1 : 0,
      failures: before.failures + 1,
      failingSinceMs: before.failingSinceMs ?? now(),
    };
    const reason = reasonToEnd(health);
    // A dead receiver of a busy tenant fails a hundred times a second; its first failures say all.
    if (reason === undefined && before.failures >= fewestFailures && code !== 'http_410') {
      healths.set(tenant.customerId, health);
      return;
    }
    await save(tenant, { ...health, offReason: reason ?? null });
    if (reason !== undefined) await switchOff(tenant, reason);
  }

  function reasonToEnd({ gone, failures, failingSinceMs }: Health): string | undefined {
    if (gone >= goneAnswers) {
      return `Its receiver answered ${gone} times in a row that the address is gone for good (410).`;
    }
    if (failingSinceMs !== null && now() - failingSinceMs >= downForMs && failures >= fewestFailures) {
      return `Its receiver has taken nothing since ${new Date(failingSinceMs).toISOString()}, for five days.`;
    }
    return undefined;
  }

  async function switchOff(tenant: LiveTenant, reason: string): Promise<void> {
    const { customerId } = tenant;
    const off = { webhook_enabled: false };
    switchedOffAt.set(customerId, performance.now());
    await writeSettings(tenant.tenantDatabase, customerId, off, parts.secrets, parts.operatorSettings);
    logger.warn('webhook.switched_off', 'webhook switched off', { customer_id: customerId, reason });
    await parts.audit.record({
      actor: 'gateway',
      action: 'webhook.switched_off',
      customerId,
      detail: { reason },
    });
  }

  const ends = [
    signals.on('delivery.failed', ({ customerId, channel, errorCode }) => {
      if (channel !== 'webhook' || ownFaults.includes(errorCode ?? null)) return;
      enqueue(customerId, (tenant) => noteFailure(tenant, errorCode ?? null));
    }),
    signals.on('delivery.sent', ({ customerId, channel }) => {
      if (channel !== 'webhook') return;
      // The usual case costs nothing.
      if (healths.get(customerId)?.failures === 0 && !working.has(customerId)) return;
      enqueue(customerId, async (tenant) => {
        const health = await load(tenant);
        if (health.failures > 0) await save(tenant, newHealth(health.address));
      });
    }),
    signals.on('tenant.settings', ({ customerId }) => {
      enqueue(customerId, async (tenant) => {
        await load(tenant);
      });
    }),
    signals.on('tenant.removed', ({ customerId }) => {
      healths.delete(customerId);
      switchedOffAt.delete(customerId);
    }),
  ];

  return {
    offReason(customerId) {
      const tenant = parts.find(customerId);
      if (!tenant || tenant.settings.webhook_enabled) return undefined;
      const health = healths.get(customerId);
      // Asked for the first time since the start: the next look knows.
      if (!health) {
        enqueue(customerId, async (found) => {
          await load(found);
        });
      }
      return health?.offReason ?? undefined;
    },
    async stop() {
      for (const end of ends) end();
      await Promise.all(working.values());
    },
  };
}

function newHealth(address: string): Health {
  return { address, gone: 0, failures: 0, failingSinceMs: null, offReason: null };
}
