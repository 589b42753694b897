/** A client that does not slow down for so many refusals is ended. */
const refusalsUntilEnd = 500;

export interface MessageRefusal {
  readonly retryAfterSeconds: number;
  /** of refusals without a pause between them */
  readonly refusals: number;
  /** it does not stop: end it */
  readonly isFlood: boolean;
}

/**
 * A token bucket for the messages of one socket, as large as what it may send in a minute.
 * @param now ms
 * @returns what takes one: undefined when it may pass
 */
export function createMessageBucket(
  perMinute: () => number,
  now: () => number = () => performance.now(),
): () => MessageRefusal | undefined {
  let level = perMinute();
  let filledAt = now();
  let refusals = 0;
  return () => {
    const limit = perMinute();
    const at = now();
    level = Math.min(limit, level + ((at - filledAt) / 60_000) * limit);
    filledAt = at;
    if (level >= 1) {
      level -= 1;
      // What trickles back while a flood goes on forgives nothing.
      if (level > limit / 2) refusals = 0;
      return undefined;
    }
    refusals += 1;
    return {
      retryAfterSeconds: Math.max(1, Math.ceil((60 / limit) * refusals)),
      refusals,
      isFlood: refusals >= refusalsUntilEnd,
    };
  };
}
