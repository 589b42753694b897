/** Failures in a row, with nothing getting through, before a channel counts as away. */
const failuresToOpen = 5;
const firstProbeAfterMs = 2_000;
const longestProbeAfterMs = 60_000;

/**
 * Keeps a dead server from burning the retries of a thousand messages: once it counts as away, one message at
 * a time probes it, at growing intervals, and the others wait without spending attempts.
 */
export interface CircuitBreaker {
  /** `closed`: send; `probing`: one message may try; `open`: nothing leaves before `probeInMs()` */
  state(): 'closed' | 'open' | 'probing';
  /** ms until a probe may leave; 0 when closed or probing */
  probeInMs(): number;
  /** When the channel was first found away (epoch, ms); undefined while closed. */
  openSinceMs(): number | undefined;
  recordSuccess(): void;
  /**
   * A failure that says that nothing would pass now.
   * @param isCertain one is enough: the other side said so itself
   */
  recordUnavailable(isCertain?: boolean): void;
}

export function createCircuitBreaker(clock: () => number = Date.now): CircuitBreaker {
  let failuresInARow = 0;
  let openSince: number | undefined;
  let probeAfterMs = firstProbeAfterMs;
  let nextProbeAt = 0;

  return {
    state: () => (openSince === undefined ? 'closed' : clock() < nextProbeAt ? 'open' : 'probing'),
    probeInMs: () => (openSince === undefined ? 0 : Math.max(0, nextProbeAt - clock())),
    openSinceMs: () => openSince,
    recordSuccess() {
      failuresInARow = 0;
      openSince = undefined;
      probeAfterMs = firstProbeAfterMs;
    },
    recordUnavailable(isCertain = false) {
      failuresInARow = isCertain ? Math.max(failuresInARow + 1, failuresToOpen) : failuresInARow + 1;
      if (failuresInARow < failuresToOpen) return;
      if (openSince !== undefined) {
        // Messages that were already under way fail together: only a probe moves the next one further out.
        if (clock() < nextProbeAt) return;
        probeAfterMs = Math.min(probeAfterMs * 2, longestProbeAfterMs);
      }
      openSince ??= clock();
      nextProbeAt = clock() + probeAfterMs;
    },
  };
}
