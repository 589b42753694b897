import {
  alertSettingsSchema,
  type AlertDraft,
  type AlertSettings,
  type AlertWay,
} from '../../contracts/console/alert-calls';
import { isEmailAddress } from '../../contracts/email-address';
import { GatewayError } from '../errors';
import { normalizePhoneNumber } from '../whatsapp/phone-numbers';
import type { ConsoleParts } from './console-parts';

const nameOfSettings = 'alerts';
const nothingSet: AlertSettings = {
  isOn: false,
  email: '',
  webhookUrl: '',
  whatsappNumber: '',
  whatsappFrom: '',
  quietFrom: '',
  quietTo: '',
};

/** As they are in force; the secret can be read. */
export type AlertsInForce = AlertSettings & { readonly webhookSecret: string };

type Parts = Pick<ConsoleParts, 'gatewaySettings' | 'secrets'>;

export async function readAlertSettings({ gatewaySettings, secrets }: Parts): Promise<AlertsInForce> {
  const stored = ((await gatewaySettings.read(nameOfSettings)) ?? {}) as Record<string, unknown>;
  const { webhookSecret, ...rest } = stored;
  const parsed = alertSettingsSchema.safeParse({ ...nothingSet, ...rest });
  return {
    ...(parsed.success ? parsed.data : nothingSet),
    webhookSecret: typeof webhookSecret === 'string' ? readSecret(secrets, webhookSecret) : '',
  };
}

/** One that another key closed is none: whoever checks signatures refuses what comes without, and email still leaves. */
function readSecret(secrets: Parts['secrets'], stored: string): string {
  try {
    return secrets.decrypt(stored);
  } catch {
    return '';
  }
}

export function writeAlertSettings(
  { gatewaySettings, secrets }: Parts,
  alerts: AlertsInForce,
): Promise<void> {
  const { webhookSecret, ...rest } = alerts;
  const kept = webhookSecret === '' ? {} : { webhookSecret: secrets.encrypt(webhookSecret) };
  return gatewaySettings.write(nameOfSettings, { ...rest, ...kept });
}

/** The ways that somebody is told by. */
export function waysOf({ email, webhookUrl, whatsappNumber }: AlertSettings): AlertWay[] {
  return [
    ...(email === '' ? [] : (['email'] as const)),
    ...(webhookUrl === '' ? [] : (['webhook'] as const)),
    ...(whatsappNumber === '' ? [] : (['whatsapp'] as const)),
  ];
}

/** @throws GatewayError `invalid_settings` (422) that names the fields */
export function checkAlertSettings(
  given: AlertDraft,
  saved: AlertsInForce,
  parts: Pick<ConsoleParts, 'config' | 'tenants'>,
): AlertsInForce {
  const alerts = {
    ...given,
    email: given.email.trim(),
    webhookUrl: given.webhookUrl.trim(),
    whatsappNumber: given.whatsappNumber.trim(),
    // It goes with its address.
    webhookSecret: given.webhookUrl.trim() === '' ? '' : (given.webhookSecret ?? saved.webhookSecret),
  };
  const { email, webhookUrl, whatsappNumber, whatsappFrom, quietFrom, quietTo } = alerts;
  const problems: { readonly path: string; readonly message: string }[] = [];
  const add = (path: string, message: string | undefined) => {
    if (message !== undefined) problems.push({ path, message });
  };
  add('email', email === '' ? undefined : findEmailProblem(email, parts.config.systemSmtp !== null));
  add('webhookUrl', webhookUrl === '' ? undefined : findUrlProblem(webhookUrl));
  if (whatsappNumber !== '') {
    // Whose country would it be?
    const isNumber = /^\+/.test(whatsappNumber) && normalizePhoneNumber(whatsappNumber, '') !== undefined;
    if (!isNumber) add('whatsappNumber', 'Enter the number with + and the country code.');
    if (!parts.tenants.exists(whatsappFrom)) add('whatsappFrom', 'Choose whose WhatsApp sends the alerts.');
  }
  if (alerts.isOn && waysOf(alerts).length === 0) {
    add('email', 'Enter an email address, a webhook address or a WhatsApp number.');
  }
  if ((quietFrom === '') !== (quietTo === '')) {
    add(quietFrom === '' ? 'quietFrom' : 'quietTo', 'Quiet hours need a start and an end.');
  } else if (quietFrom !== '' && quietFrom === quietTo) {
    add('quietTo', "Quiet hours can't start and end at the same time.");
  }
  if (problems.length === 0) return alerts;
  const sentence = problems.map(({ message }) => message).join(' ');
  throw new GatewayError('invalid_settings', sentence, 422, problems);
}

function findEmailProblem(email: string, hasMailAccount: boolean): string | undefined {
  if (!isEmailAddress(email)) return 'This is not an email address.';
  return hasMailAccount
    ? undefined
    : 'Email needs a system mail account. Set one up under Settings → Email, then restart.';
}

function findUrlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    return 'Enter a complete address such as https://example.com/hook.';
  }
  return url.username === '' && url.password === ''
    ? undefined
    : 'Remove the user name and password from the address.';
}

/** By the clock of this computer; quiet hours may go over midnight. */
export function isQuiet({ quietFrom, quietTo }: AlertSettings, at: Date): boolean {
  if (quietFrom === '' || quietTo === '' || quietFrom === quietTo) return false;
  const now = timeOfDay(at);
  return quietFrom < quietTo ? now >= quietFrom && now < quietTo : now >= quietFrom || now < quietTo;
}

export function timeOfDay(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}
