import { randomUUID } from 'node:crypto';
import type * as Electron from 'electron';
import type { ElectronApplication } from 'playwright-core';

/** More in a row would not be bad luck. */
const mostLostAnswers = 5;

/**
 * Runs `work` once in the app's main process and returns what it returns. V8 now and then collects the promise
 * of an answer before Playwright has it ("garbage collected", "context was destroyed" since Electron 27): so the
 * answer is kept over there, and asked for again.
 */
export async function inMain<Result, Arg = undefined>(
  app: ElectronApplication,
  work: (electron: typeof Electron, arg: Arg) => Result,
  arg?: Arg,
): Promise<Awaited<Result>> {
  const call = { id: randomUUID(), source: work.toString(), arg };
  for (let lost = 0; ; lost += 1) {
    try {
      return (await app.evaluate((electron, { id, source, arg: given }) => {
        const holder = globalThis as { answersOfMain?: Map<string, unknown> };
        const answers = (holder.answersOfMain ??= new Map<string, unknown>());
        if (!answers.has(id)) {
          const run = (0, eval)(`(${source})`) as (electron: unknown, given: unknown) => unknown;
          answers.set(id, run(electron, given));
        }
        return answers.get(id);
      }, call)) as Awaited<Result>;
    } catch (thrown) {
      const isLost = /garbage collected|context was destroyed/.test(String(thrown));
      if (!isLost || lost >= mostLostAnswers) throw thrown;
    }
  }
}
