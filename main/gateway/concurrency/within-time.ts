/** Whether `work` succeeded within that time; it goes on if not. Never throws. */
export async function answersInTime(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([
      work.then(
        () => true,
        () => false,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for `work`, but no longer than that; it goes on. */
export async function waitAtMost(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  await answersInTime(work, timeoutMs);
}
