import { isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { TenantSettings } from '../../contracts/tenant-settings';
import { GatewayError } from '../errors';

/** How a limit stands, for the `RateLimit` headers. */
export interface RateLimitState {
  readonly limit: number;
  readonly remaining: number;
  /** until the window starts again */
  readonly resetSeconds: number;
}

type RateLimitSettings = Pick<
  TenantSettings,
  'rate_limit_per_minute' | 'rate_limit_per_hour' | 'rate_limit_user_per_minute'
>;

/** 429, with what a client needs to come back in time. */
export class RateLimitError extends GatewayError {
  constructor(
    readonly state: RateLimitState,
    what: string,
  ) {
    super(
      'rate_limited',
      `Too many ${what}: ${state.limit} are allowed. Try again in ${state.resetSeconds} s.`,
      429,
      { retry_after_seconds: state.resetSeconds },
    );
  }
}

/** Events per tenant and per user; a batch of 100 counts as 100. */
export interface EventLimits {
  /** @throws RateLimitError, and counts nothing, when one of the limits is reached */
  take(
    customerId: string,
    settings: RateLimitSettings,
    userId: string | undefined,
    events: number,
  ): Promise<RateLimitState>;
  /** Counts nothing. @throws RateLimitError when one of the limits has been reached already */
  check(customerId: string, settings: RateLimitSettings, userId: string | undefined): Promise<void>;
  /** What was taken was not used after all. */
  giveBack(
    customerId: string,
    settings: RateLimitSettings,
    userId: string | undefined,
    events: number,
  ): Promise<void>;
}

interface Window {
  readonly points: number;
  readonly seconds: number;
  readonly key: string;
  readonly what: string;
}

/** In the order in which they are taken from. */
function windowsOf(customerId: string, settings: RateLimitSettings, userId: string | undefined): Window[] {
  const windows: Window[] = [
    {
      points: settings.rate_limit_per_hour,
      seconds: 3600,
      key: customerId,
      what: 'events of this customer in an hour',
    },
    {
      points: settings.rate_limit_per_minute,
      seconds: 60,
      key: customerId,
      what: 'events of this customer in a minute',
    },
  ];
  if (userId !== undefined) {
    windows.unshift({
      points: settings.rate_limit_user_per_minute,
      seconds: 60,
      key: `${customerId}\n${userId}`,
      what: 'events of this user in a minute',
    });
  }
  return windows;
}

export function createEventLimits(): EventLimits {
  // Limiters are made again when a tenant's setting changes; the key holds the setting.
  const limiters = new Map<string, RateLimiterMemory>();

  function limiterFor(points: number, duration: number): RateLimiterMemory {
    const key = `${duration}:${points}`;
    let limiter = limiters.get(key);
    if (!limiter) {
      limiter = new RateLimiterMemory({ keyPrefix: key, points, duration });
      limiters.set(key, limiter);
    }
    return limiter;
  }

  return {
    async take(customerId, settings, userId, events) {
      const taken: { limiter: RateLimiterMemory; key: string }[] = [];
      let last: RateLimitState | undefined;
      for (const { points, seconds, key, what } of windowsOf(customerId, settings, userId)) {
        const limiter = limiterFor(points, seconds);
        const state = await consume(limiter, key, events);
        if (!state.allowed) {
          for (const entry of taken) await entry.limiter.reward(entry.key, events);
          // A refused event was not taken in: it must not push the window's end further out.
          await limiter.reward(key, events);
          throw new RateLimitError(state, what);
        }
        taken.push({ limiter, key });
        last = state;
      }
      if (!last) throw new Error('a customer without a limit');
      return last;
    },
    async check(customerId, settings, userId) {
      for (const { points, seconds, key, what } of windowsOf(customerId, settings, userId)) {
        const result = await limiterFor(points, seconds).get(key);
        if (result !== null && result.consumedPoints >= points) {
          throw new RateLimitError(toState(points, result), what);
        }
      }
    },
    async giveBack(customerId, settings, userId, events) {
      for (const { points, seconds, key } of windowsOf(customerId, settings, userId)) {
        await limiterFor(points, seconds).reward(key, events);
      }
    },
  };
}

/** A limit per address: /auth/token, logins, failed authentication. */
export interface AddressLimit {
  /** @throws RateLimitError */
  take(address: string): Promise<RateLimitState>;
  /** Counts nothing. @throws RateLimitError when the limit has been reached already */
  check(address: string): Promise<void>;
  /** What was taken did not count after all. */
  giveBack(address: string): Promise<void>;
}

export function createAddressLimit(perMinute: number, what: string): AddressLimit {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  return {
    async take(address) {
      const state = await consume(limiter, toNetwork(address), 1);
      if (!state.allowed) throw new RateLimitError(state, what);
      return state;
    },
    async check(address) {
      const result = await limiter.get(toNetwork(address));
      if (result === null || result.consumedPoints < limiter.points) return;
      throw new RateLimitError(toState(limiter.points, result), what);
    },
    async giveBack(address) {
      await limiter.reward(toNetwork(address), 1);
    },
  };
}

/** One machine may call itself by any of the 2^64 addresses of its IPv6 network: they count as one. */
export function toNetwork(address: string): string {
  if (!isIPv6(address)) return address;
  const [start = '', end] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const left = groups(start);
  const right = end === undefined ? [] : groups(end);
  // An IPv4 address at the end stands for two groups.
  const rightLength = right.length + (right.at(-1)?.includes('.') === true ? 1 : 0);
  const zeros = Array<string>(Math.max(0, end === undefined ? 0 : 8 - left.length - rightLength)).fill('0');
  const network = [...left, ...zeros, ...right].slice(0, 4);
  return `${network.map((group) => parseInt(group, 16).toString(16)).join(':')}::/64`;
}

async function consume(
  limiter: RateLimiterMemory,
  key: string,
  points: number,
): Promise<RateLimitState & { readonly allowed: boolean }> {
  try {
    return { allowed: true, ...toState(limiter.points, await limiter.consume(key, points)) };
  } catch (thrown) {
    if (thrown instanceof RateLimiterRes) return { allowed: false, ...toState(limiter.points, thrown) };
    throw thrown;
  }
}

function toState(limit: number, result: RateLimiterRes): RateLimitState {
  return {
    limit,
    remaining: Math.max(0, result.remainingPoints),
    resetSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
  };
}
