import { describe, expect, test } from 'vitest';
import type { DeliveryDetail } from '../../main/contracts/console/history-calls';
import { listTimeline } from '../../renderer/pages/history/timeline-entries';

const nowMs = Date.parse('2026-03-01T10:00:00Z');
const at = (minute: number) => `2026-03-01T09:${String(minute).padStart(2, '0')}:00.000Z`;
const attempt = (minute: number, outcome: string) => ({
  attempt: 1,
  startedAt: at(minute),
  durationMs: 5,
  outcome,
  errorCode: null,
  response: null,
  exchange: null,
});

function delivery(fields: Partial<DeliveryDetail>): DeliveryDetail {
  return {
    status: 'pending',
    error: null,
    errorCode: null,
    heldReason: null,
    nextAttemptAt: null,
    createdAt: at(0),
    updatedAt: at(50),
    sentAt: null,
    deliveredAt: null,
    readAt: null,
    attempts: [],
    event: { id: 7, eventType: 'invoice:sent', createdAt: at(0) },
    ...fields,
  } as unknown as DeliveryDetail;
}
const kinds = (fields: Partial<DeliveryDetail>) =>
  listTimeline(delivery(fields), nowMs).map(({ kind }) => kind);

describe('the timeline of a delivery', () => {
  test('begins with its event, or with itself where no event made it', () => {
    expect(listTimeline(delivery({ status: 'sent' }), nowMs)[0]).toEqual({
      kind: 'event',
      at: at(0),
      eventType: 'invoice:sent',
      eventId: 7,
    });
    expect(listTimeline(delivery({ status: 'sent', event: null }), nowMs)[0]).toEqual({
      kind: 'planned',
      at: at(0),
    });
  });

  test.each<[string, Partial<DeliveryDetail>, string[]]>([
    ['waits for its turn', { nextAttemptAt: at(1) }, ['event', 'waiting']],
    ['waits without a time', {}, ['event', 'waiting']],
    [
      'waits for its next attempt',
      { attempts: [attempt(1, 'retry')], nextAttemptAt: '2026-03-01T10:05:00Z' },
      ['event', 'attempt', 'next'],
    ],
    ['is being sent', { status: 'sending' }, ['event', 'sending']],
    ['is held', { status: 'held' }, ['event', 'held']],
    [
      'is sent by its attempt, which says so itself',
      { status: 'sent', sentAt: at(1), attempts: [attempt(1, 'sent')] },
      ['event', 'attempt'],
    ],
    ['was sent, and no attempt tells of it', { status: 'sent', sentAt: at(1) }, ['event', 'sent']],
    [
      'is delivered',
      { status: 'delivered', sentAt: at(1), deliveredAt: at(2), attempts: [attempt(1, 'sent')] },
      ['event', 'attempt', 'delivered'],
    ],
    [
      'is read',
      { status: 'read', sentAt: at(1), deliveredAt: at(2), readAt: at(3), attempts: [attempt(1, 'sent')] },
      ['event', 'attempt', 'delivered', 'read'],
    ],
    [
      'failed at its last attempt, which says so itself',
      { status: 'failed', attempts: [attempt(1, 'retry'), attempt(2, 'failed')] },
      ['event', 'attempt', 'attempt'],
    ],
    ['failed without an attempt', { status: 'failed' }, ['event', 'failed']],
    [
      'expired',
      { status: 'failed', errorCode: 'expired', attempts: [attempt(1, 'retry')] },
      ['event', 'attempt', 'expired'],
    ],
    ['was closed by a person', { status: 'failed', errorCode: 'closed_unknown' }, ['event', 'closed']],
    ['is unclear', { status: 'unknown', attempts: [attempt(1, 'unknown')] }, ['event', 'attempt', 'unknown']],
  ])('that %s', (_what, fields, expected) => {
    expect(kinds(fields)).toEqual(expected);
  });

  test('counts its attempts from one', () => {
    const entries = listTimeline(
      delivery({ status: 'sent', attempts: [attempt(1, 'retry'), attempt(2, 'sent')] }),
      nowMs,
    );
    expect(entries.flatMap((entry) => (entry.kind === 'attempt' ? [entry.number] : []))).toEqual([1, 2]);
  });

  test('says what it waits for, and why it ended', () => {
    expect(
      listTimeline(delivery({ status: 'held', heldReason: 'WhatsApp is connecting.' }), nowMs).at(-1),
    ).toEqual({
      kind: 'held',
      at: null,
      words: 'WhatsApp is connecting.',
    });
    expect(listTimeline(delivery({ status: 'unknown', error: 'Nobody knows.' }), nowMs).at(-1)).toEqual({
      kind: 'unknown',
      at: at(50),
      words: 'Nobody knows.',
    });
  });
});
