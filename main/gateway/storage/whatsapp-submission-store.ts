import type { NumberUsed } from '../../contracts/office-number';
import type { Queryable } from './database';

/**
 * `planned`: certainly not handed over yet; `handed`: nobody has said what became of it; `absent`:
 * looked for and certainly not there; `unknown`: a person decides.
 */
export type SubmissionState = 'planned' | 'handed' | 'sent' | 'absent' | 'unknown' | 'failed';

export interface Submission {
  readonly deliveryId: number;
  readonly part: number;
  readonly chatId: string;
  readonly kind: 'text' | 'picture' | 'document';
  readonly bodyHash: string;
  readonly filename: string | null;
  readonly startedAt: Date;
  /** whose chats it is in */
  readonly number: NumberUsed;
}

export interface SubmissionRecord extends Submission {
  readonly state: SubmissionState;
  readonly messageId: string | null;
  readonly ack: number;
}

interface HandoverRow {
  delivery_id: number;
  part: number;
  chat_id: string;
  kind: Submission['kind'];
  body_hash: string;
  filename: string | null;
  state: SubmissionState;
  message_id: string | null;
  ack: number;
  started_at: Date;
  number: string | null;
}

const columns =
  'delivery_id, part, chat_id, kind, body_hash, filename, state, message_id, ack, started_at, number';

function toRecord(row: HandoverRow): SubmissionRecord {
  return {
    deliveryId: row.delivery_id,
    part: row.part,
    chatId: row.chat_id,
    kind: row.kind,
    bodyHash: row.body_hash,
    filename: row.filename,
    state: row.state,
    messageId: row.message_id,
    ack: row.ack,
    startedAt: row.started_at,
    number: row.number === 'office' ? 'office' : 'own',
  };
}

/**
 * Writes or rewrites the record of a part. Must be committed, and on disk, before the message is handed
 * over: a crash is judged by it.
 */
export async function insertSubmission(
  database: Queryable,
  submission: Submission,
  state: 'planned' | 'handed',
): Promise<void> {
  await database.query({
    name: 'insert-whatsapp-submission',
    text: `insert into whatsapp_handovers
             (delivery_id, part, chat_id, kind, body_hash, filename, state, started_at, number)
           values ($1, $2, $3, $4, $5, $6, $8, $7, $9)
           on conflict (delivery_id, part) do update set
             chat_id = excluded.chat_id, kind = excluded.kind, body_hash = excluded.body_hash,
             filename = excluded.filename, state = excluded.state, message_id = null, ack = 0,
             started_at = excluded.started_at, number = excluded.number, updated_at = now()`,
    values: [
      submission.deliveryId,
      submission.part,
      submission.chatId,
      submission.kind,
      submission.bodyHash,
      submission.filename,
      submission.startedAt.toISOString(),
      state,
      submission.number,
    ],
  });
}

/**
 * Writes the parts of deliveries that are tried for the first time: the first of each is handed over next,
 * the others are planned. What is there already stays. @returns the delivery ids of the parts written
 */
export async function insertNewSubmissions(
  database: Queryable,
  submissions: readonly Submission[],
): Promise<readonly number[]> {
  const rows = await database.query<{ delivery_id: number }>({
    name: 'insert-new-whatsapp-submissions',
    text: `insert into whatsapp_handovers
             (delivery_id, part, chat_id, kind, body_hash, filename, state, started_at, number)
           select delivery_id, part, chat_id, kind, body_hash, filename,
                  case part when 0 then 'handed' else 'planned' end, started_at, number
             from unnest($1::int[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
                         $8::text[])
               as n (delivery_id, part, chat_id, kind, body_hash, filename, started_at, number)
           on conflict (delivery_id, part) do nothing returning delivery_id`,
    values: [
      submissions.map((submission) => submission.deliveryId),
      submissions.map((submission) => submission.part),
      submissions.map((submission) => submission.chatId),
      submissions.map((submission) => submission.kind),
      submissions.map((submission) => submission.bodyHash),
      submissions.map((submission) => submission.filename),
      submissions.map((submission) => submission.startedAt.toISOString()),
      submissions.map((submission) => submission.number),
    ],
  });
  return rows.map((row) => row.delivery_id);
}

export async function updateSubmission(
  database: Queryable,
  submission: { readonly deliveryId: number; readonly part: number },
  change: { readonly state: SubmissionState; readonly messageId?: string; readonly ack?: number },
): Promise<void> {
  await database.query({
    name: 'update-whatsapp-submission',
    text: `update whatsapp_handovers
              set state = $3, message_id = coalesce($4, message_id), ack = greatest(ack, $5), updated_at = now()
            where delivery_id = $1 and part = $2`,
    values: [submission.deliveryId, submission.part, change.state, change.messageId ?? null, change.ack ?? 0],
  });
}

