import { describe, expect, it } from 'vitest';
import { createEventLog, type LoggedEvent } from '../../renderer/embed/event-log';
import { titleOfEvent, toneOfEvent, wordsOfEvent } from '../../renderer/embed/event-words';

function makeLog(own: readonly number[] = []) {
  let nowMs = 1_000;
  const changes: LoggedEvent[] = [];
  const log = createEventLog({
    wasOwn: (eventId) => own.includes(eventId),
    onChange: (event) => changes.push(event),
    now: () => nowMs,
  });
  return { log, changes, pass: (ms: number) => (nowMs += ms), now: () => nowMs };
}

const progress = (eventId: number, fields: object = {}) => ({
  event_id: eventId,
  event_type: 'invoice:sent',
  status: 'processing',
  sent: 0,
  failed: 0,
  total: 2,
  ...fields,
});
const delivery = (id: number, status: string) => ({
  id,
  channel: 'email',
  recipient: `${id}@example.com`,
  status,
});

describe('createEventLog', () => {
  it('makes one entry of a trigger, its answer and a progress that was quicker', () => {
    const { log } = makeLog();
    log.queue('key', 'invoice:sent');
    expect(log.list()).toMatchObject([{ phase: 'waiting', isOwn: true }]);
    log.applyEvent(progress(7, { sent: 1 }));
    log.accept('key', {
      event_id: 7,
      status: 'processing',
      deliveries: [delivery(1, 'pending'), delivery(2, 'pending')],
    });
    expect(log.list()).toMatchObject([
      { eventId: 7, phase: 'processing', sent: 1, total: 2, isOwn: true, deliveries: [{ id: 1 }, { id: 2 }] },
    ]);
  });

  it('does not believe a row that is older than what was heard since it was asked for', () => {
    const { log, pass, now } = makeLog();
    log.applyEvent(progress(7));
    pass(10);
    const askedAtMs = now();
    pass(10);
    log.applyEvent(progress(7, { status: 'completed', sent: 2 }));
    log.applyRow(
      { event_id: 7, event_type: 'invoice:sent', status: 'processing', deliveries: [] },
      askedAtMs,
    );
    expect(log.list()).toMatchObject([{ phase: 'completed' }]);
    pass(10);
    log.applyRow(
      { event_id: 7, event_type: 'invoice:sent', status: 'failed', deliveries: [delivery(1, 'failed')] },
      now(),
    );
    expect(log.list()).toMatchObject([{ phase: 'failed', failed: 1, total: 1 }]);
  });

  it('keeps why a delivery failed when the outcome does not say it again', () => {
    const { log } = makeLog();
    log.applyEvent(progress(7));
    log.applyMessage({ ...delivery(1, 'failed'), delivery_id: 1, event_id: 7, error: 'No such mailbox.' });
    log.applyEvent(
      progress(7, {
        status: 'failed',
        failed: 1,
        result: { deliveries: [delivery(1, 'failed'), delivery(2, 'sent')] },
      }),
    );
    expect(log.list()[0]?.deliveries).toMatchObject([{ error: 'No such mailbox.' }, { status: 'sent' }]);
  });

  it('forgets the oldest events whose end is known first', () => {
    const { log } = makeLog();
    log.applyEvent(progress(1));
    for (let id = 2; id <= 60; id += 1) log.applyEvent(progress(id, { status: 'completed' }));
    expect(log.list()).toHaveLength(50);
    expect(log.unsettledIds()).toEqual([1]);
    expect(log.lastEventId()).toBe(60);
  });

  it.each([
    null,
    undefined,
    'text',
    7,
    [],
    {},
    { event_id: '7' },
    { event_id: NaN },
    { event_id: 7, deliveries: [null, 'x'] },
  ])('stays whole whatever it is told: %j', (message) => {
    const { log } = makeLog();
    log.applyEvent(message);
    log.applyMessage(message);
    log.applyRow(message, 0);
    log.accept('unknown', message);
    for (const event of log.list()) expect(wordsOfEvent(event)).toEqual(expect.any(String));
  });
});

describe('words', () => {
  const event = (fields: Partial<LoggedEvent>): LoggedEvent => ({
    key: 'k',
    eventType: 'invoice:sent',
    phase: 'processing',
    sent: 0,
    failed: 0,
    total: 0,
    isOwn: false,
    deliveries: [],
    atMs: 0,
    ...fields,
  });
  const one = (status: string) =>
    [{ id: 1, channel: 'whatsapp', recipient: 'r', status }] as LoggedEvent['deliveries'];

  it.each([
    [{ total: 3, sent: 1, failed: 1 }, 'Sending · 2 of 3', 'busy'],
    [{ total: 1, deliveries: one('held') }, 'Waiting for WhatsApp', 'busy'],
    [{ total: 1, deliveries: one('unknown') }, 'Waiting for a decision', 'busy'],
    [{ phase: 'completed' }, 'Recorded · nothing to send', 'quiet'],
    [{ phase: 'completed', total: 1, deliveries: one('sent') }, 'Sent', 'good'],
    [{ phase: 'completed', total: 1, deliveries: one('read') }, 'Read', 'good'],
    [{ phase: 'failed', total: 2, failed: 1 }, '1 of 2 not sent', 'bad'],
    [{ phase: 'failed', total: 1, failed: 1, error: 'No mailbox.' }, 'No mailbox.', 'bad'],
    [{ phase: 'refused', error: 'client_email is required.' }, 'client_email is required.', 'bad'],
  ] as const)('%j → %s', (fields, words, tone) => {
    expect([wordsOfEvent(event(fields)), toneOfEvent(event(fields))]).toEqual([words, tone]);
  });

  it('makes titles of event types', () => {
    expect(['invoice:sent', 'stock.low_level', ''].map(titleOfEvent)).toEqual([
      'Invoice sent',
      'Stock low level',
      'Event',
    ]);
  });
});
