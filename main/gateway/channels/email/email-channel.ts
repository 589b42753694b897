import { LRUCache } from 'lru-cache';
import { maxAttachmentBytes } from '../../../contracts/event-types';
import { splitAddresses } from '../../../contracts/mail-copies';
import {
  createAttachmentLoader,
  type AttachmentLoaderOptions,
  type LoadedAttachment,
} from '../attachments/attachment-loader';
import {
  type Channel,
  ChannelError,
  type ChannelTenant,
  type MailCopies,
  type OutgoingMessage,
  type SendReceipt,
} from '../channel';
import { readableResponse } from '../outbound/readable-response';
import { composeMail, oneLine, type ComposedMail } from './compose-mail';
import { chooseEhloName, domainOf } from './ehlo-name';
import { isEmailAddress } from './email-address';
import { buildMailSource } from './mail-source';
import { createRefusalMemory } from './refusal-memory';
import {
  chooseSender,
  chooseSmtpAccount,
  type MailSender,
  type SmtpAccount,
  type SystemSmtpAccount,
} from './smtp-account';
import { explainSmtpError, type SmtpAttempt } from './smtp-errors';
import { askSmtpExtensions, offersSmtpUtf8 } from './smtp-extensions';
import { createSmtpPools, type SmtpPoolOptions } from './smtp-pools';
import { smtpVerdicts } from './smtp-verdicts';

export interface EmailChannelOptions extends SmtpPoolOptions {
  /** for tenants without an account of their own; null when the operator set none */
  readonly systemAccount: SystemSmtpAccount | null;
  /** how attachments given by URL are fetched */
  readonly attachments?: AttachmentLoaderOptions;
}

/** An answer to "does it speak SMTPUTF8?" is good for so long. */
const extensionsGoodForMs = 10 * 60 * 1000;
/** A refusal to relay is taken for the recipient's once another mail has passed, any other of the account's later. */
const roundsUntilDoubted = { relay_refused: 1, other: 10 } as const;

function copiesOf({ settings }: ChannelTenant, { copies }: OutgoingMessage): MailCopies {
  const setReplyTo = splitAddresses(settings.smtp_reply_to).map(String);
  const archive = splitAddresses(settings.smtp_bcc).map(String);
  return {
    cc: copies?.cc ?? [],
    bcc: [...(copies?.bcc ?? []), ...archive],
    replyTo: copies?.replyTo.length ? copies.replyTo : setReplyTo,
  };
}

