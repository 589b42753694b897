import { NoAnswerError } from '../errors';

/** What the work resolves with; it goes on when it is late. @throws what it throws; NoAnswerError after `ms` */
export async function withTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new NoAnswerError(ms)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether `work` succeeded within that time; it goes on if not. Never throws. */
export async function answersInTime(work: Promise<unknown>, ms: number): Promise<boolean> {
  return withTimeout(work, ms).then(
    () => true,
    () => false,
  );
}

/** Waits until `work` is over, however it ends, but no longer than that; it goes on. */
export async function waitAtMost(work: Promise<unknown>, ms: number): Promise<void> {
  await answersInTime(work, ms);
}
