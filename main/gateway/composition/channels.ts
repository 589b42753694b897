import { officeId } from '../../contracts/office-number';
import type { ChannelName } from '../../contracts/statuses';
import { defaultTenantSettings } from '../../contracts/tenant-settings';
import { createAttachmentLoader } from '../channels/attachments/attachment-loader';
import { ChannelError, type Channel } from '../channels/channel';
import { createEmailChannel } from '../channels/email/email-channel';
import { chooseSender, chooseSmtpAccount, mayLogInPlainly } from '../channels/email/smtp-account';
import { createWebhookChannel } from '../channels/webhook/webhook-channel';
import { createWhatsAppChannel, type WhatsAppChannel } from '../channels/whatsapp/whatsapp-channel';
import type { GatewayConfig } from '../config/config';
import { recordReceipts } from '../deliveries/record-receipts';
import type { LiveTenant } from '../live-tenant';
import type { Logger } from '../observability/logger';
import type { Signals } from '../signals';
import type { Database } from '../storage/database';
import type { WhatsAppSessions } from '../whatsapp/whatsapp-sessions';

export interface ChannelsParts {
  readonly config: GatewayConfig;
  readonly sessions: WhatsAppSessions;
  readonly signals: Signals;
  readonly logger: Logger;
  readonly system: Database;
  readonly find: (customerId: string) => LiveTenant | undefined;
  /** channels that the entry point brings along */
  readonly added?: readonly Channel[];
}

export interface Channels {
  readonly channels: ReadonlyMap<ChannelName, Channel>;
  readonly whatsapp: WhatsAppChannel;
  /** who a tenant's mails are from, as mail programs show it; undefined: no mail could leave */
  mailSender(tenant: LiveTenant): string | undefined;
  /** Does the operator let the password of a tenant's mails cross the network in the clear? */
  logsInPlainly(tenant: LiveTenant): boolean;
  stop(): Promise<void>;
}

/** The ways out, each shared by all tenants. */
export function createChannels({
  config,
  sessions,
  signals,
  logger,
  system,
  find,
  added = [],
}: ChannelsParts): Channels {
  const { systemSmtp } = config;
  const attachments = createAttachmentLoader();
  const whatsapp = createWhatsAppChannel({
    sessions,
    databaseOf: (id) => (id === officeId ? system : find(id)?.tenantDatabase.db),
    officePace: {
      ...defaultTenantSettings,
      whatsapp_new_contacts_per_day: config.whatsappOfficeContactsPerDay,
    },
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
  const made: Channel[] = [createEmailChannel({ systemAccount }), whatsapp, createWebhookChannel(), ...added];
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
    logsInPlainly(tenant) {
      try {
        return mayLogInPlainly(chooseSmtpAccount(tenant, systemAccount));
      } catch (thrown) {
        if (thrown instanceof ChannelError) return false;
        throw thrown;
      }
    },
    async stop() {
      for (const channel of made.toReversed()) await channel.stop();
      await attachments.stop();
    },
  };
}
