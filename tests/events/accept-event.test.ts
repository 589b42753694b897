import { beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { EventType } from '../../main/contracts/event-types';
import { defaultTenantSettings } from '../../main/contracts/tenant-settings';
import { acceptEvent, type AcceptedEvent } from '../../main/gateway/events/accept-event';
import type { EventTenant } from '../../main/gateway/events/event-tenant';
import {
  createInsertedRowIntake,
  type InsertedRowIntake,
} from '../../main/gateway/events/inserted-row-intake';
import { createSignals } from '../../main/gateway/signals';
import type {
  EventRow,
  InsertedEvent,
  NewEvent,
  PendingEventRow,
  PlannedRow,
} from '../../main/gateway/storage/event-rows';
import { createMemoryLogger } from '../support/memory-logger';

const definition = {
  type: 'invoice:sent',
  title: 'Invoice sent',
  audiences: [
    { name: 'client', email_field: 'email', phone_field: 'phone', templates: { email: {}, whatsapp: {} } },
  ],
  fallback: 'none',
} as unknown as EventType;

let stored: NewEvent[];
let commit: (event: NewEvent) => Promise<InsertedEvent>;
let held: string | undefined;
let pending: PendingEventRow[][];
let planned: PlannedRow[];
let tenant: EventTenant;

beforeEach(() => {
  stored = [];
  held = undefined;
  pending = [];
  planned = [];
  commit = () => Promise.resolve({ duplicate: false, eventId: 7, deliveryIds: [11, 12] });
  tenant = {
    customerId: 'ACC003',
    settings: {
      ...defaultTenantSettings,
      email_enabled: true,
      whatsapp_enabled: true,
      webhook_enabled: false,
    },
    eventTypes: new Map([
      ['invoice:sent', { definition, schema: z.looseObject({ email: z.string().optional() }) }],
    ]),
    commits: {
      commit: (event: NewEvent) => {
        stored.push(event);
        return commit(event);
      },
    },
    heldReason: (channel: string) => (channel === 'whatsapp' ? held : undefined),
    events: {
      findByIdempotencyKey: () => Promise.resolve({ id: 3, event_type: 'invoice:sent' } as EventRow),
      listDeliveries: () =>
        Promise.resolve([
          { event_id: 3, id: 5, channel: 'email', recipient: 'a@example.com', status: 'sent' },
          { event_id: 3, id: 6, channel: 'whatsapp', recipient: '082', status: 'held' },
        ]),
      lockPending: () => Promise.resolve(pending.shift() ?? []),
      planPending: (_tx: unknown, rows: PlannedRow[]) => {
        planned.push(...rows);
        return Promise.resolve([]);
      },
    },
    database: { transaction: (work: (tx: unknown) => Promise<unknown>) => work({}) },
  } as unknown as EventTenant;
});

const event_data = { email: 'a@example.com', phone: '082 123 4567' };
const envelope = { event_type: 'invoice:sent', event_data };

describe('an accepted event', () => {
  let accepted: AcceptedEvent[];
  const accept = (given: unknown = envelope) =>
    acceptEvent(tenant, given, { source: 'http', onAccepted: (event) => accepted.push(event) });
  beforeEach(() => {
    accepted = [];
  });

  test('is stored with its deliveries, then its lanes are woken, then it is answered', async () => {
    const answer = await accept();
    expect(stored).toMatchObject([
      {
        eventType: 'invoice:sent',
        eventData: event_data,
        source: 'http',
        deliveries: [
          { channel: 'email', recipient: 'a@example.com', status: 'pending', heldReason: null },
          { channel: 'whatsapp', recipient: '082 123 4567', status: 'pending' },
        ],
      },
    ]);
    expect(answer).toMatchObject({
      eventId: 7,
      status: 'processing',
      duplicate: false,
      deliveries: [
        { id: 11, channel: 'email', status: 'pending' },
        { id: 12, channel: 'whatsapp', status: 'pending' },
      ],
    });
    expect(accepted).toEqual([answer]);
  });

  test('holds back what cannot leave now, with the reason', async () => {
    held = 'WhatsApp is not connected.';
    const answer = await accept();
    expect(stored[0]?.deliveries.map(({ status, heldReason }) => [status, heldReason])).toEqual([
      ['pending', null],
      ['held', 'WhatsApp is not connected.'],
    ]);
    expect(answer.deliveries.map(({ status }) => status)).toEqual(['pending', 'held']);
  });

  test('with nobody to tell is completed at once', async () => {
    commit = () => Promise.resolve({ duplicate: false, eventId: 7, deliveryIds: [] });
    expect(await accept({ ...envelope, event_data: {} })).toMatchObject({
      status: 'completed',
      deliveries: [],
    });
  });

  test('that came before gets the first answer again, and wakes nobody', async () => {
    commit = () => Promise.resolve({ duplicate: true });
    expect(await accept({ ...envelope, idempotency_key: 'k' })).toEqual({
      eventId: 3,
      eventType: 'invoice:sent',
      status: 'processing',
      source: 'http',
      duplicate: true,
      // As they were then, whatever became of them since.
      deliveries: [
        { id: 5, channel: 'email', recipient: 'a@example.com', status: 'pending' },
        { id: 6, channel: 'whatsapp', recipient: '082', status: 'held' },
      ],
    });
    expect(accepted).toEqual([]);
  });

  test('that does not fit reaches no database', async () => {
    await expect(accept({ event_type: 'x' })).rejects.toMatchObject({ code: 'invalid_event' });
    expect(stored).toEqual([]);
  });

  test.each([
    ['22P05', 'invalid_event', 422],
    ['54000', 'invalid_event', 422],
    ['57P01', 'database_unavailable', 503],
    ['ECONNREFUSED', 'database_unavailable', 503],
    [undefined, 'database_unavailable', 503],
  ])('that the database fails with %s is refused as %s', async (code, expected, httpStatus) => {
    commit = () => Promise.reject(Object.assign(new Error('no'), { code }));
    await expect(accept()).rejects.toMatchObject({ code: expected, httpStatus });
    expect(accepted).toEqual([]);
  });
});

describe('rows that somebody else inserted', () => {
  const row = (id: number, fields: Partial<PendingEventRow> = {}): PendingEventRow => ({
    id,
    event_type: 'invoice:sent',
    event_data,
    expires_at: null,
    ...fields,
  });
  let told: { name: string; eventId: number; error?: string | null }[];
  let woken: number[];
  let intake: InsertedRowIntake;

  beforeEach(() => {
    told = [];
    woken = [];
    const signals = createSignals(() => undefined);
    signals.on('event.progress', ({ eventId }) => told.push({ name: 'progress', eventId }));
    signals.on('event.completed', ({ eventId }) => told.push({ name: 'completed', eventId }));
    signals.on('event.failed', ({ eventId, error }) => told.push({ name: 'failed', eventId, error }));
    intake = createInsertedRowIntake({
      tenant,
      signals,
      logger: createMemoryLogger(),
      onPlanned: (events) => woken.push(events),
    });
  });

  test('are planned as events that were posted, and the lanes are woken', async () => {
    pending = [[row(1), row(2, { event_data: {} })]];
    await intake.run();
    expect(planned).toMatchObject([
      {
        id: 1,
        status: 'processing',
        error: null,
        deliveries: [{ channel: 'email' }, { channel: 'whatsapp' }],
      },
      { id: 2, status: 'completed', error: null, deliveries: [] },
    ]);
    expect(woken).toEqual([2]);
    expect(told).toEqual([
      { name: 'progress', eventId: 1 },
      { name: 'progress', eventId: 2 },
      { name: 'completed', eventId: 2 },
    ]);
  });

  test.each([
    ['of an unknown type', { event_type: 'x' }, 'event_type is not a known event type'],
    ['whose data does not fit', { event_data: { email: 7 } }, 'event_data.email'],
    ['without data', { event_data: null }, 'event_data must be an object'],
  ])('%s fail with the field named, and spoil no other', async (_what, fields, words) => {
    pending = [[row(1, fields), row(2)]];
    await intake.run();
    expect(planned).toMatchObject([
      { id: 1, status: 'failed', error: expect.stringContaining(words) as string, deliveries: [] },
      { id: 2, status: 'processing' },
    ]);
    expect(woken).toEqual([1]);
    expect(told).toContainEqual({
      name: 'failed',
      eventId: 1,
      error: expect.stringContaining(words) as string,
    });
  });

  test('are taken until a batch is not full', async () => {
    const full = Array.from({ length: 100 }, (_, at) => row(at + 1));
    pending = [full, full, [row(1)], [row(999)]];
    await intake.run();
    expect(planned).toHaveLength(201);
    expect(pending).toHaveLength(1);
  });

  test('that come while some are taken are not missed; many calls are one', async () => {
    const lockPending = vi.spyOn(tenant.events, 'lockPending');
    const all = [intake.run(), intake.run(), intake.run()];
    await Promise.all(all);
    expect(lockPending.mock.calls.length).toBeLessThanOrEqual(2);
    expect(lockPending.mock.calls.length).toBeGreaterThanOrEqual(1);
    pending = [[row(5)]];
    await intake.run();
    expect(planned).toMatchObject([{ id: 5 }]);
  });

  test('wait while the database is away, and never throw', async () => {
    const lockPending = vi.spyOn(tenant.events, 'lockPending').mockRejectedValueOnce(new Error('away'));
    await intake.run();
    expect(planned).toEqual([]);
    lockPending.mockRestore();
    pending = [[row(1)]];
    await intake.run();
    expect(planned).toMatchObject([{ id: 1 }]);
  });

  test('are left alone once it is stopped', async () => {
    pending = [[row(1)]];
    await intake.stop();
    await intake.run();
    expect(planned).toEqual([]);
  });
});