export async function readSubmissions(
  database: Queryable,
  deliveryId: number,
): Promise<readonly SubmissionRecord[]> {
  const rows = await database.query<HandoverRow>({
    name: 'read-whatsapp-submissions',
    text: `select ${columns} from whatsapp_handovers where delivery_id = $1 order by part`,
    values: [deliveryId],
  });
  return rows.map(toRecord);
}

/** Writes down what the server has confirmed, many at a time: nobody waits for it. */
export async function confirmSubmissions(
  database: Queryable,
  confirmed: readonly { readonly deliveryId: number; readonly part: number; readonly messageId: string }[],
): Promise<void> {
  await database.query({
    name: 'confirm-whatsapp-submissions',
    text: `update whatsapp_handovers h
              set state = 'sent', message_id = n.message_id, ack = greatest(h.ack, 1), updated_at = now()
             from unnest($1::int[], $2::smallint[], $3::text[]) as n (delivery_id, part, message_id)
            where h.delivery_id = n.delivery_id and h.part = n.part`,
    values: [
      confirmed.map((entry) => entry.deliveryId),
      confirmed.map((entry) => entry.part),
      confirmed.map((entry) => entry.messageId),
    ],
  });
}

/**
 * Message ids that belong to a delivery already: an equal text in the chat is not the one looked for. The
 * deliveries' own records count too: they are there before the next message to the same recipient is taken up.
 */
export async function findAttributedMessages(
  database: Queryable,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, { readonly deliveryId: number; readonly part: number }>> {
  const rows = await database.query<{ message_id: string; delivery_id: number; part: number }>({
    name: 'find-attributed-whatsapp-messages',
    text: `select message_id, delivery_id, part from whatsapp_handovers where message_id = any($1)
           union all
           select message_id, id, 0 from message_deliveries
            where channel = 'whatsapp' and message_id = any($1)
              and not exists (select 1 from whatsapp_handovers h where h.message_id = message_deliveries.message_id)`,
    values: [messageIds],
  });
  return new Map(rows.map((row) => [row.message_id, { deliveryId: row.delivery_id, part: row.part }]));
}

/** The newest messages that WhatsApp has confirmed before `before`: a chat history without them proves nothing. */
export async function readConfirmedSubmissions(
  database: Queryable,
  before: Date,
  limit: number,
): Promise<readonly SubmissionRecord[]> {
  const rows = await database.query<HandoverRow>({
    name: 'read-confirmed-whatsapp-submissions',
    text: `select ${columns} from whatsapp_handovers
            where started_at < $1 and ack >= 1 and message_id is not null
            order by started_at desc limit $2`,
    values: [before.toISOString(), limit],
  });
  return rows.map(toRecord);
}

export interface SubmissionProgress {
  readonly deliveryId: number;
  /** the message of the delivery's last part, as its receipt named it */
  readonly messageId: string;
  /** what every part of the delivery has reached */
  readonly ack: number;
  readonly previousAck: number;
}

/** Raises acks in one statement and tells how far each delivery, all its parts together, has come. */
export async function raiseAcks(
  database: Queryable,
  acks: ReadonlyMap<string, number>,
): Promise<readonly SubmissionProgress[]> {
  const rows = await database.query<{
    delivery_id: number;
    message_id: string;
    ack: number;
    previous_ack: number;
  }>({
    name: 'raise-whatsapp-acks',
    text: `with news as (
             select * from unnest($1::text[], $2::int[]) as n (message_id, ack)
           ), before as (
             select h.delivery_id, h.part, h.ack from whatsapp_handovers h
              where h.delivery_id in (select delivery_id from whatsapp_handovers join news using (message_id))
           ), raised as (
             update whatsapp_handovers h
                set ack = n.ack, state = 'sent', updated_at = now()
               from news n where h.message_id = n.message_id and h.ack < n.ack
             returning h.delivery_id, h.part, h.ack
           ), standing as (
             select b.delivery_id, min(coalesce(r.ack, b.ack)) as ack, min(b.ack) as previous_ack,
                    max(b.part) as last_part
               from before b left join raised r using (delivery_id, part) group by b.delivery_id
           )
           select s.delivery_id, h.message_id, s.ack, s.previous_ack
             from standing s join whatsapp_handovers h on h.delivery_id = s.delivery_id and h.part = s.last_part
            where s.ack > s.previous_ack and h.message_id is not null`,
    values: [[...acks.keys()], [...acks.values()]],
  });
  return rows.map((row) => ({
    deliveryId: row.delivery_id,
    messageId: row.message_id,
    ack: row.ack,
    previousAck: row.previous_ack,
  }));
}
