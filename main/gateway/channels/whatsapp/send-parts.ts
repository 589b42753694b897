import type { NumberUsed } from '../../../contracts/office-number';
import { errorText } from '../../errors';
import type { Logger } from '../../observability/logger';
import { bodyOf } from '../../whatsapp/message-body';
import { sessionOf } from '../../whatsapp/office-number';
import type { OutgoingContent, SentMessage, WhatsAppTransport } from '../../whatsapp/whatsapp-transport';
import { ChannelError, type ChannelTenant, type OutgoingMessage, type SendReceipt } from '../channel';
import { hashBody } from './message-contents';
import type { MessageLedger } from './message-ledger';
import type { OfficeContacts } from './office-contacts';
import { isPaced } from './pacing';
import type { OfficePace, Recipient } from './recipients';
import type { SendGaps } from './send-gaps';
import type { SendSlot } from './send-slots';
import type { SubmissionPlanner } from './submission-planner';
import type { Submitter } from './submitter';

/** A message that is ready to be handed over, and by which number. */
export interface SendRequest {
  readonly tenant: ChannelTenant;
  readonly message: OutgoingMessage;
  readonly contents: readonly OutgoingContent[];
  readonly contact: Recipient;
  readonly by: {
    readonly number: NumberUsed;
    readonly transport: WhatsAppTransport;
    readonly slot: SendSlot;
  };
  readonly abort: AbortSignal;
}

/**
 * Hands the parts of a message over to WhatsApp, one after the other, and writes down whom it went to. Once WhatsApp has
 * a part nothing else may fail the message: it would be sent again.
 */
export function createPartsSender(parts: {
  readonly ledger: MessageLedger;
  readonly submitter: Submitter;
  readonly planner: SubmissionPlanner;
  readonly gaps: SendGaps;
  readonly office: OfficeContacts;
  readonly officePace: OfficePace;
  readonly logger: Logger;
  readonly now: () => Date;
}): (request: SendRequest) => Promise<SendReceipt> {
  const { ledger, submitter, planner, gaps, office, officePace, logger, now } = parts;

  async function submitAll(request: SendRequest): Promise<SendReceipt> {
    const { tenant, message, contents, contact, by, abort } = request;
    const { customerId, settings } = tenant;
    const { number, slot } = by;
    // Pacing may hold the message back for seconds: then nothing is written down as submitted before.
    if (isPaced(settings)) await slot.admitted;
    await gaps.wait(sessionOf(customerId, number), number === 'office' ? officePace : settings, abort);
    const startedAt = now();
    const submissions = contents.map((content, part) => ({
      deliveryId: message.deliveryId,
      part,
      chatId: contact.chatId,
      kind: content.kind,
      bodyHash: hashBody(bodyOf(content)),
      filename: content.kind === 'text' ? null : content.filename,
      startedAt,
      number,
    }));
    // Written down before the first part leaves: a crash is judged by it, and a delivery counts as delivered
    // only when all of its parts are.
    try {
      const isFirstAttempt = await planner.plan(customerId, submissions, slot.admitted);
      const earlier = isFirstAttempt ? undefined : await submitter.readEarlier(customerId, message);
      await slot.admitted;
      if (contents.some(({ kind }) => kind !== 'text')) await slot.acquireFiles();
      await slot.acquireChat(contact.chatId);
      let last: SentMessage | undefined;
      try {
        for (const [part, content] of contents.entries()) {
          const submission = submissions[part];
          if (!submission) continue;
          last = await submitter.submit({
            tenant,
            submission,
            content,
            earlier: earlier?.get(part),
            isRecorded: isFirstAttempt && part === 0,
            isNewContact: contact.isNew,
            abort,
          });
          if (number === 'office') office.noteMessage(customerId, last.messageId);
          if (part === 0) await noteContact(request, startedAt, last.messageId);
        }
      } catch (thrown) {
        // It may have left: an answer to it is this tenant's.
        if (thrown instanceof ChannelError && thrown.kind === 'unknown' && !last) {
          await noteContact(request, startedAt, undefined);
        }
        throw thrown;
      } finally {
        gaps.noteSent(customerId, sessionOf(customerId, number));
      }
      if (!last) throw new ChannelError('permanent', 'message_empty', 'The message is empty.');
      return { messageId: last.messageId, response: `ack ${last.ack}` };
    } finally {
      planner.finish(customerId);
    }
  }

  /** Never throws. */
  async function noteContact(
    { tenant: { customerId }, contact, by }: SendRequest,
    sentAt: Date,
    messageId: string | undefined,
  ): Promise<void> {
    const { phone, chatId, isNew } = contact;
    if (by.number === 'office') {
      await office.noteSent({ customerId, phone, chatId, messageId, sentAt: now() });
      return;
    }
    if (!isNew || messageId === undefined) return;
    try {
      await ledger.rememberContact(customerId, { phone, chatId, firstSentAt: sentAt });
    } catch (thrown) {
      // It stays in memory; a restart meets the contact anew.
      logger.warn('whatsapp.contact_store_failed', 'whatsapp contact could not be stored', {
        customer_id: customerId,
        error: errorText(thrown),
      });
    }
  }

  return submitAll;
}
