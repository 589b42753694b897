import type { NumberUsed } from '../../../contracts/office-number';
import type { TenantSettings } from '../../../contracts/tenant-settings';
import { errorText } from '../../errors';
import { sessionOf } from '../../whatsapp/office-number';
import { listPhoneNumbers } from '../../whatsapp/phone-numbers';
import type { WhatsAppSessions } from '../../whatsapp/whatsapp-sessions';
import {
  TransportLostError,
  TransportTimeoutError,
  type WhatsAppTransport,
} from '../../whatsapp/whatsapp-transport';
import { ChannelError, type ChannelTenant } from '../channel';
import type { MessageLedger } from './message-ledger';
import type { OfficeContacts } from './office-contacts';
import { dayOf } from './pacing';
import type { SendSlot } from './send-slots';

export interface Recipient {
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
    by: { readonly number: NumberUsed; readonly transport: WhatsAppTransport; readonly slot: SendSlot },
  ): Promise<Recipient>;
}

export interface RecipientsOptions {
  readonly sessions: WhatsAppSessions;
  readonly ledger: MessageLedger;
  readonly office: OfficeContacts;
  /** the limit of all tenants together */
  readonly officePace: OfficePace;
  readonly now: () => Date;
}

/** How fast the office number sends, whoever sends by it. */
export type OfficePace = Pick<
  TenantSettings,
  'whatsapp_min_gap_ms' | 'whatsapp_max_gap_ms' | 'whatsapp_new_contacts_per_day' | 'timezone'
>;

export function createRecipients(options: RecipientsOptions): Recipients {
  const { sessions, ledger, office, officePace, now } = options;

  /** New contacts are what WhatsApp locks accounts for: a daily cap of ours, and the lock of theirs. */
  async function checkNewContact(tenant: ChannelTenant, number: NumberUsed): Promise<void> {
    const { customerId, settings } = tenant;
    const at = now();
    const lockedUntil = await ledger.newContactsLockedUntil(sessionOf(customerId, number));
    if (lockedUntil && lockedUntil > at) {
      throw new ChannelError(
        'deferred',
        'new_contacts_locked',
        `WhatsApp takes no messages to new contacts until ${lockedUntil.toISOString()}.`,
        { retryAfterMs: lockedUntil.getTime() - at.getTime() },
      );
    }
    if (number === 'office') await checkOfficeLimit(customerId, at);
    const limit = settings.whatsapp_new_contacts_per_day;
    if (limit === 0) return;
    const day = dayOf(settings.timezone, at);
    const count =
      number === 'own'
        ? await ledger.countNewContacts(customerId, day.start)
        : (await office.countNew(customerId, day.start)).ofTenant;
    if (count < limit) return;
    throw new ChannelError(
      'deferred',
      'new_contact_quota',
      `${limit} new contacts have been written to today; more can be written to tomorrow.`,
      { retryAfterMs: day.end.getTime() - at.getTime() },
    );
  }

  /** Nobody uses up the office's day alone where others send by it. */
  async function checkOfficeLimit(customerId: string, at: Date): Promise<void> {
    const limit = officePace.whatsapp_new_contacts_per_day;
    if (limit === 0) return;
    const day = dayOf(officePace.timezone, at);
    const met = await office.countNew(customerId, day.start);
    const share = Math.max(1, Math.floor(limit / met.active));
    if (met.all < limit && met.ofTenant < share) return;
    throw new ChannelError(
      'deferred',
      'new_contact_quota',
      met.all < limit
        ? `${share} new contacts a day is this tenant's share of the office number; more can be written to tomorrow.`
        : `${limit} new contacts have been written to from the office number today; more can be written to tomorrow.`,
      { retryAfterMs: day.end.getTime() - at.getTime() },
    );
  }

  async function askWhatsApp(
    session: string,
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
      if (thrown instanceof TransportTimeoutError) sessions.restartUnhealthy(session, thrown.message);
      if (thrown instanceof TransportTimeoutError || thrown instanceof TransportLostError) {
        throw new ChannelError('deferred', 'whatsapp_held', thrown.message, { retryAfterMs: 1_000 });
      }
      throw new ChannelError('temporary', 'whatsapp_error', `WhatsApp answered: ${errorText(thrown)}`);
    }
  }

  async function findKnown(
    customerId: string,
    number: NumberUsed,
    phones: readonly string[],
  ): Promise<string | undefined> {
    for (const phone of phones) {
      const chatId =
        number === 'own' ? await ledger.findContact(customerId, phone) : await office.findChat(phone);
      if (chatId !== undefined) return chatId;
    }
    return undefined;
  }

  return {
    async find(tenant, recipient, { number, transport, slot }) {
      const phones = listPhoneNumbers(recipient, tenant.settings.default_country);
      const [phone] = phones;
      if (phone === undefined) {
        throw new ChannelError('permanent', 'phone_invalid', `“${recipient}” is not a phone number.`);
      }
      const known = await findKnown(tenant.customerId, number, phones);
      if (known !== undefined) return { phone, chatId: known, isNew: false };
      await slot.admitted;
      await slot.acquireNewContacts();
      // The one before may have been to the same number, written in another way.
      const met = await findKnown(tenant.customerId, number, phones);
      if (met !== undefined) return { phone, chatId: met, isNew: false };
      await checkNewContact(tenant, number);
      const chatId = await askWhatsApp(sessionOf(tenant.customerId, number), phones, transport);
      if (chatId !== undefined) return { phone, chatId, isNew: true };
      throw new ChannelError('permanent', 'not_on_whatsapp', `${recipient} is not on WhatsApp.`);
    },
  };
}
