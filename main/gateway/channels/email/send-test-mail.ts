import { randomUUID } from 'node:crypto';
import { defaultTenantSettings } from '../../../contracts/tenant-settings';
import type { SystemSmtpConfig } from '../../config/config';
import { errorText } from '../../errors';
import { ChannelError } from '../channel';
import { createEmailChannel } from './email-channel';

export interface TestMailResult {
  readonly ok: boolean;
  /** a sentence: what works, or what is wrong and what to do about it */
  readonly message: string;
  /** what the server said */
  readonly detail: string | null;
}

const giveUpAfterMs = 25_000;

/** Whoever fills in a form sees labels there, not the names of settings. */
function sayOnScreen(error: ChannelError, { host, port }: SystemSmtpConfig): string {
  switch (error.code) {
    case 'tls_failed':
      return `The mail server ${host}:${port} and the gateway could not agree on encryption. Check the port, and whether to always encrypt.`;
    case 'email_not_configured':
      return "Fill in the sender's address: the user name is not an email address, so nobody would see who the email is from.";
    default:
      return error.message;
  }
}

/** Sends a real mail by an account that is not in force yet, just as the gateway would. Never throws. */
export function sendTestMail(account: SystemSmtpConfig, to: string): Promise<TestMailResult> {
  return sendSystemMail(account, to, {
    subject: 'Test mail of your gateway',
    text: `This is a test mail, sent by ${account.host} at ${new Date().toISOString()}. The mail account works.`,
  });
}

/** Sends a mail of the gateway's own, over connections that nothing else uses. Never throws. */
export async function sendSystemMail(
  account: SystemSmtpConfig,
  to: string,
  mail: { readonly subject: string; readonly text: string },
  stopping?: AbortSignal,
): Promise<TestMailResult> {
  const channel = createEmailChannel({
    systemAccount: {
      ...account,
      username: account.username === '' ? null : account.username,
      password: account.password === '' ? null : account.password,
    },
    connectionsPerTenant: 1,
  });
  const deadline = AbortSignal.timeout(giveUpAfterMs);
  const tenant = { customerId: 'setup', name: '', settings: defaultTenantSettings };
  try {
    const { response } = await channel.send(
      tenant,
      {
        deliveryId: 0,
        eventId: null,
        eventType: 'test',
        eventTime: new Date(),
        recipient: to.trim(),
        attempt: 1,
        messageId: `<${randomUUID()}@${channel.messageDomain?.(tenant) ?? 'localhost'}>`,
        eventData: {},
        attachments: [],
        email: mail,
      },
      stopping ? AbortSignal.any([deadline, stopping]) : deadline,
    );
    return { ok: true, message: `The mail server accepted the mail for ${to.trim()}.`, detail: response };
  } catch (thrown) {
    if (deadline.aborted) {
      return { ok: false, message: 'The mail server did not answer in time.', detail: errorText(thrown) };
    }
    if (!(thrown instanceof ChannelError)) {
      return { ok: false, message: `The mail could not be sent: ${errorText(thrown)}`, detail: null };
    }
    return { ok: false, message: sayOnScreen(thrown, account), detail: thrown.detail.response ?? null };
  } finally {
    await channel.stop();
  }
}
