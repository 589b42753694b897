import type { newTenantCalls } from '../../contracts/console/new-tenant-calls';
import { newTenantSettingNames, type NewTenantSettings } from '../../contracts/new-tenant-settings';
import { defaultTenantSettings, isOperatorSetting } from '../../contracts/tenant-settings';
import type { ConsoleParts, HandlersOf } from './console-parts';
import { withPaths } from './setting-problems';

/** What every tenant that is added later begins with. */
export function createNewTenantHandlers(parts: ConsoleParts): HandlersOf<typeof newTenantCalls> {
  const { audit, confirmations, registry } = parts;
  return {
    async 'newTenants.get'() {
      return describe(await registry.newTenantSettings.read());
    },
    async 'newTenants.save'({ values }, caller) {
      const before: Readonly<Record<string, unknown>> = await registry.newTenantSettings.read();
      const touchesSecurity = Object.entries(values).some(
        ([name, value]) => isOperatorSetting(name) && (value ?? null) !== (before[name] ?? null),
      );
      if (touchesSecurity) await confirmations.require(caller);
      const { settings, changed } = await registry.newTenantSettings
        .write(values)
        .catch((thrown: unknown) => {
          throw withPaths(thrown);
        });
      if (changed.length > 0) {
        await audit.record({
          actor: caller.actor,
          action: 'new_tenant_settings.changed',
          customerId: null,
          detail: { settings: changed.map(({ name }) => name), changes: changed },
        });
      }
      return describe(settings);
    },
  };
}

function describe(settings: NewTenantSettings) {
  const defaults = newTenantSettingNames.map((name) => [name, defaultTenantSettings[name]] as const);
  return { settings, defaults: Object.fromEntries(defaults) };
}