/** Sends rendered emails by SMTP: the tenant's own account, or the system's. */
export function createEmailChannel(options: EmailChannelOptions): Channel {
  const { systemAccount } = options;
  const pools = createSmtpPools(options);
  const loader = createAttachmentLoader(options.attachments);
  const refusals = createRefusalMemory();
  const utf8Answers = new LRUCache<string, { readonly offered: boolean; readonly untilMs: number }>({
    max: 1_000,
  });
  /** copies that are out already, by Message-ID, while the recipient's own server still asks to wait */
  const copiesTaken = new LRUCache<string, readonly string[]>({ max: 5_000 });
  const noAttachments: readonly LoadedAttachment[] = [];

  function loadAttachments(
    tenant: ChannelTenant,
    message: OutgoingMessage,
    abort: AbortSignal,
  ): readonly LoadedAttachment[] | Promise<readonly LoadedAttachment[]> {
    if (message.attachments.length === 0) return noAttachments;
    return loader.load(message.attachments, {
      maxTotalBytes: maxAttachmentBytes,
      allowPrivate: tenant.settings.allow_private_urls,
      signal: abort,
    });
  }

  /** The account with the name to introduce itself by: all who share the system's account use one. */
  function accountOf(tenant: ChannelTenant, sender: MailSender): SmtpAccount & { readonly ehloName: string } {
    const account = chooseSmtpAccount(tenant, systemAccount);
    const setName = account.system ? systemAccount?.ehloName : tenant.settings.smtp_ehlo_name;
    return { ...account, ehloName: chooseEhloName(setName, sender.envelopeFrom) };
  }

  async function offersUtf8(account: SmtpAccount, abort: AbortSignal): Promise<boolean> {
    const key = `${account.host}:${account.port}`;
    const known = utf8Answers.get(key);
    if (known && known.untilMs > Date.now()) return known.offered;
    const extensions = await askSmtpExtensions(account, abort);
    // Where it cannot be asked, sending says what is wrong.
    if (extensions === undefined) return true;
    const offered = offersSmtpUtf8(extensions);
    utf8Answers.set(key, { offered, untilMs: Date.now() + extensionsGoodForMs });
    return offered;
  }

  function explain(thrown: unknown, attempt: SmtpAttempt, account: SmtpAccount): ChannelError {
    const error = explainSmtpError(thrown, attempt);
    if (error.detail.holdsLane !== true) return error;
    const needed =
      error.code === 'relay_refused' ? roundsUntilDoubted.relay_refused : roundsUntilDoubted.other;
    const rounds = refusals.noteRefused(accountKey(account), attempt.recipient);
    return rounds < needed ? error : explainSmtpError(thrown, attempt, true);
  }

  async function hand(
    mail: ComposedMail,
    message: OutgoingMessage,
    account: SmtpAccount,
    tenant: ChannelTenant,
    abort: AbortSignal,
  ): Promise<string> {
    const taken = copiesTaken.get(message.messageId) ?? [];
    const copies = mail.copies.filter((copy) => !taken.includes(copy));
    const envelope = { ...mail.options.envelope, to: [mail.recipient, ...copies] };
    const sent = await pools.send(account, tenant.customerId, { ...mail.options, envelope }, abort);
    const refused = sent.rejectedErrors ?? [];
    const ofRecipient = refused.find((error) => error.recipient === mail.recipient);
    if (ofRecipient) {
      // The copies are out: they do not go again when this is tried once more.
      const accepted = copies.filter((copy) => refused.every((error) => error.recipient !== copy));
      copiesTaken.set(message.messageId, [...taken, ...accepted]);
      throw ofRecipient;
    }
    refusals.noteAccepted(accountKey(account));
    const notes = refused.map(
      (error) => ` The copy to ${error.recipient} was refused: ${error.response ?? ''}`,
    );
    return readableResponse([sent.response, ...notes].join('\n'));
  }

  return {
    name: 'email',
    concurrency: options.connectionsPerTenant ?? 5,
    ordered: false,

    messageDomain: (tenant) => domainOf(chooseSender(tenant, systemAccount).from.address) ?? 'localhost',

    async send(tenant, message, abort): Promise<SendReceipt> {
      const sender = chooseSender(tenant, systemAccount);
      const account = accountOf(tenant, sender);
      const { recipient } = message;
      if (!isEmailAddress(recipient)) {
        throw new ChannelError(
          'permanent',
          'invalid_recipient',
          `${readableResponse(oneLine(recipient))} is no address that a mail can be sent to.`,
        );
      }
      const attachments = await loadAttachments(tenant, message, abort);
      const mail = composeMail(message, sender, copiesOf(tenant, message), attachments);
      const attempt: SmtpAttempt = {
        ...account,
        recipient: mail.recipient,
        sender: sender.envelopeFrom,
      };
      if (mail.needsUtf8For !== undefined && !(await offersUtf8(account, abort))) {
        const server = `The mail server ${account.host}:${account.port}`;
        const sentence = smtpVerdicts.address_not_supported.sentence(
          { ...attempt, recipient: mail.needsUtf8For },
          server,
        );
        throw new ChannelError('permanent', 'address_not_supported', sentence);
      }
      try {
        const response = await hand(mail, message, account, tenant, abort);
        return { messageId: message.messageId, response };
      } catch (thrown) {
        if (thrown instanceof ChannelError) throw thrown;
        throw explain(refusalOf(mail.recipient, thrown), attempt, account);
      }
    },

    async rebuild(tenant, message, at) {
      const sender = chooseSender(tenant, systemAccount);
      const { options: mail } = composeMail(message, sender, copiesOf(tenant, message), noAttachments);
      return buildMailSource({ ...mail, date: at });
    },

    forget(customerId) {
      pools.forget(customerId);
    },

    async stop() {
      await Promise.all([pools.stop(), loader.stop()]);
    },
  };
}

/** Where all were refused, the reply that the recipient itself got, not a copy's. */
function refusalOf(recipient: string, thrown: unknown): unknown {
  if (typeof thrown !== 'object' || thrown === null) return thrown;
  const refused: unknown = Reflect.get(thrown, 'rejectedErrors');
  if (!Array.isArray(refused)) return thrown;
  return refused.find((error: { recipient?: unknown }) => error.recipient === recipient) ?? thrown;
}

function accountKey({ host, port, username }: SmtpAccount): string {
  return JSON.stringify([host, port, username]);
}
