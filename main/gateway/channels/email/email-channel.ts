import type { SendMailOptions } from 'nodemailer';
import { maxAttachmentBytes } from '../../../contracts/event-types';
import {
  createAttachmentLoader,
  type AttachmentLoaderOptions,
  type LoadedAttachment,
} from '../attachments/attachment-loader';
import {
  type Channel,
  ChannelError,
  type ChannelTenant,
  type OutgoingMessage,
  type SendReceipt,
} from '../channel';
import { readableResponse } from '../outbound/readable-response';
import { isEmailAddress } from './email-address';
import { chooseSender, chooseSmtpAccount, type MailSender, type SystemSmtpAccount } from './smtp-account';
import { explainSmtpError } from './smtp-errors';
import { createSmtpPools, type SmtpPoolOptions } from './smtp-pools';

export interface EmailChannelOptions extends SmtpPoolOptions {
  /** for tenants without an account of their own; null when the operator set none */
  readonly systemAccount: SystemSmtpAccount | null;
  /** how attachments given by URL are fetched */
  readonly attachments?: AttachmentLoaderOptions;
}

/** One line: a line break in a subject would begin a header of the event's choosing. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
}

function toMailFile(file: LoadedAttachment) {
  return { filename: file.filename, contentType: file.contentType, content: file.content() };
}

function composeMail(
  message: OutgoingMessage,
  sender: MailSender,
  attachments: readonly LoadedAttachment[],
): SendMailOptions {
  const { email, recipient } = message;
  if (email === undefined) {
    throw new ChannelError('permanent', 'email_missing', 'There is no email text for this event.');
  }
  return {
    // Objects, not texts: nothing in a name or an address is read as a list of recipients.
    from: { name: oneLine(sender.from.name), address: sender.from.address },
    ...(sender.sender === null ? {} : { sender: { name: '', address: sender.sender } }),
    to: { name: '', address: recipient },
    envelope: { from: sender.envelopeFrom, to: [recipient] },
    messageId: message.messageId,
    date: new Date(),
    subject: oneLine(email.subject),
    text: email.text,
    ...(email.html === undefined || email.html === '' ? {} : { html: email.html }),
    headers: {
      // RFC 3834: a program wrote this, so out-of-office replies need not be sent; the second is Exchange's word for it.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'OOF, AutoReply',
    },
    ...(attachments.length === 0 ? {} : { attachments: attachments.map(toMailFile) }),
  };
}

/** Sends rendered emails by SMTP: the tenant's own account, or the system's. */
export function createEmailChannel(options: EmailChannelOptions): Channel {
  const { systemAccount } = options;
  const pools = createSmtpPools(options);
  const loader = createAttachmentLoader(options.attachments);
  const noAttachments: readonly LoadedAttachment[] = [];

  function loadAttachments(
    tenant: ChannelTenant,
    message: OutgoingMessage,
    signal: AbortSignal,
  ): readonly LoadedAttachment[] | Promise<readonly LoadedAttachment[]> {
    if (message.attachments.length === 0) return noAttachments;
    return loader.load(message.attachments, {
      maxTotalBytes: maxAttachmentBytes,
      allowPrivate: tenant.settings.allow_private_urls,
      signal,
    });
  }

  return {
    name: 'email',
    concurrency: options.connectionsPerTenant ?? 5,
    ordered: false,

    async send(tenant, message, signal): Promise<SendReceipt> {
      const account = chooseSmtpAccount(tenant, systemAccount);
      const sender = chooseSender(tenant, systemAccount);
      const { recipient } = message;
      if (!isEmailAddress(recipient)) {
        throw new ChannelError(
          'permanent',
          'invalid_recipient',
          `${readableResponse(oneLine(recipient))} is no address that a mail can be sent to.`,
        );
      }
      const mail = composeMail(message, sender, await loadAttachments(tenant, message, signal));
      try {
        const sent = await pools.send(account, tenant.customerId, mail, signal);
        return { messageId: message.messageId, response: readableResponse(sent.response) };
      } catch (thrown) {
        if (thrown instanceof ChannelError) throw thrown;
        throw explainSmtpError(thrown, { ...account, recipient, sender: sender.envelopeFrom });
      }
    },

    forget(customerId) {
      pools.forget(customerId);
    },

    async stop() {
      await Promise.all([pools.stop(), loader.stop()]);
    },
  };
}
