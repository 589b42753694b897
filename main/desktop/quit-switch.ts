import type { App } from 'electron';

/** Ends the app that runs on this data folder, in order: for `npm start`, installers and updates. */
export const quitSwitch = '--quit';

const askEveryMs = 250;
/** A stop takes at most 10 s by contract. */
const patienceMs = 15_000;

/**
 * The role of a second start with `--quit`: the first one is asked to end, and its end waited for. Exits 0 when none
 * runs any more, 1 when it goes on running.
 * @returns whether this start has that role
 */
export function quitRunningApp(
  app: Pick<App, 'requestSingleInstanceLock' | 'releaseSingleInstanceLock' | 'exit'>,
  argv: readonly string[],
): boolean {
  if (!argv.includes(quitSwitch)) return false;
  const deadline = performance.now() + patienceMs;
  const ask = () => {
    // Asking for the lock is what tells the first one of us, and having it is what tells us of its end.
    if (app.requestSingleInstanceLock()) {
      app.releaseSingleInstanceLock();
      app.exit(0);
    } else if (performance.now() > deadline) app.exit(1);
    else setTimeout(ask, askEveryMs);
  };
  ask();
  return true;
}
