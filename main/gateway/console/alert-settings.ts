import { alertSettingsSchema, type AlertSettings } from '../../contracts/console/alert-calls';
import { isEmailAddress } from '../../contracts/email-address';
import { GatewayError } from '../errors';
import type { GatewaySettings } from './setup-state';

const nameOfSettings = 'alerts';
const nothingSet: AlertSettings = { isOn: false, email: '', webhookUrl: '', quietFrom: '', quietTo: '' };

export async function readAlertSettings(settings: GatewaySettings): Promise<AlertSettings> {
  const parsed = alertSettingsSchema.safeParse(await settings.read(nameOfSettings));
  return parsed.success ? parsed.data : nothingSet;
}

export function writeAlertSettings(settings: GatewaySettings, alerts: AlertSettings): Promise<void> {
  return settings.write(nameOfSettings, alerts);
}

/** @throws GatewayError `invalid_settings` (422) that names the fields */
export function checkAlertSettings(given: AlertSettings, hasMailAccount: boolean): AlertSettings {
  const alerts = { ...given, email: given.email.trim(), webhookUrl: given.webhookUrl.trim() };
  const problems: { readonly path: string; readonly message: string }[] = [];
  const add = (path: string, message: string) => problems.push({ path, message });
  if (alerts.email !== '' && !isEmailAddress(alerts.email)) add('email', 'This is not an email address.');
  else if (alerts.email !== '' && !hasMailAccount) {
    add('email', 'Add a system mail account under Settings → Email first.');
  }
  if (alerts.webhookUrl !== '' && !isWebAddress(alerts.webhookUrl)) {
    add('webhookUrl', 'Enter a complete address such as https://example.com/hook.');
  }
  if (alerts.isOn && alerts.email === '' && alerts.webhookUrl === '') {
    add('email', 'Enter an email address or a webhook.');
  }
  if ((alerts.quietFrom === '') !== (alerts.quietTo === '')) {
    add(alerts.quietFrom === '' ? 'quietFrom' : 'quietTo', 'Quiet hours need a start and an end.');
  }
  if (problems.length === 0) return alerts;
  const sentence = problems.map(({ message }) => message).join(' ');
  throw new GatewayError('invalid_settings', sentence, 422, problems);
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}

/** By the clock of this computer; quiet hours may go over midnight. */
export function isQuiet({ quietFrom, quietTo }: AlertSettings, at: Date): boolean {
  if (quietFrom === '' || quietTo === '' || quietFrom === quietTo) return false;
  const two = (value: number) => String(value).padStart(2, '0');
  const now = `${two(at.getHours())}:${two(at.getMinutes())}`;
  return quietFrom < quietTo ? now >= quietFrom && now < quietTo : now >= quietFrom || now < quietTo;
}
