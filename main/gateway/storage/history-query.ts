import type { ChannelName, DeliveryStatus } from '../../contracts/statuses';
import { channelNames } from '../../contracts/statuses';

/** What a page of the history is narrowed by; every field that is there narrows. */
export interface HistoryQuery {
  readonly channel?: ChannelName;
  /** absent or empty: all */
  readonly statuses?: readonly DeliveryStatus[];
  /** leaves out webhooks' deliveries */
  readonly withoutWebhooks?: boolean;
  readonly eventType?: string;
  readonly eventId?: number;
  /** how a recipient begins, whatever its case */
  readonly recipient?: string;
  readonly from?: Date;
  readonly to?: Date;
  /** words of the message, its recipient, its event's data …; else a part of recipient, error, message id or type */
  readonly text?: string;
}

/** A place in the order of the history: created at (ISO 8601 UTC with microseconds), then id. */
export interface HistoryPosition {
  readonly at: string;
  readonly id: number;
}

export interface HistoryRange {
  /** rows that come after this place, itself not included, newest first */
  readonly before?: HistoryPosition;
  /** no further than this place, itself included */
  readonly downTo?: HistoryPosition;
  /** rows newer than this place, itself not included */
  readonly after?: HistoryPosition;
}

/** Conditions of a statement with its values; statuses and channels stand in it as literals, see `partial` below. */
export interface HistorySql {
  readonly text: string;
  readonly values: readonly unknown[];
}

const openStatuses = ['pending', 'sending', 'held', 'unknown'] as const;
const doneStatuses = ['sent', 'delivered', 'read', 'failed'] as const;

/** What the wide indexes of migration 0110 are sorted by, and in other words the narrow ones: see there. */
export const wideKey = `coalesce(d.created_at, timestamptz '1970-01-01 00:00:00+00')`;
const narrowKey = `greatest(d.created_at, timestamptz '1970-01-01 00:00:00+00')`;

/** The planner uses a partial index only where it can see at planning time that the condition implies its own. */
const inList = (statuses: readonly string[]) => `d.status in (${statuses.map((s) => `'${s}'`).join(', ')})`;
export const isDone = inList(doneStatuses);
const isOpen = inList(openStatuses);

/** `%`, `_` and `\` mean themselves. */
const escapeLike = (text: string) => text.replace(/[\\%_]/g, '\\$&');

function channelFits({ channel, withoutWebhooks }: HistoryQuery): string | undefined {
  if (channel) return `d.channel = '${channel}'`;
  return withoutWebhooks ? `d.channel <> 'webhook'` : undefined;
}

export type NarrowBy = 'recipient' | 'others';

/** One select of the union: its key decides which indexes can give its order. */
interface Part {
  readonly key: string;
  readonly conditions: readonly (string | undefined)[];
}

/**
 * Ids and keys of the deliveries that fit, as a union of parts that each read one index from its end: however
 * rare a combination is, hardly anything is read that does not fit.
 * @param options.limit rows that each part gives at most
 * @param options.order which end is read first
 * @param options.words a tsquery: rows whose words are written down (migration 0133) are searched by these
 * @param options.narrowBy a text or a recipient is looked for among few: those with such a recipient, or those
 *   that fit channel, state and event type. Otherwise among all, in the index that carries what is searched for.
 */
export function buildHistorySql(
  customerId: string,
  query: HistoryQuery,
  range: HistoryRange,
  options: {
    readonly limit: number;
    readonly order?: 'newest' | 'oldest';
    readonly narrowBy?: NarrowBy;
    readonly words?: string;
  },
): HistorySql {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const customerIs = `d.customer_id = ${bind(customerId)}`;
  const inRange = rangeConditions(query, range, bind);
  const direction = options.order === 'oldest' ? 'asc' : 'desc';
  const selects = listParts(query, bind, options.narrowBy, options.words).map(({ key, conditions }) => {
    const all = [...conditions, ...inRange(key), customerIs].filter((condition) => condition !== undefined);
    return `(select d.id, ${key} as k from message_deliveries d where ${all.join(' and ')}
      order by ${key} ${direction}, d.id ${direction} limit ${options.limit})`;
  });
  return { text: selects.join('\nunion all\n'), values };
}

