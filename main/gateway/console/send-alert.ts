import type { AlertResult, AlertWay } from '../../contracts/console/alert-calls';
import { sendDirectMessage } from '../deliveries/send-direct-message';
import { errorText } from '../errors';
import type { AlertMessage } from './alert-message';
import type { AlertsInForce } from './alert-settings';
import type { ConsoleParts } from './console-parts';

export type AlertSenders = Pick<
  ConsoleParts,
  'config' | 'tenants' | 'signals' | 'sendSystemMail' | 'postAlert'
>;

export interface AlertToSend {
  readonly message: AlertMessage;
  /** stable when it is sent again */
  readonly id: string;
  readonly at: Date;
  readonly isTest: boolean;
}

/** A person waits for the test; any other is stored, and leaves by itself. */
const waitForTestMs = 20_000;
const waitForOthersMs = 2_000;

/** Tells by one way. Never throws, and ends within half a minute. */
export async function sendAlert(
  senders: AlertSenders,
  way: AlertWay,
  settings: AlertsInForce,
  alert: AlertToSend,
  stopping?: AbortSignal,
): Promise<AlertResult> {
  try {
    return { way, ...(await sendBy[way](senders, settings, alert, stopping)) };
  } catch (thrown) {
    return { way, ok: false, message: `The alert could not be sent by ${way}.`, detail: errorText(thrown) };
  }
}

type SendBy = (
  senders: AlertSenders,
  settings: AlertsInForce,
  alert: AlertToSend,
  stopping: AbortSignal | undefined,
) => Promise<Omit<AlertResult, 'way'>>;

const sendBy: Readonly<Record<AlertWay, SendBy>> = {
  async email({ config, sendSystemMail }, { email }, { message }, stopping) {
    if (!config.systemSmtp) return refused('There is no system mail account.');
    return sendSystemMail(config.systemSmtp, email, message, stopping);
  },

  webhook({ postAlert }, { webhookUrl, webhookSecret }, { message, id, at }, stopping) {
    const body = { ...message, at: at.toISOString() };
    return postAlert(webhookUrl, { id, body, secret: webhookSecret }, stopping);
  },

  /** A message in the history of the tenant that sends it. One that would wait for a person is not sent. */
  async whatsapp({ tenants, signals }, { whatsappNumber, whatsappFrom }, { message, isTest }) {
    const live = tenants.find(whatsappFrom);
    if (!live) return refused(`The database of ${whatsappFrom} cannot be reached.`);
    if (!live.settings.whatsapp_enabled) return refused(`WhatsApp is off for ${whatsappFrom}.`);
    if (live.paused) return refused(`${whatsappFrom} is paused. Nothing is sent until you resume it.`);
    const held = live.heldReason('whatsapp');
    if (held !== undefined) return refused(`WhatsApp for ${whatsappFrom} cannot send right now. ${held}`);
    const { status, error } = await sendDirectMessage(live, signals, {
      channel: 'whatsapp',
      recipient: whatsappNumber,
      message: { text: `*${message.subject}*\n\n${message.text}` },
      isTest,
      waitMs: isTest ? waitForTestMs : waitForOthersMs,
    });
    if (status === 'failed') return refused(error ?? 'WhatsApp did not accept it.');
    return {
      ok: true,
      message: status === 'sent' ? 'WhatsApp accepted it.' : 'It is queued and will go out on WhatsApp.',
      detail: null,
    };
  },
};

const refused = (message: string) => ({ ok: false, message, detail: null });
