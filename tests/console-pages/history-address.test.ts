import { describe, expect, it } from 'vitest';
import {
  findQuickRange,
  firstDay,
  lastDay,
  quickRange,
  rangeOfDays,
} from '../../renderer/pages/history/date-ranges';
import { readFilter, writeFilter } from '../../renderer/pages/history/history-address';

describe('the filter in the address', () => {
  it('comes back as it was written', () => {
    const filter = {
      customerId: 'ACC001',
      channel: 'email' as const,
      status: ['failed' as const, 'unknown' as const],
      eventType: 'payslip:generated',
      recipient: 'a+b@example.com',
      from: '2026-11-20T22:00:00.000Z',
      to: '2026-11-21T22:00:00.000Z',
      text: '100% & more',
    };
    const read = readFilter(new URLSearchParams(writeFilter(filter).toString()));
    expect(read).toEqual({ filter, ignored: [] });
  });

  it('takes states one by one, and names what it leaves out', () => {
    const read = readFilter(
      new URLSearchParams('status=failed&status=lost,held&channel=fax&constructor=1&to=x&text='),
    );
    expect(read.filter).toEqual({ status: ['failed', 'held'] });
    expect([...read.ignored].sort()).toEqual(['channel', 'constructor', 'status', 'to']);
  });
});

describe('dates', () => {
  const now = new Date(2026, 10, 22, 15, 30);

  it('knows the quick choices again, until midnight', () => {
    for (const name of ['today', 'yesterday', 'week'] as const) {
      expect(findQuickRange(quickRange(name, now), now)).toBe(name);
    }
    expect(findQuickRange(quickRange('today', now), new Date(2026, 10, 23, 0, 1))).toBe(undefined);
  });

  it('holds whole days, the last one included, whichever comes first', () => {
    const range = rangeOfDays('2026-11-20', '2026-11-22');
    expect([firstDay(range), lastDay(range)]).toEqual(['2026-11-20', '2026-11-22']);
    expect(range.to).toBe(new Date(2026, 10, 23).toISOString());
    expect(rangeOfDays('2026-11-22', '2026-11-20')).toEqual(range);
    expect(rangeOfDays('', '2026-11-20').from).toBe(undefined);
  });
});