function listParts(
  query: HistoryQuery,
  bind: (value: unknown) => string,
  narrowBy: NarrowBy | undefined,
  words: string | undefined,
): Part[] {
  // A contradiction that the planner does not see: it would read every webhook to find none.
  if (query.withoutWebhooks && query.channel === 'webhook') return [];
  const channelIs = channelFits(query);
  const typeIs = query.eventType === undefined ? undefined : `d.event_type = ${bind(query.eventType)}`;
  const isFew = narrowBy === 'recipient';
  // Many: in words that the recipients' own index does not know, or the planner takes it, and sorts a million.
  const recipientIs =
    query.recipient === undefined
      ? undefined
      : recipientBegins(bind, query.recipient, isFew ? 'd.recipient' : `d.recipient || ''`);
  const pattern = query.text === undefined ? undefined : bind(`%${escapeLike(query.text)}%`);
  // Of the columns that the wide index carries; the separator is in no search text.
  const textIsIn =
    pattern &&
    `lower(d.recipient || e'\\x1f' || coalesce(d.event_type, '') || e'\\x1f' || coalesce(d.message_id, ''))
      like lower(${pattern})`;
  const errorHas = pattern && `lower(coalesce(d.error_message, '')) like lower(${pattern})`;
  const partFits = textIsIn && errorHas && `(${textIsIn} or ${errorHas})`;
  const textFits =
    partFits === undefined || words === undefined
      ? partFits
      : `coalesce((select s.words @@ ${bind(words)}::tsquery from message_search s where s.delivery_id = d.id), ${partFits})`;

  const wanted = query.statuses?.length ? query.statuses : [...openStatuses, ...doneStatuses];
  const open = openStatuses.filter((status) => wanted.includes(status));
  const done = doneStatuses.filter((status) => wanted.includes(status));
  const channels = query.channel
    ? [query.channel]
    : channelNames.filter((channel) => !(query.withoutWebhooks && channel === 'webhook'));
  const channelMay = (channel: ChannelName) => channelFits({ channel });
  const narrow = (...conditions: Part['conditions']): Part => ({ key: narrowKey, conditions });
  const wide = (...conditions: Part['conditions']): Part => ({ key: wideKey, conditions });
  const parts: Part[] = [];
  if (query.eventId !== undefined) {
    // Few, by an index of their own.
    const eventIs = `d.event_id = ${bind(query.eventId)}`;
    return [wide(eventIs, inList(wanted), channelIs, typeIs, recipientIs, textFits)];
  }

  if (open.length > 0) {
    parts.push(wide(isOpen, inList(open), channelIs, typeIs, recipientIs, textFits));
  }
  if (done.length === 0) return parts;
  if (recipientIs && isFew) {
    parts.push(narrow(isDone, inList(done), recipientIs, channelIs, typeIs, textFits));
  } else if (words !== undefined && narrowBy !== 'others') {
    parts.push(wide(isDone, inList(done), recipientIs, channelIs, typeIs, textFits));
  } else if ((recipientIs || textIsIn) && narrowBy !== 'others') {
    parts.push(wide(isDone, inList(done), recipientIs, channelIs, typeIs, textIsIn));
    // Only what failed keeps an error, and the wide index does not carry its words.
    if (textIsIn && done.includes('failed')) {
      for (const channel of channels) {
        const failed = [channelMay(channel), `d.status = 'failed'`];
        parts.push(narrow(...failed, typeIs, recipientIs, errorHas, `not (${textIsIn})`));
      }
    }
  } else if (typeIs) {
    for (const status of done) {
      parts.push(narrow(`d.status = '${status}'`, typeIs, channelIs, recipientIs, textFits));
    }
  } else if (query.channel || query.statuses?.length) {
    for (const channel of channels) {
      for (const status of done) {
        parts.push(narrow(channelMay(channel), `d.status = '${status}'`, recipientIs, textFits));
      }
    }
  } else {
    parts.push(wide(isDone));
  }
  return parts;
}

/**
 * Of deliveries found by their words (`found`, with `delivery_id` and `at`), the newest that fit all else.
 * @param candidates so many of the newest are looked at
 */
export function buildFoundSql(
  customerId: string,
  query: HistoryQuery,
  range: HistoryRange,
  options: { readonly words: string; readonly candidates: number },
): HistorySql {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const key = 's.at';
  const placed = rangeConditions(
    query,
    range,
    bind,
  )(key).map((condition) => condition.replaceAll('d.id', 's.delivery_id'));
  const others = [
    `d.customer_id = ${bind(customerId)}`,
    channelFits(query),
    query.statuses?.length ? inList(query.statuses) : undefined,
    query.eventId === undefined ? undefined : `d.event_id = ${bind(query.eventId)}`,
    query.eventType === undefined ? undefined : `d.event_type = ${bind(query.eventType)}`,
    query.recipient === undefined ? undefined : recipientBegins(bind, query.recipient),
  ].filter((condition) => condition !== undefined);
  const text = `with found as materialized (
      select delivery_id, at from message_search where words @@ ${bind(options.words)}::tsquery
    ), candidates as materialized (
      select s.delivery_id, s.at from found s ${placed.length === 0 ? '' : `where ${placed.join(' and ')}`}
      order by s.at desc, s.delivery_id desc limit ${options.candidates}
    )
    select d.id, s.at as k, d.id is not null and ${others.join(' and ')} as fits, s.delivery_id as candidate
    from candidates s left join message_deliveries d on d.id = s.delivery_id`;
  return { text, values };
}

/** Done deliveries to such a recipient, at most `limit`: are there few enough to read them all? */
export function buildRecipientProbe(recipient: string, limit: number): HistorySql {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const text = `select count(*) as count from (select 1 from message_deliveries d
    where ${isDone} and ${recipientBegins(bind, recipient)} order by lower(d.recipient) using ~>~ limit ${limit}) found`;
  return { text, values };
}

function recipientBegins(
  bind: (value: unknown) => string,
  recipient: string,
  column = 'd.recipient',
): string {
  return `lower(${column}) like lower(${bind(`${escapeLike(recipient)}%`)})`;
}

function rangeConditions(
  query: Pick<HistoryQuery, 'from' | 'to'>,
  range: HistoryRange,
  bind: (value: unknown) => string,
): (key: string) => string[] {
  const place = ({ at, id }: HistoryPosition) => `(${bind(at)}::timestamptz, ${bind(id)}::integer)`;
  const conditions: ((key: string) => string)[] = [];
  const add = (operator: string, position: HistoryPosition | undefined) => {
    if (!position) return;
    const bound = place(position);
    conditions.push((key) => `(${key}, d.id) ${operator} ${bound}`);
  };
  if (query.from) {
    const from = bind(query.from);
    conditions.push((key) => `${key} >= ${from}::timestamptz`);
  }
  if (query.to) {
    const to = bind(query.to);
    conditions.push((key) => `${key} < ${to}::timestamptz`);
  }
  add('<', range.before);
  add('>', range.after);
  add('>=', range.downTo);
  return (key) => conditions.map((condition) => condition(key));
}
