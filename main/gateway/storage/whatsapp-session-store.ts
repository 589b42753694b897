import type { WhatsAppStatus } from '../../contracts/statuses';
import type { Queryable } from './database';

/** One row of `settings.whatsapp_sessions`. */
export interface WhatsAppSessionRow {
  readonly status: string;
  readonly qr_code: string | null;
  readonly error_message: string | null;
  readonly last_updated: Date | null;
  readonly phone: string | null;
  readonly browser: string | null;
  readonly paired_at: Date | null;
  readonly last_used_at: Date | null;
  readonly new_contacts_locked_until: Date | null;
}

export interface WhatsAppSessionRecord {
  readonly status: WhatsAppStatus;
  readonly qrCode: string | null;
  readonly error: string | null;
  readonly at: Date;
  readonly phone: string | null;
  readonly browser: string;
  readonly pairedAt: Date | null;
  readonly lastUsedAt: Date | null;
}

export async function readWhatsAppSession(
  database: Queryable,
  customerId: string,
): Promise<WhatsAppSessionRow | undefined> {
  const rows = await database.query<WhatsAppSessionRow>({
    name: 'read-whatsapp-session',
    text: `select status, qr_code, error_message, last_updated, phone, browser, paired_at, last_used_at,
                  new_contacts_locked_until
             from settings.whatsapp_sessions where customer_id = $1`,
    values: [customerId],
  });
  return rows[0];
}

export async function saveWhatsAppSession(
  database: Queryable,
  customerId: string,
  record: WhatsAppSessionRecord,
): Promise<void> {
  await database.query({
    name: 'save-whatsapp-session',
    // last_updated has no time zone and holds UTC by contract.
    text: `insert into settings.whatsapp_sessions
             (customer_id, status, qr_code, error_message, last_updated, phone, browser, paired_at, last_used_at)
           values ($1, $2, $3, $4, $5::timestamptz at time zone 'UTC', $6, $7, $8, $9)
           on conflict (customer_id) do update set
             status = excluded.status, qr_code = excluded.qr_code, error_message = excluded.error_message,
             last_updated = excluded.last_updated, phone = excluded.phone, browser = excluded.browser,
             paired_at = excluded.paired_at, last_used_at = excluded.last_used_at`,
    values: [
      customerId,
      record.status,
      record.qrCode,
      record.error,
      record.at.toISOString(),
      record.phone,
      record.browser,
      record.pairedAt?.toISOString() ?? null,
      record.lastUsedAt?.toISOString() ?? null,
    ],
  });
}

/** Remembers until when WhatsApp refuses new contacts; only ever moves forward. */
export async function lockWhatsAppNewContacts(
  database: Queryable,
  customerId: string,
  until: Date,
): Promise<void> {
  await database.query({
    name: 'lock-whatsapp-new-contacts',
    text: `update settings.whatsapp_sessions
              set new_contacts_locked_until = greatest(new_contacts_locked_until, $2) where customer_id = $1`,
    values: [customerId, until.toISOString()],
  });
}
