import { randomUUID } from 'node:crypto';
import type { alertCalls } from '../../contracts/console/alert-calls';
import {
  checkAlertSettings,
  readAlertSettings,
  timeOfDay,
  waysOf,
  writeAlertSettings,
} from './alert-settings';
import type { ConsoleParts, HandlersOf } from './console-parts';
import { sendAlert } from './send-alert';
import { readGatewayName } from './setup-state';

/** Who is told, outside the console, of what needs a person. */
export function createAlertHandlers(parts: ConsoleParts): HandlersOf<typeof alertCalls> {
  const { audit, gatewaySettings } = parts;
  return {
    async 'alerts.get'() {
      const { webhookSecret, ...settings } = await readAlertSettings(parts);
      return {
        settings,
        hasWebhookSecret: webhookSecret !== '',
        clock: timeOfDay(new Date()),
      };
    },
    async 'alerts.save'(given, caller) {
      const before = await readAlertSettings(parts);
      const after = checkAlertSettings(given, before, parts);
      await writeAlertSettings(parts, after);
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
      const settings = checkAlertSettings({ ...given, isOn: true }, await readAlertSettings(parts), parts);
      const name = await readGatewayName(gatewaySettings);
      const alert = {
        message: {
          subject: `${name === '' ? 'Your gateway' : name}: test alert`,
          text: "This is a test alert. You'll be told here when something needs attention, and again when it is resolved.",
        },
        id: `alert_${randomUUID()}`,
        at: new Date(),
        isTest: true,
      };
      const results = await Promise.all(
        waysOf(settings).map((way) => sendAlert(parts, way, settings, alert)),
      );
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
