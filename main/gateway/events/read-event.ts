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
const isoPattern = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * Reads `{event_type, event_data, idempotency_key?, expires_at?}` as it came from outside.
 * @param headerKey the `Idempotency-Key` header; the body's own key wins
 * @throws GatewayError `invalid_event` (422) that names each field
 */
export function readEvent(
  tenant: Pick<EventTenant, 'eventTypes'>,
  envelope: unknown,
  headerKey?: string,
): ValidEvent {
  if (typeof envelope !== 'object' || envelope === null || Array.isArray(envelope)) {
    throw invalidEvent([{ path: 'body', message: 'must be a JSON object with event_type and event_data' }]);
  }
  const fields = envelope as Record<string, unknown>;
  const problems: FieldProblem[] = [];
  const type = readType(tenant, fields['event_type'], problems);
  const data = readData(fields['event_data'], type, problems);
  const idempotencyKey = readKey(fields['idempotency_key'] ?? headerKey, problems);
  const expiresAt = readExpiry(fields['expires_at'], problems);
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
  problems: FieldProblem[],
): Record<string, unknown> {
  // PHP's json_encode makes [] of an empty array.
  const data = Array.isArray(value) && value.length === 0 ? {} : value;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    problems.push({ path: 'event_data', message: value === undefined ? 'is required' : 'must be an object' });
    return {};
  }
  const unfit = inspectData(data, 'event_data');
  if (unfit) {
    problems.push(unfit);
    return {};
  }
  const parsed = type?.schema.safeParse(data);
  if (parsed && !parsed.success) problems.push(...describeProblems(parsed.error));
  return data as Record<string, unknown>;
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

function readExpiry(value: unknown, problems: FieldProblem[]): string | null {
  if (value === undefined || value === null || value === '') return null;
  const time = typeof value === 'string' && isoPattern.test(value) ? toInstant(value) : undefined;
  if (time === undefined) {
    problems.push({ path: 'expires_at', message: 'must be a time such as 2026-03-01T17:00:00Z' });
    return null;
  }
  return time;
}

/** A time without a zone is UTC, like every timestamp of the contract. */
function toInstant(text: string): string | undefined {
  const hasZone = /(Z|[+-]\d{2}:?\d{2})$/.test(text);
  const time = new Date(`${text.replace(' ', 'T')}${hasZone ? '' : 'Z'}`);
  if (Number.isNaN(time.getTime())) return undefined;
  // Date rolls 30 February over into March; a date that does not exist is refused.
  const day = Number(text.slice(8, 10));
  const sameDay = new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDate() === day;
  return sameDay ? time.toISOString() : undefined;
}
