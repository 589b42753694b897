/** What a session waits for, one timer each. */
type SessionTimer = 'ready' | 'offer' | 'poll' | 'health' | 'stable' | 'retry';

export interface SessionTimers {
  /** Restarts a timer; the one of the same name is gone. */
  set(name: SessionTimer, delayMs: number, work: () => void): void;
  /** Takes these off, or all. */
  clear(...names: readonly SessionTimer[]): void;
  has(name: SessionTimer): boolean;
}

export function createSessionTimers(): SessionTimers {
  const timers = new Map<SessionTimer, NodeJS.Timeout>();
  function clear(...names: readonly SessionTimer[]): void {
    for (const name of names.length > 0 ? names : [...timers.keys()]) {
      clearTimeout(timers.get(name));
      timers.delete(name);
    }
  }
  return {
    set(name, delayMs, work) {
      clear(name);
      timers.set(
        name,
        setTimeout(() => {
          timers.delete(name);
          work();
        }, delayMs),
      );
    },
    clear,
    has: (name) => timers.has(name),
  };
}
