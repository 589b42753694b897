import { errorText } from '../../errors';
import { listPhoneNumbers } from '../../whatsapp/phone-numbers';
import type { WhatsAppSessions } from '../../whatsapp/whatsapp-sessions';
import {
  TransportLostError,
  TransportTimeoutError,
  type WhatsAppTransport,
} from '../../whatsapp/whatsapp-transport';
import { ChannelError, type ChannelTenant } from '../channel';
import type { MessageLedger } from './message-ledger';
import { dayOf } from './pacing';
import type { SendSlot } from './send-slots';

interface Recipient {
  /** digits with the country code */
  readonly phone: string;
  readonly chatId: string;
  readonly isNew: boolean;
}

export interface Recipients {
  /**
   * The chat of a recipient. New ones are asked for at WhatsApp, within the day's cap, once `slot` is admitted,
   * and one at a time until it is released.
   * @throws ChannelError permanent `phone_invalid`, `not_on_whatsapp`; deferred `new_contact_quota`,
   * `new_contacts_locked`, `whatsapp_held`; temporary `whatsapp_error`. Nothing was sent in any case
   */
  find(
    tenant: ChannelTenant,
    recipient: string,
    transport: WhatsAppTransport,
    slot: SendSlot,
  ): Promise<Recipient>;
}

export interface RecipientsOptions {
  readonly sessions: WhatsAppSessions;
  readonly ledger: MessageLedger;
  readonly now: () => Date;
}

export function createRecipients({ sessions, ledger, now }: RecipientsOptions): Recipients {
  /** New contacts are what WhatsApp locks accounts for: a daily cap of ours, and the lock of theirs. */
  async function checkNewContact({ customerId, settings }: ChannelTenant): Promise<void> {
    const at = now();
    const lockedUntil = await ledger.newContactsLockedUntil(customerId);
    if (lockedUntil && lockedUntil > at) {
      throw new ChannelError(
        'deferred',
        'new_contacts_locked',
        `WhatsApp takes no messages to new contacts until ${lockedUntil.toISOString()}.`,
        { retryAfterMs: lockedUntil.getTime() - at.getTime() },
      );
    }
    const limit = settings.whatsapp_new_contacts_per_day;
    if (limit === 0) return;
    const day = dayOf(settings.timezone, at);
    if ((await ledger.countNewContacts(customerId, day.start)) < limit) return;
    throw new ChannelError(
      'deferred',
      'new_contact_quota',
      `${limit} new contacts have been written to today; the next may be tomorrow.`,
      { retryAfterMs: day.end.getTime() - at.getTime() },
    );
  }

  async function askWhatsApp(
    customerId: string,
    phones: readonly string[],
    transport: WhatsAppTransport,
  ): Promise<string | undefined> {
    try {
      // One after the other: the first is right nearly always, and questions are what WhatsApp counts.
      for (const phone of phones) {
        const chatId = await transport.findChat(phone);
        if (chatId !== undefined) return chatId;
      }
      return undefined;
    } catch (thrown) {
      if (thrown instanceof TransportTimeoutError) sessions.restartUnhealthy(customerId, thrown.message);
      if (thrown instanceof TransportTimeoutError || thrown instanceof TransportLostError) {
        throw new ChannelError('deferred', 'whatsapp_held', thrown.message, { retryAfterMs: 1_000 });
      }
      throw new ChannelError('temporary', 'whatsapp_error', `WhatsApp answered: ${errorText(thrown)}`);
    }
  }

  async function findKnown(customerId: string, phones: readonly string[]): Promise<string | undefined> {
    for (const phone of phones) {
      const chatId = await ledger.findContact(customerId, phone);
      if (chatId !== undefined) return chatId;
    }
    return undefined;
  }

  return {
    async find(tenant, recipient, transport, slot) {
      const phones = listPhoneNumbers(recipient, tenant.settings.default_country);
      const [phone] = phones;
      if (phone === undefined) {
        throw new ChannelError('permanent', 'phone_invalid', `“${recipient}” is not a phone number.`);
      }
      const known = await findKnown(tenant.customerId, phones);
      if (known !== undefined) return { phone, chatId: known, isNew: false };
      await slot.admitted;
      await slot.acquireNewContacts();
      // The one before may have been to the same number, written in another way.
      const met = await findKnown(tenant.customerId, phones);
      if (met !== undefined) return { phone, chatId: met, isNew: false };
      await checkNewContact(tenant);
      const chatId = await askWhatsApp(tenant.customerId, phones, transport);
      if (chatId !== undefined) return { phone, chatId, isNew: true };
      throw new ChannelError('permanent', 'not_on_whatsapp', `${recipient} is not on WhatsApp.`);
    },
  };
}
