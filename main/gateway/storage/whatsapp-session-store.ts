import { officeId } from '../../contracts/office-number';
import type { WhatsAppStatus } from '../../contracts/statuses';
import type { Queryable } from './database';

/** The office number's row stands in the system database, in a table that no tenant can reach. */
const whereOf = (customerId: string) =>
  customerId === officeId
    ? { table: 'whatsapp_office_session', suffix: '-office' }
    : { table: 'settings.whatsapp_sessions', suffix: '' };

/** One row of `settings.whatsapp_sessions`. */
export interface WhatsAppSessionRow {
  readonly status: string;
  readonly qr_code: string | null;
  readonly error_message: string | null;
  readonly last_updated: Date | null;
  readonly phone: string | null;
  readonly browser: string | null;
  readonly paired_at: Date | null;
  readonly first_paired_at: Date | null;
  readonly last_used_at: Date | null;
  readonly new_contacts_locked_until: Date | null;
}

/** Also where an older gateway, which writes no `first_paired_at`, linked it and logged it out. */
export const wasEverPaired = (
  row: Pick<WhatsAppSessionRow, 'paired_at' | 'first_paired_at' | 'last_used_at'>,
): boolean => row.paired_at !== null || row.first_paired_at !== null || row.last_used_at !== null;

export interface WhatsAppSessionRecord {
  readonly status: WhatsAppStatus;
  readonly qrCode: string | null;
  readonly error: string | null;
  readonly at: Date;
  readonly phone: string | null;
  readonly browser: string;
  readonly pairedAt: Date | null;
  /** kept when it is logged out */
  readonly firstPairedAt: Date | null;
  readonly lastUsedAt: Date | null;
}

export async function readWhatsAppSession(
  database: Queryable,
  customerId: string,
): Promise<WhatsAppSessionRow | undefined> {
  const { table, suffix } = whereOf(customerId);
  const rows = await database.query<WhatsAppSessionRow>({
    name: `read-whatsapp-session${suffix}`,
    text: `select status, qr_code, error_message, last_updated, phone, browser, paired_at, first_paired_at,
                  last_used_at, new_contacts_locked_until
             from ${table} where customer_id = $1`,
    values: [customerId],
  });
  return rows[0];
}

export async function saveWhatsAppSession(
  database: Queryable,
  customerId: string,
  record: WhatsAppSessionRecord,
): Promise<void> {
  const { table, suffix } = whereOf(customerId);
  await database.query({
    name: `save-whatsapp-session${suffix}`,
    // last_updated has no time zone and holds UTC by contract.
    text: `insert into ${table}
             (customer_id, status, qr_code, error_message, last_updated, phone, browser, paired_at, first_paired_at,
              last_used_at)
           values ($1, $2, $3, $4, $5::timestamptz at time zone 'UTC', $6, $7, $8, $9, $10)
           on conflict (customer_id) do update set
             status = excluded.status, qr_code = excluded.qr_code, error_message = excluded.error_message,
             last_updated = excluded.last_updated, phone = excluded.phone, browser = excluded.browser,
             paired_at = excluded.paired_at, first_paired_at = excluded.first_paired_at,
             last_used_at = excluded.last_used_at`,
    values: [
      customerId,
      record.status,
      record.qrCode,
      record.error,
      record.at.toISOString(),
      record.phone,
      record.browser,
      record.pairedAt?.toISOString() ?? null,
      record.firstPairedAt?.toISOString() ?? null,
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
  const { table, suffix } = whereOf(customerId);
  await database.query({
    name: `lock-whatsapp-new-contacts${suffix}`,
    text: `update ${table}
              set new_contacts_locked_until = greatest(new_contacts_locked_until, $2) where customer_id = $1`,
    values: [customerId, until.toISOString()],
  });
}
