import type { ChannelName } from '../../contracts/statuses';
import { createAttachmentLoader } from '../channels/attachments/attachment-loader';
import { ChannelError, type Channel } from '../channels/channel';
import { createEmailChannel } from '../channels/email/email-channel';
import { chooseSender, chooseSmtpAccount } from '../channels/email/smtp-account';
import { createWebhookChannel } from '../channels/webhook/webhook-channel';
import { createWhatsAppChannel, type WhatsAppChannel } from '../channels/whatsapp/whatsapp-channel';
import type { GatewayConfig } from '../config/config';
import { recordReceipts } from '../deliveries/record-receipts';
import type { LiveTenant } from '../live-tenant';
import type { Logger } from '../observability/logger';
import type { Signals } from '../signals';
import type { WhatsAppSessions } from '../whatsapp/whatsapp-sessions';

export interface ChannelsParts {
  readonly config: GatewayConfig;
  readonly sessions: WhatsAppSessions;
  readonly signals: Signals;
  readonly logger: Logger;
  readonly find: (customerId: string) => LiveTenant | undefined;
}

export interface Channels {
  readonly channels: ReadonlyMap<ChannelName, Channel>;
  readonly whatsapp: WhatsAppChannel;
  /** who a tenant's mails are from, as mail programs show it; undefined: no mail could leave */
  mailSender(tenant: LiveTenant): string | undefined;
  stop(): Promise<void>;
}

/** The three ways out, each shared by all tenants. */
export function createChannels({ config, sessions, signals, logger, find }: ChannelsParts): Channels {
  const { systemSmtp } = config;
  const attachments = createAttachmentLoader();
  const whatsapp = createWhatsAppChannel({
    sessions,
    databaseOf: (customerId) => find(customerId)?.tenantDatabase.db,
    attachments,
    logger,
    onReceipts(customerId, receipts) {
      const tenant = find(customerId);
      if (tenant) void recordReceipts({ tenant, signals, logger }, receipts);
    },
  });
  const systemAccount = systemSmtp && {
    ...systemSmtp,
    username: systemSmtp.username === '' ? null : systemSmtp.username,
    password: systemSmtp.password === '' ? null : systemSmtp.password,
  };
  const made: Channel[] = [createEmailChannel({ systemAccount }), whatsapp, createWebhookChannel()];
  return {
    channels: new Map(made.map((channel) => [channel.name, channel])),
    whatsapp,
    mailSender(tenant) {
      try {
        chooseSmtpAccount(tenant, systemAccount);
        const { from } = chooseSender(tenant, systemAccount);
        return from.name === '' ? from.address : `${from.name} <${from.address}>`;
      } catch (thrown) {
        if (thrown instanceof ChannelError) return undefined;
        throw thrown;
      }
    },
    async stop() {
      for (const channel of made.toReversed()) await channel.stop();
      await attachments.stop();
    },
  };
}
