/** A place in a tenant's line. */
export interface Turn {
  /** Resolves when so few of those before are still there that this one may go, too. */
  readonly come: Promise<void>;
  /**
   * Waits until no other turn of the tenant has `what`, and keeps it until this one leaves. Whoever takes
   * several takes them in the same order as everybody else.
   */
  take(what: string): Promise<void>;
  /** Lets the next one go; must be called, whatever happened, and once. */
  leave(): void;
}

export interface SendSlots {
  /**
   * Takes a place at once: the order of these calls is the order of the turns. Two to the same recipient never
   * have theirs at a time.
   * @param atOnce how many may have their turn at a time, this one among them
   */
  enter(customerId: string, place: { readonly recipient: string; readonly atOnce: number }): Turn;
  isBusy(customerId: string): boolean;
}

interface Place {
  readonly recipient: string;
  readonly atOnce: number;
  readonly admit: () => void;
}

interface Line {
  readonly waiting: Place[];
  readonly admitted: Set<Place>;
  /** what was taken → when whoever came last for it leaves */
  readonly taken: Map<string, Promise<void>>;
}

/** A line for each tenant, in the order they came; what comes before a turn may overlap. */
export function createSendSlots(): SendSlots {
  const lines = new Map<string, Line>();

  function admitNext(line: Line): void {
    for (;;) {
      const [head] = line.waiting;
      if (!head || line.admitted.size >= head.atOnce) return;
      for (const { recipient } of line.admitted) if (recipient === head.recipient) return;
      line.waiting.shift();
      line.admitted.add(head);
      head.admit();
    }
  }

  return {
    enter(customerId, { recipient, atOnce }) {
      const line: Line = lines.get(customerId) ?? { waiting: [], admitted: new Set(), taken: new Map() };
      lines.set(customerId, line);
      let admit: () => void = () => undefined;
      const come = new Promise<void>((resolve) => (admit = resolve));
      let release: () => void = () => undefined;
      const left = new Promise<void>((resolve) => (release = resolve));
      const place = { recipient, atOnce, admit };
      line.waiting.push(place);
      admitNext(line);
      return {
        come,
        take(what) {
          const before = line.taken.get(what) ?? Promise.resolve();
          line.taken.set(what, left);
          return before;
        },
        leave() {
          // One that gives up before its turn goes out of the line, and those before it stay before the next.
          if (!line.admitted.delete(place)) line.waiting.splice(line.waiting.indexOf(place), 1);
          release();
          for (const [what, until] of line.taken) if (until === left) line.taken.delete(what);
          admitNext(line);
          if (line.admitted.size === 0 && line.waiting.length === 0) lines.delete(customerId);
        },
      };
    },
    isBusy: (customerId) => lines.has(customerId),
  };
}
