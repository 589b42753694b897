import type { tenantCalls } from '../../contracts/console/tenant-calls';
import { isOperatorSetting, type TenantSettings } from '../../contracts/tenant-settings';
import { createSerialQueue } from '../concurrency/serial-queue';
import { errorText, GatewayError } from '../errors';
import { refuseLocalFiles } from '../tenants/refuse-local-files';
import { writeSettings } from '../tenants/tenant-settings';
import type { ConsoleCaller, ConsoleHandlers, ConsoleParts } from './console-parts';
import { settingsOfGroups } from './copy-settings';
import { describeTenant, findTenant, maskPassword, summariseTenant } from './describe-tenant';
import { sendTestMessage } from './send-test-message';
import { withPaths } from './setting-problems';
import { waitForTenant } from './wait-for-tenant';

type TenantCalls = Extract<keyof typeof tenantCalls, `tenants.${string}`>;

/** Tenants: who they are, their settings, whether they may send. */
export function createTenantHandlers(parts: ConsoleParts): ConsoleHandlers<TenantCalls> {
  const { registry, audit, tenants } = parts;

  function changed(): void {
    parts.pushes.push('tenants.changed', {});
  }

  async function setPaused(customerId: string, paused: boolean, caller: ConsoleCaller): Promise<void> {
    await registry.setPaused(customerId, paused);
    await audit.record({
      actor: caller.actor,
      action: paused ? 'tenant.paused' : 'tenant.resumed',
      customerId,
    });
    // Answered when it is so: nothing leaves after a "paused".
    if (tenants.find(customerId)) await waitForTenant(tenants, customerId, (live) => live.paused === paused);
  }

  /** One change of a tenant after the other: what one has saved decides what the next needs the password for. */
  const saving = new Map<string, ReturnType<typeof createSerialQueue>>();

  function saveSettings(...change: Parameters<typeof saveSettingsNow>): Promise<void> {
    const [customerId] = change;
    const inTurn = saving.get(customerId) ?? createSerialQueue();
    saving.set(customerId, inTurn);
    return inTurn(() => saveSettingsNow(...change));
  }

  async function saveSettingsNow(
    customerId: string,
    values: Readonly<Record<string, string | number | boolean | null>>,
    caller: ConsoleCaller,
    detail: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const live = tenants.get(customerId);
    if (touchesSecurity(live.settings, values)) await parts.confirmations.require(caller);
    const saved = await writeSettings(
      live.tenantDatabase,
      customerId,
      values,
      parts.secrets,
      registry.operatorSettings,
    ).catch((thrown: unknown) => {
      throw withPaths(thrown);
    });
    const names = saved.changed.map(({ name }) => name);
    if (names.length === 0) return;
    await audit.record({
      actor: caller.actor,
      action: 'settings.changed',
      customerId,
      detail: { settings: names, changes: saved.changed, ...detail },
    });
    const wanted = JSON.stringify(saved.settings);
    await waitForTenant(tenants, customerId, ({ settings }) => JSON.stringify(settings) === wanted);
    changed();
  }

  return {
    async 'tenants.list'() {
      const all = await registry.list();
      return { tenants: await Promise.all(all.map((tenant) => summariseTenant(parts, tenant))) };
    },
    async 'tenants.get'({ customerId }) {
      return describeTenant(parts, await findTenant(parts, customerId));
    },
    async 'tenants.add'({ customerId, name, databaseUrl }, caller) {
      if (parts.entryPoint.kind === 'headless' && databaseUrl !== undefined)
        refuseLocalFiles(databaseUrl, 'the console');
      const added = await registry.add({ customerId, name, databaseUrl: databaseUrl?.trim() });
      await audit.record({
        actor: caller.actor,
        action: 'tenant.added',
        customerId,
        detail: { name: added.tenant.name, own_database: databaseUrl === undefined },
      });
      // Who adds a tenant goes on to its settings: they are there when its database is open.
      await waitForTenant(tenants, customerId);
      changed();
      return {
        customerId,
        apiKey: added.apiKey,
        databaseUrl: maskPassword(added.tenant.databaseUrl),
      };
    },
    async 'tenants.rename'({ customerId, name }, caller) {
      const before = await findTenant(parts, customerId);
      await registry.update(customerId, { name });
      await audit.record({
        actor: caller.actor,
        action: 'tenant.renamed',
        customerId,
        detail: { before: before.name, after: name },
      });
      changed();
      return {};
    },
    async 'tenants.setPaused'({ customerId, paused }, caller) {
      await setPaused(customerId, paused, caller);
      changed();
      return {};
    },
    async 'tenants.setPausedMany'({ customerIds, paused }, caller) {
      const failed: { customerId: string; message: string }[] = [];
      // One after the other: each waits until its lanes have stopped.
      for (const customerId of new Set(customerIds)) {
        await setPaused(customerId, paused, caller).catch((thrown: unknown) =>
          failed.push({ customerId, message: errorText(thrown) }),
        );
      }
      changed();
      return { failed };
    },
    async 'tenants.copySettings'({ customerId, from, groups }, caller) {
      if (from === customerId) {
        throw new GatewayError('same_tenant', 'Choose another tenant to copy from.', 422, [
          { path: 'from', message: 'must be another tenant' },
        ]);
      }
      await saveSettings(customerId, settingsOfGroups(tenants.get(from).settings, groups), caller, {
        copied_from: from,
      });
      return describeTenant(parts, await findTenant(parts, customerId));
    },
    async 'tenants.remove'({ customerId, confirmation, dropDatabase }, caller) {
      await findTenant(parts, customerId);
      if (confirmation !== customerId) {
        throw new GatewayError(
          'confirmation_wrong',
          `Type ${customerId} to confirm that this tenant is removed.`,
          422,
          [{ path: 'confirmation', message: `must be ${customerId}` }],
        );
      }
      await registry.remove(customerId, { dropDatabase });
      await audit.record({
        actor: caller.actor,
        action: 'tenant.removed',
        customerId,
        detail: { database_dropped: dropDatabase },
      });
      changed();
      return {};
    },
    async 'tenants.saveSettings'({ customerId, values }, caller) {
      await saveSettings(customerId, values, caller);
      return describeTenant(parts, await findTenant(parts, customerId));
    },
    async 'tenants.sendTest'({ customerId, channel, recipient }, caller) {
      const tested = await sendTestMessage(parts, tenants.get(customerId), { channel, recipient });
      await audit.record({
        actor: caller.actor,
        action: 'test_message.sent',
        customerId,
        detail: { channel, status: tested.status, delivery_id: tested.deliveryId },
      });
      return tested;
    },
  };
}

/** Does it change what protects others, or where a password that is kept goes? */
function touchesSecurity(before: TenantSettings, values: Readonly<Record<string, unknown>>): boolean {
  const changed = Object.keys(values).filter((name) => {
    const value = JSON.stringify(values[name] ?? null);
    return value !== JSON.stringify(before[name as keyof TenantSettings] ?? null);
  });
  const moved = passwordsAndServers
    .filter(({ password }) => before[password] !== null && values[password] === undefined)
    .flatMap(({ server }) => server);
  return changed.some((name) => isOperatorSetting(name) || moved.includes(name));
}

/** A password that is kept, and the settings that say where it goes. */
const passwordsAndServers: readonly {
  readonly password: 'smtp_password' | 'bounce_imap_password';
  readonly server: readonly string[];
}[] = [
  { password: 'smtp_password', server: ['smtp_host', 'smtp_port', 'smtp_secure', 'smtp_username'] },
  {
    password: 'bounce_imap_password',
    server: ['bounce_imap_host', 'bounce_imap_port', 'bounce_imap_secure', 'bounce_imap_username'],
  },
];
