import { addressIn } from '../deliveries/plan-deliveries';
import { readCurrency } from '../messages/currencies';
import { parseMoment } from '../messages/parse-timestamp';
import { toInstantMs } from '../messages/wall-clock';
import { describeProblems } from './catalogue/build-data-schema';
import type { EventTenant, KnownEventType } from './event-tenant';
import { invalidEvent, type FieldProblem } from './field-problem';
import { inspectData } from './inspect-data';

/** An event that fits its type and can be stored. */
export interface ValidEvent {
  readonly type: KnownEventType;
  /** as it came: webhooks pass it on unchanged */
  readonly data: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | null;
  /** ISO 8601 */
  readonly expiresAt: string | null;
}

const longestKey = 255;
/** Visible ASCII, as RFC 9110 allows in a header. */
const keyPattern = /^[\x21-\x7e]+( [\x21-\x7e]+)*$/;

/** What reading an event needs to know of its tenant. */
export type ReadingTenant = Pick<EventTenant, 'eventTypes'> & {
  readonly settings: Pick<EventTenant['settings'], 'timezone' | 'currency'>;
};

/**
 * Reads `{event_type, event_data, idempotency_key?, expires_at?}` as it came from outside.
 * @param headerKey the `Idempotency-Key` header; the body's own key wins
 * @throws GatewayError `invalid_event` (422) that names each field
 */
export function readEvent(tenant: ReadingTenant, envelope: unknown, headerKey?: string): ValidEvent {
  if (typeof envelope !== 'object' || envelope === null || Array.isArray(envelope)) {
    throw invalidEvent([{ path: 'body', message: 'must be a JSON object with event_type and event_data' }]);
  }
  const fields = envelope as Record<string, unknown>;
  const problems: FieldProblem[] = [];
  const type = readType(tenant, fields['event_type'], problems);
  const data = readData(fields['event_data'], type, tenant.settings.currency, problems);
  const idempotencyKey = readKey(fields['idempotency_key'] ?? headerKey, problems);
  const expiresAt = readExpiry(fields['expires_at'], tenant.settings.timezone, problems);
  if (problems.length > 0 || !type) throw invalidEvent(problems);
  return { type, data, idempotencyKey, expiresAt };
}

function readType(
  tenant: Pick<EventTenant, 'eventTypes'>,
  value: unknown,
  problems: FieldProblem[],
): KnownEventType | undefined {
  const known = typeof value === 'string' ? tenant.eventTypes.get(value) : undefined;
  if (known) return known;
  const list = [...tenant.eventTypes.keys()].join(', ');
  problems.push({
    path: 'event_type',
    message:
      typeof value !== 'string' || value === ''
        ? `is required; known types: ${list}`
        : `is not a known event type; known types: ${list}`,
  });
  return undefined;
}

function readData(
  value: unknown,
  type: KnownEventType | undefined,
  ownCurrency: string,
  problems: FieldProblem[],
): Record<string, unknown> {
  // PHP's json_encode makes [] of an empty array.
  const data = Array.isArray(value) && value.length === 0 ? {} : value;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    const message =
      typeof value === 'string' && /^\s*[{[]/.test(value)
        ? 'must be an object: it is a text that holds JSON, encoded twice (leave out the second json_encode)'
        : 'must be an object';
    problems.push({ path: 'event_data', message: value === undefined ? 'is required' : message });
    return {};
  }
  const unfit = inspectData(data, 'event_data');
  if (unfit) {
    problems.push(unfit);
    return {};
  }
  const fields = data as Record<string, unknown>;
  const parsed = type?.schema.safeParse(data);
  const found = parsed && !parsed.success ? describeProblems(parsed.error) : [];
  const needed = [
    ...(type ? withoutAddresses(found, type, fields) : found),
    ...checkCurrency(fields['currency'], ownCurrency),
  ];
  // Where the event is refused anyway, everything is named.
  if (needed.length > 0) problems.push(...new Set([...found, ...needed]));
  return fields;
}

/** An address that is there and unfit costs its own message only: see plan-event.ts. */
function withoutAddresses(
  problems: readonly FieldProblem[],
  { definition }: KnownEventType,
  data: Readonly<Record<string, unknown>>,
): FieldProblem[] {
  const addresses = definition.audiences.flatMap(({ email_field: email, phone_field: phone }) =>
    [email, phone].filter((field) => field !== undefined && addressIn(data, field) !== undefined),
  );
  return problems.filter(({ path }) => !addresses.some((field) => path === `event_data.${field}`));
}

/** Amounts are written in it, whatever the event type says of the field. */
function checkCurrency(value: unknown, ownCurrency: string): FieldProblem[] {
  if (value === undefined || value === null || value === '') return [];
  const read = readCurrency(value, ownCurrency);
  return 'code' in read ? [] : [{ path: 'event_data.currency', message: read.problem }];
}

function readKey(value: unknown, problems: FieldProblem[]): string | null {
  if (value === undefined || value === null || value === '') return null;
  const key = typeof value === 'number' ? String(value) : value;
  if (typeof key !== 'string' || key.length > longestKey || !keyPattern.test(key)) {
    problems.push({
      path: 'idempotency_key',
      message: `must be a text of 1 to ${longestKey} visible ASCII characters`,
    });
    return null;
  }
  return key;
}

/** A time without a zone is the tenant's own, as in the event's data. */
function readExpiry(value: unknown, timezone: string, problems: FieldProblem[]): string | null {
  if (value === undefined || value === null || value === '') return null;
  const time = parseMoment(value);
  if (time?.kind === 'instant') return new Date(time.epochMs).toISOString();
  if (time?.kind === 'local') return new Date(toInstantMs(time.epochMs, timezone)).toISOString();
  problems.push({
    path: 'expires_at',
    message: 'must be a time such as 2026-03-01T17:00:00+02:00 or 2026-03-01 17:00:00, or a Unix time',
  });
  return null;
}
