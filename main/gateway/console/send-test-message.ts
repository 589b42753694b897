import type { CallOutput, CheckedInput } from '../../contracts/console/console-calls';
import type { ChannelName } from '../../contracts/statuses';
import { webhookRecipient } from '../deliveries/plan-deliveries';
import { sendDirectMessage } from '../deliveries/send-direct-message';
import { sendTest } from '../deliveries/send-test';
import { GatewayError } from '../errors';
import type { LiveTenant } from '../live-tenant';
import type { ConsoleParts } from './console-parts';

type Parts = Pick<ConsoleParts, 'channels' | 'renderer' | 'signals'>;
type TestResult = CallOutput<'tenants.sendTest'>;

/** What a person waits for in front of a button. */
const waitForOutcomeMs = 25_000;

const channelTitles: Record<ChannelName, string> = {
  email: 'Email',
  whatsapp: 'WhatsApp',
  webhook: 'The webhook',
};

/**
 * Sends a real message by the channel as it is set up, and waits for what becomes of it.
 * @throws GatewayError `recipient_missing` (422)
 */
export async function sendTestMessage(
  { channels, renderer, signals }: Parts,
  live: LiveTenant,
  { channel, recipient }: Pick<CheckedInput<'tenants.sendTest'>, 'channel' | 'recipient'>,
): Promise<TestResult> {
  const startedAt = performance.now();
  const result = (status: TestResult['status'], error: string | null, more: Partial<TestResult> = {}) => ({
    status,
    error,
    response: null,
    deliveryId: null,
    durationMs: Math.round(performance.now() - startedAt),
    ...more,
  });
  const hindrance = findHindrance(live, channel);
  if (hindrance !== undefined) return result('failed', hindrance);
  const to = channel === 'webhook' ? (webhookRecipient(live.settings) ?? '') : (recipient?.trim() ?? '');
  if (to === '') {
    const message = channel === 'email' ? 'needs an email address' : 'needs a phone number';
    throw new GatewayError('recipient_missing', `A test ${message}.`, 422, [{ path: 'recipient', message }]);
  }

  // WhatsApp sends in order and in its own time: there, a test waits its turn like any other message.
  if (channel !== 'whatsapp') {
    const tested = await sendTest({ channels, render: () => renderer }, live, signals, {
      channel,
      recipient: to,
      message: composeTest(live),
      withinMs: waitForOutcomeMs,
    });
    const { deliveryId, response } = tested;
    return result(tested.status, tested.error, { deliveryId, response });
  }
  const sent = await sendDirectMessage(live, signals, {
    channel,
    recipient: to,
    message: composeTest(live),
    isTest: true,
    waitMs: waitForOutcomeMs,
  });
  const [delivery, attempts] = await Promise.all([
    live.history.find(sent.deliveryId),
    live.history.attempts([sent.deliveryId]),
  ]);
  return result(
    sent.status,
    sent.error ?? (sent.status === 'sent' ? null : (delivery?.error_message ?? null)),
    {
      response: attempts.at(-1)?.response ?? null,
      deliveryId: sent.deliveryId,
    },
  );
}

/** Why nothing would leave, in a sentence. */
function findHindrance({ settings, paused }: LiveTenant, channel: ChannelName): string | undefined {
  const isOn = {
    email: settings.email_enabled,
    whatsapp: settings.whatsapp_enabled,
    webhook: settings.webhook_enabled,
  }[channel];
  if (!isOn) return `${channelTitles[channel]} is turned off in this tenant's settings. Turn it on first.`;
  if (paused) return 'This tenant is paused. Nothing is sent until you resume it.';
  return channel === 'webhook' && settings.webhook_url === null
    ? "This tenant's settings have no webhook address."
    : undefined;
}

function composeTest({ name, customerId }: LiveTenant) {
  const who = name === '' ? customerId : `${name} (${customerId})`;
  return {
    subject: `Test message for ${who}`,
    text: `This is a test message of the gateway for ${who}, sent at ${new Date().toISOString()}. It works.`,
  };
}
