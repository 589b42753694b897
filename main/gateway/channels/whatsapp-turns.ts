/** A place in a tenant's line. */
export interface Turn {
  /** Resolves when everybody before has left. */
  readonly come: Promise<void>;
  /** Lets the next one go; must be called, whatever happened. */
  leave(): void;
}

export interface SendingTurns {
  /** Takes a place at once: the order of these calls is the order of the turns. */
  enter(customerId: string): Turn;
  isBusy(customerId: string): boolean;
}

/** One at a time for each tenant, in the order they came; what comes before a turn may overlap. */
export function createSendingTurns(): SendingTurns {
  const lines = new Map<string, { last: Promise<void>; waiting: number }>();
  return {
    enter(customerId) {
      const line = lines.get(customerId) ?? { last: Promise.resolve(), waiting: 0 };
      lines.set(customerId, line);
      const come = line.last;
      let release: () => void = () => undefined;
      line.last = new Promise((resolve) => (release = resolve));
      line.waiting += 1;
      return {
        come,
        leave() {
          release();
          line.waiting -= 1;
          if (line.waiting === 0) lines.delete(customerId);
        },
      };
    },
    isBusy: (customerId) => lines.has(customerId),
  };
}
