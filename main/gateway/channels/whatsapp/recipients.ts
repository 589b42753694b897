import { errorText } from '../../errors';
import { normalizePhoneNumber } from '../../whatsapp/phone-numbers';
import type { WhatsAppSessions } from '../../whatsapp/whatsapp-sessions';
import {
  TransportLostError,
  TransportTimeoutError,
  type WhatsAppTransport,
} from '../../whatsapp/whatsapp-transport';
import { ChannelError, type ChannelTenant } from '../channel';
import type { MessageLedger } from './message-ledger';
import { dayOf } from './pacing';
import type { Turn } from './send-slots';

interface Recipient {
  /** digits with the country code */
  readonly phone: string;
  readonly chatId: string;
  readonly isNew: boolean;
}

export interface Recipients {
  /**
   * The chat of a recipient. New ones are asked for at WhatsApp, within the day's cap, when `turn` has come,
   * and one at a time until the turn is over: two at once could not be counted.
   * @throws ChannelError permanent `phone_invalid`, `not_on_whatsapp`; deferred `new_contact_quota`,
   * `new_contacts_locked`, `whatsapp_held`; temporary `whatsapp_error`. Nothing was sent in any case
   */
  find(tenant: ChannelTenant, recipient: string, link: WhatsAppTransport, turn: Turn): Promise<Recipient>;
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
    phone: string,
    link: WhatsAppTransport,
  ): Promise<string | undefined> {
    try {
      return await link.findChat(phone);
    } catch (thrown) {
      if (thrown instanceof TransportTimeoutError) sessions.restartUnhealthy(customerId, thrown.message);
      if (thrown instanceof TransportTimeoutError || thrown instanceof TransportLostError) {
        throw new ChannelError('deferred', 'whatsapp_held', thrown.message, { retryAfterMs: 1_000 });
      }
      throw new ChannelError('temporary', 'whatsapp_error', `WhatsApp answered: ${errorText(thrown)}`);
    }
  }

  return {
    async find(tenant, recipient, link, turn) {
      const phone = normalizePhoneNumber(recipient, tenant.settings.default_country);
      if (phone === undefined) {
        throw new ChannelError('permanent', 'phone_invalid', `“${recipient}” is not a phone number.`);
      }
      const known = await ledger.findContact(tenant.customerId, phone);
      if (known !== undefined) return { phone, chatId: known, isNew: false };
      await turn.come;
      await turn.take('new contacts');
      // The one before may have been to the same number, written in another way.
      const met = await ledger.findContact(tenant.customerId, phone);
      if (met !== undefined) return { phone, chatId: met, isNew: false };
      await checkNewContact(tenant);
      const chatId = await askWhatsApp(tenant.customerId, phone, link);
      if (chatId !== undefined) return { phone, chatId, isNew: true };
      throw new ChannelError('permanent', 'not_on_whatsapp', `${recipient} is not on WhatsApp.`);
    },
  };
}
