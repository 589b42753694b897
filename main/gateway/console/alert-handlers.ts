import type { alertCalls } from '../../contracts/console/alert-calls';
import { checkAlertSettings, readAlertSettings, writeAlertSettings } from './alert-settings';
import type { ConsoleParts, HandlersOf } from './console-parts';
import { readGatewayName } from './setup-state';

/** Who is told, outside the console, of what needs a person. */
export function createAlertHandlers(parts: ConsoleParts): HandlersOf<typeof alertCalls> {
  const { audit, gatewaySettings } = parts;
  const check = (given: Parameters<typeof checkAlertSettings>[0]) =>
    checkAlertSettings(given, parts.config.systemSmtp !== null);
  return {
    'alerts.get': () => readAlertSettings(gatewaySettings),
    async 'alerts.save'(given, caller) {
      const before = await readAlertSettings(gatewaySettings);
      const after = check(given);
      await writeAlertSettings(gatewaySettings, after);
      // An address may hold a key: the audit log says which fields are others now.
      const changed = (Object.keys(after) as (keyof typeof after)[]).filter(
        (name) => after[name] !== before[name],
      );
      await audit.record({
        actor: caller.actor,
        action: 'alerts.changed',
        customerId: null,
        detail: { changed, is_on: after.isOn },
      });
      return {};
    },
    async 'alerts.test'(given, caller) {
      const settings = check({ ...given, isOn: true });
      const name = await readGatewayName(gatewaySettings);
      const results = await parts.alerts.tell(settings, {
        subject: `${name === '' ? 'Your gateway' : name}: test alert`,
        text: 'This is a test alert. You will be told here when something needs attention, and when it is resolved.',
      });
      await audit.record({
        actor: caller.actor,
        action: 'alerts.tested',
        customerId: null,
        detail: { results: results.map(({ way, ok }) => ({ way, ok })) },
      });
      return { results };
    },
  };
}
