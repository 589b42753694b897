import { expect, test, vi } from 'vitest';
import { createOverviewCounter } from '../../main/gateway/console/overview-counter';
import type { LiveTenant } from '../../main/gateway/live-tenant';

/** A tenant whose database answers slowly, as on a busy machine: its counts are kept for five seconds. */
function createSlowTenant(lastEventAt: () => Date | null) {
  const slowly = async <T>(answer: T): Promise<T> => {
    await vi.advanceTimersByTimeAsync(400);
    return answer;
  };
  const counter = {
    countOpen: () => slowly([]),
    countSent: () => slowly([]),
    countFailed: () => slowly([]),
    findLastEventAt: () => slowly(lastEventAt()),
  };
  return { customerId: 'ACC001', counter } as unknown as LiveTenant;
}

test('who waits for the first event is told of it at once, however dear counting is', async () => {
  vi.useFakeTimers();
  try {
    let lastEventAt: Date | null = null;
    const tenant = createSlowTenant(() => lastEventAt);
    const counter = createOverviewCounter();
    expect((await counter.count(tenant)).lastEventAt).toBeNull();
    lastEventAt = new Date();
    expect((await counter.count(tenant)).lastEventAt).toBeNull();
    counter.noteEvent('ACC001');
    expect((await counter.count(tenant)).lastEventAt).toEqual(lastEventAt);
    // Once there was one, further events do not make every look a count.
    const first = lastEventAt;
    lastEventAt = new Date(first.getTime() + 1);
    counter.noteEvent('ACC001');
    expect((await counter.count(tenant)).lastEventAt).toEqual(first);
  } finally {
    vi.useRealTimers();
  }
});
