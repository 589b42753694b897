import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createAddressLimit, createEventLimits, RateLimitError } from '../../main/gateway/auth/rate-limits';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-03-01T09:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

const settings = { rate_limit_per_minute: 10, rate_limit_per_hour: 25, rate_limit_user_per_minute: 4 };
const refused = (words: string) => ({
  code: 'rate_limited',
  httpStatus: 429,
  message: expect.stringContaining(words) as string,
});

describe('events', () => {
  test('are allowed up to the limit, and say how it stands', async () => {
    const limits = createEventLimits();
    expect(await limits.take('A', settings, undefined, 1)).toMatchObject({
      limit: 10,
      remaining: 9,
      resetSeconds: 60,
    });
    expect(await limits.take('A', settings, undefined, 9)).toMatchObject({ remaining: 0 });
    await expect(limits.take('A', settings, undefined, 1)).rejects.toMatchObject(refused('10 are allowed'));
  });

  test('of one tenant leave the others theirs', async () => {
    const limits = createEventLimits();
    await limits.take('A', settings, undefined, 10);
    expect(await limits.take('B', settings, undefined, 10)).toMatchObject({ remaining: 0 });
  });

  test('are allowed again when the minute is over', async () => {
    const limits = createEventLimits();
    await limits.take('A', settings, undefined, 10);
    vi.advanceTimersByTime(45_000);
    const error = (await limits
      .take('A', settings, undefined, 1)
      .catch((thrown: unknown) => thrown)) as RateLimitError;
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error.state).toMatchObject({ limit: 10, remaining: 0, resetSeconds: 15 });
    expect(error.details).toEqual({ retry_after_seconds: 15 });
    vi.advanceTimersByTime(15_001);
    expect(await limits.take('A', settings, undefined, 1)).toMatchObject({ remaining: 9 });
  });

  test('that were refused do not count', async () => {
    const limits = createEventLimits();
    await limits.take('A', settings, undefined, 8);
    await expect(limits.take('A', settings, undefined, 5)).rejects.toThrow(RateLimitError);
    await expect(limits.take('A', settings, undefined, 3)).rejects.toThrow(RateLimitError);
    expect(await limits.take('A', settings, undefined, 2)).toMatchObject({ remaining: 0 });
  });

  test('of a user have a limit of their own, which leaves other users theirs', async () => {
    const limits = createEventLimits();
    await limits.take('A', settings, '7', 4);
    await expect(limits.take('A', settings, '7', 1)).rejects.toMatchObject(
      refused('of this user in a minute'),
    );
    expect(await limits.take('A', settings, '8', 4)).toMatchObject({ remaining: 2 });
  });

  test('that the tenant’s limit refuses are given back to the user', async () => {
    const limits = createEventLimits();
    await limits.take('A', settings, undefined, 8);
    await expect(limits.take('A', settings, '7', 3)).rejects.toMatchObject(
      refused('of this customer in a minute'),
    );
    // Had the three counted for the user, four more would be too many.
    const roomier = { ...settings, rate_limit_per_minute: 100 };
    expect(await limits.take('A', roomier, '7', 4)).toMatchObject({ limit: 100 });
  });

  test('in an hour have a limit, too, which minutes do not reset', async () => {
    const limits = createEventLimits();
    for (const events of [10, 10, 5]) {
      await limits.take('A', settings, undefined, events);
      vi.advanceTimersByTime(60_001);
    }
    await expect(limits.take('A', settings, undefined, 1)).rejects.toMatchObject(
      refused('of this customer in an hour'),
    );
    vi.advanceTimersByTime(3_600_000);
    expect(await limits.take('A', settings, undefined, 1)).toMatchObject({ limit: 10 });
  });

  test('of users and tenants whose names run together are counted apart', async () => {
    const limits = createEventLimits();
    await limits.take('A', settings, 'B1', 4);
    expect(await limits.take('AB', settings, '1', 4)).toMatchObject({ remaining: 6 });
  });
});

describe('addresses', () => {
  test('are refused over the limit, each by itself', async () => {
    const limit = createAddressLimit(2, 'logins from this address in a minute');
    await limit.take('192.168.1.1');
    await limit.take('192.168.1.1');
    await expect(limit.take('192.168.1.1')).rejects.toMatchObject(refused('Too many logins'));
    expect(await limit.take('192.168.1.2')).toMatchObject({ remaining: 1 });
  });

  test.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
    ['2001:db8:1:2::1', '2001:DB8:0001:0002:3::'],
    ['fe80::1%eth0', 'fe80::2%eth0'],
    ['::1', '::'],
    ['2001:db8::', '2001:db8:0:0:1:2:3:4'],
    ['64:ff9b::192.0.2.1', '64:ff9b::1'],
  ])('of one IPv6 network are one: %s and %s', async (one, other) => {
    const limit = createAddressLimit(1, 'logins');
    await limit.take(one);
    await expect(limit.take(other)).rejects.toThrow(RateLimitError);
  });

  test.each([
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['2001:db8::1', '2001:db8:0:1::1'],
    ['192.168.1.1', '192.168.1.10'],
  ])('of two networks are two: %s and %s', async (one, other) => {
    const limit = createAddressLimit(1, 'logins');
    await limit.take(one);
    expect(await limit.take(other)).toMatchObject({ remaining: 0 });
  });

  test('are checked without being counted', async () => {
    const limit = createAddressLimit(2, 'failed logins');
    for (let time = 0; time < 10; time += 1) await limit.check('10.0.0.1');
    await limit.take('10.0.0.1');
    await limit.check('10.0.0.1');
    await limit.take('10.0.0.1');
    await expect(limit.check('10.0.0.1')).rejects.toThrow(RateLimitError);
  });

  test('get back what did not count after all', async () => {
    const limit = createAddressLimit(1, 'failed logins');
    await limit.take('10.0.0.1');
    await limit.giveBack('10.0.0.1');
    expect(await limit.take('10.0.0.1')).toMatchObject({ remaining: 0 });
  });
});
