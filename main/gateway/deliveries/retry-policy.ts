import type { TenantSettings } from '../../contracts/tenant-settings';

/** Each retry may wait four times as long as the one before: eight of them span a night (see docs/what-goes-out.md). */
const growthFactor = 4;
/** No wait is longer than this, so that a repaired server is noticed within the working day. */
const longestWaitMs = 6 * 60 * 60 * 1000;

export type RetrySettings = Pick<TenantSettings, 'max_retries' | 'first_retry_seconds'>;

/** The longest that retry number `retry` (1 is the first) may wait, in ms. */
export function longestRetryWaitMs(settings: RetrySettings, retry: number): number {
  return Math.min(settings.first_retry_seconds * 1000 * growthFactor ** (retry - 1), longestWaitMs);
}

/**
 * How long until retry number `retry`, in ms: exponential with full jitter, so that messages that failed
 * together do not come back together (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 * `undefined`: the retries are spent.
 */
export function nextRetryInMs(
  settings: RetrySettings,
  retry: number,
  options: { readonly notBeforeMs?: number; readonly random?: () => number } = {},
): number | undefined {
  if (retry > settings.max_retries) return undefined;
  const jittered = (options.random ?? Math.random)() * longestRetryWaitMs(settings, retry);
  // What the other side asked for (Retry-After) is a floor, within reason.
  return Math.max(jittered, Math.min(options.notBeforeMs ?? 0, longestWaitMs));
}

/** How long all the retries together may take, in ms: how long a message waits for a server that is away. */
export function retryWindowMs(settings: RetrySettings): number {
  let total = 0;
  for (let retry = 1; retry <= settings.max_retries; retry += 1) total += longestRetryWaitMs(settings, retry);
  return total;
}
