import type { Queryable } from './database';

export async function readWhatsAppContact(
  database: Queryable,
  phone: string,
): Promise<{ readonly chatId: string } | undefined> {
  const rows = await database.query<{ chat_id: string }>({
    name: 'read-whatsapp-contact',
    text: 'select chat_id from whatsapp_contacts where phone = $1',
    values: [phone],
  });
  return rows[0] && { chatId: rows[0].chat_id };
}

/** Keeps a contact that is not kept yet. `firstSentAt` null: it wrote to us first. */
export async function saveWhatsAppContact(
  database: Queryable,
  contact: { readonly phone: string; readonly chatId: string; readonly firstSentAt: Date | null },
): Promise<void> {
  await database.query({
    name: 'save-whatsapp-contact',
    text: `insert into whatsapp_contacts (phone, chat_id, first_sent_at) values ($1, $2, $3)
           on conflict (phone) do nothing`,
    values: [contact.phone, contact.chatId, contact.firstSentAt?.toISOString() ?? null],
  });
}

/** How many contacts were written to for the first time since `since`. */
export async function countNewWhatsAppContacts(database: Queryable, since: Date): Promise<number> {
  const rows = await database.query<{ contacts: number }>({
    name: 'count-new-whatsapp-contacts',
    text: 'select count(*) as contacts from whatsapp_contacts where first_sent_at >= $1',
    values: [since.toISOString()],
  });
  return rows[0]?.contacts ?? 0;
}
