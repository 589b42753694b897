import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createHealthWatch } from '../../main/gateway/whatsapp/health-watch';
import { defaultSessionConfig } from '../../main/gateway/whatsapp/session-config';
import type { SessionParts } from '../../main/gateway/whatsapp/session-parts';
import { createSessionTimers } from '../../main/gateway/whatsapp/session-timers';
import { TransportTimeoutError } from '../../main/gateway/whatsapp/whatsapp-transport';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const { healthIntervalMs, offlineToleranceMs } = defaultSessionConfig;

/** A ready session; `answer` is what its page says of itself. */
function watch(answer: () => Promise<string | null>) {
  const failures: string[] = [];
  const connection = { getState: answer };
  const health = createHealthWatch(
    {
      config: defaultSessionConfig,
      record: { state: { status: 'ready' }, change: () => undefined },
      timers: createSessionTimers(),
      current: () => connection,
      isSuspended: () => false,
      fail: (reason: string) => failures.push(reason),
      expectReady: () => undefined,
    } as unknown as SessionParts,
    () => failures.push('unpaired'),
  );
  health.start();
  return failures;
}

it('an error of the page is looked at again: it may be the last word of one that loads anew', async () => {
  const answers = [() => Promise.reject(new Error('Execution context was destroyed.'))];
  const ask = vi.fn(() => (answers.shift() ?? (() => Promise.resolve('CONNECTED')))());
  const failures = watch(ask);
  await vi.advanceTimersByTimeAsync(healthIntervalMs * 10 + offlineToleranceMs);
  expect(ask.mock.calls.length).toBeGreaterThan(10);
  expect(failures).toEqual([]);
});

it('a page that goes on answering with errors is restarted when the tolerance is over', async () => {
  const failures = watch(() => Promise.reject(new Error('WhatsApp broke')));
  await vi.advanceTimersByTimeAsync(offlineToleranceMs);
  expect(failures).toEqual([]);
  await vi.advanceTimersByTimeAsync(healthIntervalMs);
  expect(failures).toEqual(['WhatsApp has not been connected for a while (no state).']);
});

it('connected in between, the tolerance starts anew', async () => {
  let state = 'OPENING';
  const failures = watch(() => Promise.resolve(state));
  // Together longer than the tolerance, each of them shorter.
  for (state of ['OPENING', 'CONNECTED', 'TIMEOUT', 'CONNECTED', 'OPENING']) {
    await vi.advanceTimersByTimeAsync(offlineToleranceMs - healthIntervalMs);
  }
  expect(failures).toEqual([]);
  await vi.advanceTimersByTimeAsync(2 * healthIntervalMs);
  expect(failures).toEqual(['WhatsApp has not been connected for a while (OPENING).']);
});

it('a page that does not answer is restarted at once', async () => {
  const failures = watch(() => Promise.reject(new TransportTimeoutError('WhatsApp did not answer.')));
  await vi.advanceTimersByTimeAsync(healthIntervalMs);
  expect(failures).toEqual(['WhatsApp did not answer.']);
});
