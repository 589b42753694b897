import type { Page } from 'playwright-core';
import { findAccessProblems, fitsSideways, takeScreenshots } from './open-console';

/** Looks at what the page shows now, and keeps what is wrong with it: judged at the end of a test file. */
export interface Look {
  (name: string): Promise<void>;
  /** what axe found serious, and what does not fit; empty when all is well */
  readonly problems: readonly string[];
}

/** What every page has to be: readable for everybody, within the smallest window. `room` begins the pictures' names. */
export function createLook(page: Page, room: string): Look {
  const problems: string[] = [];
  const look = async (name: string) => {
    // Nothing is under the pointer, and nothing fades in or out.
    await page.mouse.move(0, 0);
    await untilStill(page);
    problems.push(...(await findAccessProblems(page)).map((problem) => `${name}: ${problem}`));
    if (!(await fitsSideways(page))) problems.push(`${name}: has to be scrolled sideways`);
    await takeScreenshots(page, `${room}-${name}`);
  };
  return Object.assign(look, { problems });
}

/** Colours of what still fades are nobody's choice: what has an end is awaited. */
async function untilStill(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    const ending = () => document.getAnimations().filter((one) =>
      one.playState === 'running' && one.effect?.getComputedTiming().endTime !== Infinity);
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    await Promise.allSettled(ending().map((one) => one.finished));
  })()`);
}
