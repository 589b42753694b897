import { NoAnswerError } from '../errors';

/**
 * What the work resolves with; it goes on when it is late. A question that nobody waits for any more does not keep
 * the process alive.
 * @throws what it throws; NoAnswerError after `ms`
 */
export function withTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
  return raceAgainst(work, ms, (timer) => timer.unref());
}

/** Whether `work` succeeded within that time; it goes on if not. Never throws. */
export function answersInTime(work: Promise<unknown>, ms: number): Promise<boolean> {
  return succeeds(withTimeout(work, ms));
}

/**
 * Waits until `work` is over, however it ends, but no longer than that; it goes on. The process lives as long: what
 * comes after belongs to an orderly stop.
 */
export async function waitAtMost(work: Promise<unknown>, ms: number): Promise<void> {
  await succeeds(raceAgainst(work, ms));
}

async function raceAgainst<T>(
  work: Promise<T>,
  ms: number,
  onTimer: (timer: NodeJS.Timeout) => void = () => undefined,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new NoAnswerError(ms)), ms);
    onTimer(timer);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
