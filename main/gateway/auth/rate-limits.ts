import { isIPv6 } from 'node:net';
import type { TenantSettings } from '../../contracts/tenant-settings';
import { GatewayError } from '../errors';
import {
  createMemoryCounter,
  type LimitCounter,
  type LimitWindow,
  type RateLimitState,
} from './limit-windows';

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

/** In the order in which they are taken from. */
function windowsOf(
  customerId: string,
  settings: RateLimitSettings,
  userId: string | undefined,
): LimitWindow[] {
  const windows: LimitWindow[] = [
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

/** @param counter of the gateways together; by default this process counts for itself */
export function createEventLimits(counter: LimitCounter = createMemoryCounter()): EventLimits {
  return {
    async take(customerId, settings, userId, events) {
      const taken: LimitWindow[] = [];
      let last: RateLimitState | undefined;
      for (const window of windowsOf(customerId, settings, userId)) {
        const { allowed, ...state } = await counter.take(window, events);
        if (!allowed) {
          for (const earlier of taken) await counter.giveBack(earlier, events);
          throw new RateLimitError(state, window.what);
        }
        taken.push(window);
        last = state;
      }
      if (!last) throw new Error('a customer without a limit');
      return last;
    },
    async check(customerId, settings, userId) {
      for (const window of windowsOf(customerId, settings, userId)) await refuseWhenUsedUp(counter, window);
    },
    async giveBack(customerId, settings, userId, events) {
      for (const window of windowsOf(customerId, settings, userId)) await counter.giveBack(window, events);
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

/** @param counter of the gateways together; by default this process counts for itself */
export function createAddressLimit(
  perMinute: number,
  what: string,
  counter: LimitCounter = createMemoryCounter(),
): AddressLimit {
  const windowOf = (address: string) => ({ points: perMinute, seconds: 60, key: toNetwork(address), what });
  return {
    async take(address) {
      const { allowed, ...state } = await counter.take(windowOf(address), 1);
      if (!allowed) throw new RateLimitError(state, what);
      return state;
    },
    check: (address) => refuseWhenUsedUp(counter, windowOf(address)),
    giveBack: (address) => counter.giveBack(windowOf(address), 1),
  };
}

async function refuseWhenUsedUp(counter: LimitCounter, window: LimitWindow): Promise<void> {
  const state = await counter.look(window);
  if (state?.remaining === 0) throw new RateLimitError(state, window.what);
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
