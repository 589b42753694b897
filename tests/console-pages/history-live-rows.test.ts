import { describe, expect, it } from 'vitest';
import type { DeliveryChangePush } from '../../main/contracts/console/console-pushes';
import type { HistoryRow } from '../../main/contracts/console/history-calls';
import {
  applyChanges,
  fitsFilter,
  longestHead,
  mergeHead,
  type HistoryPage,
  type HistoryPages,
} from '../../renderer/pages/history/live-rows';

const row = (id: number, fields: Partial<HistoryRow> = {}): HistoryRow => ({
  customerId: 'ACC001',
  id,
  eventId: id,
  eventType: 'invoice:sent',
  channel: 'email',
  recipient: `client${id}@example.com`,
  status: 'sent',
  error: null,
  heldReason: null,
  subject: null,
  isTest: false,
  retryCount: 0,
  nextAttemptAt: null,
  createdAt: new Date(id * 1_000).toISOString(),
  updatedAt: new Date(id * 1_000).toISOString(),
  ...fields,
});
const page = (from: number, count: number, nextCursor: string | null): HistoryPage => ({
  rows: Array.from({ length: count }, (_, index) => row(from - index)),
  nextCursor,
  missing: [],
});
const pages = (...all: HistoryPage[]): HistoryPages => ({ pages: all, pageParams: all.map(() => undefined) });
const change = (id: number, fields: Partial<DeliveryChangePush> = {}): DeliveryChangePush => ({
  customerId: 'ACC001',
  id,
  eventId: id,
  eventType: 'invoice:sent',
  channel: 'email',
  recipient: `client${id}@example.com`,
  status: 'failed',
  error: 'No such mailbox.',
  nextAttemptAt: null,
  ...fields,
});
const ids = (given: HistoryPages) => given.pages.flatMap(({ rows }) => rows.map(({ id }) => id));

describe('changes', () => {
  it('touch their own row only, and name those that are not there', () => {
    const before = pages(page(20, 10, 'a'), page(10, 10, null));
    const { pages: after, others } = applyChanges(before, [
      change(15),
      change(99),
      change(5, { customerId: 'ACC002' }),
    ]);
    expect(after.pages[1]).toBe(before.pages[1]);
    expect(after.pages[0]!.rows[5]).toMatchObject({ id: 15, status: 'failed', error: 'No such mailbox.' });
    expect(after.pages[0]!.rows[4]).toBe(before.pages[0]!.rows[4]);
    expect(others.map(({ id, customerId }) => [customerId, id])).toEqual([
      ['ACC001', 99],
      ['ACC002', 5],
    ]);
  });

  it('that change nothing leave everything the same object', () => {
    const before = pages(page(20, 10, null));
    const same = change(15, { status: 'sent', error: null });
    expect(applyChanges(before, [same]).pages).toBe(before);
  });
});

describe('a new first page', () => {
  it('is put on top without a row lost or doubled', () => {
    const before = pages(page(20, 10, 'a'), page(10, 10, null));
    const after = mergeHead(before, page(23, 10, 'b'));
    expect(ids(after)).toEqual([23, 22, 21, ...ids(before)]);
    expect(after.pages[0]!.nextCursor).toBe('a');
    expect(after.pages[0]!.rows[3]).toBe(before.pages[0]!.rows[0]);
  });

  it('starts the list over when more came in than it holds', () => {
    const after = mergeHead(pages(page(20, 10, 'a')), page(99, 10, 'b'));
    expect(ids(after)).toEqual(ids(pages(page(99, 10, 'b'))));
    expect(after.pages[0]!.nextCursor).toBe('b');
  });

  it('keeps rows that fit no longer where they are', () => {
    const before = pages({ ...page(20, 3, null), rows: [row(20), row(19, { status: 'pending' }), row(18)] });
    const after = mergeHead(before, { rows: [row(21), row(20), row(18)], nextCursor: null, missing: [] });
    expect(ids(after)).toEqual([21, 20, 19, 18]);
    expect(ids(mergeHead(before, { rows: [], nextCursor: null, missing: [] }))).toEqual([20, 19, 18]);
  });

  it('cuts a head that has grown too long', () => {
    const after = mergeHead(pages(page(1_000, longestHead, 'a')), page(1_050, 100, 'b'));
    expect(ids(after)).toHaveLength(100);
  });
});

describe('a delivery that changed', () => {
  it('is measured by the filter', () => {
    expect(fitsFilter({}, change(1))).toBe(true);
    expect(fitsFilter({ status: ['sent'] }, change(1))).toBe(false);
    expect(fitsFilter({ recipient: 'CLIENT1@' }, change(1))).toBe(true);
    expect(fitsFilter({ recipient: 'lient' }, change(1))).toBe(false);
    expect(fitsFilter({ text: 'MAILBOX' }, change(1))).toBe(true);
    expect(fitsFilter({ to: '2020-01-01T00:00:00Z' }, change(1))).toBe(false);
  });
});
