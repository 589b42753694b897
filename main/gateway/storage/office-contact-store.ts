import type { Queryable } from './database';

/** A message of the office number to a contact, and whose it was. */
export interface OfficeContact {
  /** the chat, under each of the names that WhatsApp has for it */
  readonly chatIds: readonly string[];
  readonly customerId: string;
  /** digits with the country code */
  readonly phone: string;
  readonly sentAt: Date;
}

export interface NewOfficeContacts {
  readonly all: number;
  readonly ofTenant: number;
  /** tenants that share the number's limit */
  readonly active: number;
}

/** The chat of a number that any tenant wrote to by the office number. */
export async function readOfficeContact(system: Queryable, phone: string): Promise<string | undefined> {
  const rows = await system.query<{ chat_id: string }>({
    name: 'office-contacts.read',
    text: `select chat_id from whatsapp_office_contacts where phone = $1 order by first_sent_at, chat_id limit 1`,
    values: [phone],
  });
  return rows[0]?.chat_id;
}

export async function saveOfficeContact(system: Queryable, contact: OfficeContact): Promise<void> {
  await system.query({
    name: 'office-contacts.save',
    text: `insert into whatsapp_office_contacts (chat_id, customer_id, phone, first_sent_at, last_sent_at)
           select chat_id, customer_id, $3, $4::timestamptz, $4::timestamptz
             from unnest($1::text[]) as n (chat_id), tenants where customer_id = $2
           on conflict (chat_id, customer_id) do update set phone = excluded.phone,
             last_sent_at = greatest(whatsapp_office_contacts.last_sent_at, excluded.last_sent_at)`,
    values: [contact.chatIds, contact.customerId, contact.phone, contact.sentAt.toISOString()],
  });
}

/** Tenants that met somebody within so many days are those that the number's limit is for. */
const activeDays = 7;

/**
 * Contacts that the number was new to since `since`: all of them, and those that this tenant brought; and how many
 * tenants have brought any of late, this one counted in any case.
 */
export async function countNewOfficeContacts(
  system: Queryable,
  customerId: string,
  since: Date,
): Promise<NewOfficeContacts> {
  const rows = await system.query<{ met: number; of_tenant: number; others: number }>({
    name: 'office-contacts.count-new',
    text: `select count(distinct phone)::int as met,
                  count(distinct phone) filter (where customer_id = $2)::int as of_tenant,
                  (select count(distinct customer_id)::int from whatsapp_office_contacts
                    where customer_id <> $2
                      and first_sent_at >= now() - make_interval(days => ${activeDays})) as others
             from whatsapp_office_contacts c
            where first_sent_at >= $1
              and not exists (select from whatsapp_office_contacts e
                               where e.phone = c.phone and e.first_sent_at < c.first_sent_at)`,
    values: [since.toISOString(), customerId],
  });
  const { met = 0, of_tenant: ofTenant = 0, others = 0 } = rows[0] ?? {};
  return { all: met, ofTenant, active: others + 1 };
}

/** Who wrote to a chat by the office number, the last one first. */
export async function listOfficeWriters(system: Queryable, chatId: string): Promise<readonly string[]> {
  const rows = await system.query<{ customer_id: string }>({
    name: 'office-contacts.writers',
    text: `select customer_id from whatsapp_office_contacts where chat_id = $1 order by last_sent_at desc`,
    values: [chatId],
  });
  return rows.map((row) => row.customer_id);
}

/** The number was removed: another one linked later meets everybody anew, and has no lock of WhatsApp's. */
export async function forgetOfficeContacts(system: Queryable): Promise<void> {
  await system.query({
    name: 'office-contacts.forget',
    text: `with unlocked as (update whatsapp_office_session set new_contacts_locked_until = null)
      delete from whatsapp_office_contacts`,
  });
}
