/** Work of which one run at a time is under way. */
export interface SingleFlight<T> {
  /** Begins a run, or joins the one that is under way. */
  run(): Promise<T>;
  /** the run that is under way */
  readonly running: Promise<T> | undefined;
}

/** Whoever asks while the work runs gets that run. */
export function createSingleFlight<T>(work: () => Promise<T>): SingleFlight<T> {
  let running: Promise<T> | undefined;

  return {
    run() {
      running ??= begin(work).finally(() => {
        running = undefined;
      });
      return running;
    },
    get running() {
      return running;
    },
  };
}

/**
 * Whoever asks while the work runs may want what came after it began: the work runs once more, and all who asked
 * wait for that. A run that throws ends the flight.
 */
export function createRepeatedFlight(work: () => Promise<void>): SingleFlight<void> {
  let isWanted = false;
  let running: Promise<void> | undefined;

  async function runWhileWanted(): Promise<void> {
    try {
      while (isWanted) {
        isWanted = false;
        await begin(work);
      }
    } finally {
      // In one go with the last look at what is wanted: a call in between would be lost.
      running = undefined;
    }
  }

  return {
    run() {
      isWanted = true;
      running ??= runWhileWanted();
      return running;
    },
    get running() {
      return running;
    },
  };
}

/** Work that throws before its first wait rejects, too. */
async function begin<T>(work: () => Promise<T>): Promise<T> {
  return work();
}

/** The same for work on many things at once: one run at a time for each key. */
export function createKeyedFlight<T>(): (key: string, work: () => Promise<T>) => Promise<T> {
  const flights = new Map<string, Promise<T>>();
  return (key, work) => {
    const running = flights.get(key);
    if (running) return running;
    const flight = work().finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  };
}
