const largestClaim = 128;
/** Claims that follow each other faster than this were too small, slower than ten times this too large. */
const wantedSpanMs = 200;

/** How many deliveries a lane claims at a time: many on a fast channel; on a slow one few wait in memory. */
export interface ClaimSize {
  current(): number;
  /** A claim was made: the time since the one before decides how large the next may be. */
  noteClaim(): void;
}

export function createClaimSize(channelConcurrency: number, clock: () => number = Date.now): ClaimSize {
  const smallest = channelConcurrency * 2;
  let size = smallest;
  let lastClaimAtMs = 0;

  return {
    current: () => size,
    noteClaim() {
      const spanMs = clock() - lastClaimAtMs;
      lastClaimAtMs = clock();
      if (spanMs < wantedSpanMs) size = Math.min(size * 2, largestClaim);
      else if (spanMs > wantedSpanMs * 10) size = smallest;
    },
  };
}
