import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node';
import { isCi } from './is-ci';

/** Closes a run of any number of tiers with one plain line that any CI can read. */
export default class PlainSummaryReporter implements Reporter {
  private testNamePattern: RegExp | undefined;

  onInit(vitest: Vitest): void {
    this.testNamePattern = vitest.config.testNamePattern;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    // Of global set-up, for one: no test has run then.
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) counts[outcomeOf(test)] += 1;
      // A file that cannot even be loaded has no tests to count.
      if (module.state() === 'failed' && module.errors().length > 0) counts.failed += 1;
    }
    if (isCi && this.testNamePattern === undefined) {
      for (const tier of findSkippedTiers(modules)) {
        console.error(`\nEvery test of the tier ${tier.name} was skipped: ${tier.reasons.join('; ')}`);
        counts.failed += 1;
        process.exitCode = 1;
      }
    }
    console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  }
}

function outcomeOf(test: TestCase): 'passed' | 'failed' | 'skipped' {
  const { state } = test.result();
  return state === 'pending' ? 'skipped' : state;
}

interface SkippedTier {
  readonly name: string;
  /** names of the suites: they say what is missing */
  readonly reasons: readonly string[];
}

function findSkippedTiers(modules: readonly TestModule[]): SkippedTier[] {
  const names = new Set(modules.map((module) => module.project.name));
  return [...names].flatMap((name) => {
    const ofTier = modules.filter((module) => module.project.name === name);
    if (!ofTier.every(isSkipped)) return [];
    return [{ name, reasons: ofTier.flatMap(({ children }) => [...children.suites()].map(nameOf)) }];
  });
}

const nameOf = (suite: TestSuite): string => suite.name;

function isSkipped(module: TestModule): boolean {
  const tests = [...module.children.allTests()];
  return tests.length > 0 && tests.every((test) => outcomeOf(test) === 'skipped');
}
