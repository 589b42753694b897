/** Node fires a timer of more than 2^31 ms at once. */
const longestTimerMs = 2 ** 31 - 1;

/** One alarm for many reasons to wake up: the earliest wins, and whoever wakes asks for the next. */
export interface WakeTimer {
  wakeIn(ms: number): void;
  /** Takes the alarm off for good. */
  stop(): void;
}

export function createWakeTimer(wake: () => void): WakeTimer {
  let timer: NodeJS.Timeout | undefined;
  let wakesAtMs = Infinity;
  let isStopped = false;

  return {
    wakeIn(ms) {
      const delayMs = Math.max(0, ms);
      const atMs = Date.now() + delayMs;
      if (isStopped || atMs >= wakesAtMs) return;
      clearTimeout(timer);
      wakesAtMs = atMs;
      timer = setTimeout(
        () => {
          wakesAtMs = Infinity;
          wake();
        },
        Math.min(delayMs, longestTimerMs),
      );
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
