import type { ChannelName } from '../../contracts/statuses';
import type { Database } from './database';
import type { DeliveryOutcome } from './delivery-rows';

/** A message that tried a channel, and what became of it. */
export interface EndedTest {
  readonly id: number;
  readonly channel: ChannelName;
  readonly recipient: string;
  readonly message: Readonly<Record<string, unknown>>;
  readonly outcome: DeliveryOutcome;
}

/** Writes a test that is over, with its one attempt. */
export async function writeTest(
  database: Database,
  customerId: string,
  { id, channel, recipient, message, outcome }: EndedTest,
): Promise<void> {
  const { attempt } = outcome;
  const isSent = outcome.status === 'sent';
  await database.query({
    name: 'deliveries.add-test',
    text: `
      with test as (
        insert into message_deliveries (id, customer_id, channel, recipient, status, direct_message, is_test,
          message_id, message_subject, message_content, message_html, error_code, error_message, retry_count,
          queued_at, sent_at, created_at, updated_at)
        values ($2, $1, $3, $4, $5::text, $6, true, $7, $8, $9, $10, $11::text, $12, 0, now(),
          case when $5::text = 'sent' then now() at time zone 'utc' end, $13::timestamptz, now())
        returning id
      )
      insert into delivery_attempts (delivery_id, attempt, started_at, duration_ms, outcome, error_code, response,
        exchange)
      select id, 1, $13::timestamptz, $14, $15::text, $11::text, $16, $17 from test where $15::text is not null`,
    values: [
      customerId,
      id,
      channel,
      recipient,
      isSent ? 'sent' : 'failed',
      JSON.stringify(message),
      outcome.messageId,
      outcome.message?.subject ?? null,
      outcome.message?.text ?? null,
      outcome.message?.html ?? null,
      outcome.errorCode,
      outcome.error,
      attempt?.startedAt ?? new Date(),
      attempt?.durationMs ?? 0,
      attempt === null ? null : isSent ? 'sent' : 'failed',
      attempt?.response ?? null,
      attempt?.exchange === undefined ? null : JSON.stringify(attempt.exchange),
    ],
  });
}
