/** The part of Node's timers that says whether one is still to run. */
interface WatchedTimer {
  hasRef(): boolean;
  readonly _destroyed: boolean;
}

const watched = new Map<WatchedTimer, Error>();
let sizeAfterSweep = 0;

function sweep(): void {
  for (const timer of watched.keys()) if (timer._destroyed) watched.delete(timer);
  sizeAfterSweep = watched.size;
}

/** Node has no list of its timers: those that are set by the globals from now on are remembered. */
export function watchTimers(): void {
  for (const name of ['setTimeout', 'setInterval'] as const) {
    const original = globalThis[name] as (...args: unknown[]) => NodeJS.Timeout;
    const watching = (...args: unknown[]) => {
      const timer = original(...args);
      watched.set(timer as unknown as WatchedTimer, new Error());
      if (watched.size > sizeAfterSweep + 1_000) sweep();
      return timer;
    };
    // util.promisify finds its own version of setTimeout by a property.
    Object.defineProperties(watching, Object.getOwnPropertyDescriptors(original));
    Object.assign(globalThis, { [name]: watching });
  }
}

/** Where the timers were set that still keep the process alive. */
export function findRunningTimers(): string[] {
  sweep();
  return [...watched]
    .filter(([timer]) => timer.hasRef())
    .map(([, error]) => error.stack?.split('\n')[2]?.trim() ?? '');
}
