import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TestModule, Vitest } from 'vitest/node';

type State = 'passed' | 'failed' | 'skipped' | 'pending';

function makeModule(tier: string, states: readonly State[], errors: readonly object[] = []): TestModule {
  return {
    project: { name: tier },
    children: {
      allTests: () => states.map((state) => ({ result: () => ({ state }) })),
      suites: () => [{ name: `suite of ${tier}` }],
    },
    state: () => (errors.length > 0 || states.includes('failed') ? 'failed' : 'passed'),
    errors: () => errors,
  } as unknown as TestModule;
}

let printed: string[];

beforeEach(() => {
  printed = [];
  vi.resetModules();
  for (const name of ['log', 'error'] as const) {
    vi.spyOn(console, name).mockImplementation((line: string) => printed.push(line.trim()));
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

async function report(
  modules: readonly TestModule[],
  ci: string,
  testNamePattern?: RegExp,
  unhandledErrors: Error[] = [],
) {
  vi.stubEnv('CI', ci);
  const exitCode = process.exitCode;
  const { default: PlainSummaryReporter } = await import('./plain-summary-reporter');
  const reporter = new PlainSummaryReporter();
  reporter.onInit({ config: { testNamePattern } } as unknown as Vitest);
  reporter.onTestRunEnd(modules, unhandledErrors);
  const changed = process.exitCode;
  process.exitCode = exitCode;
  return changed;
}

describe('the closing line of a run', () => {
  test('counts the tests of all tiers together', async () => {
    await report(
      [
        makeModule('unit', ['passed', 'passed', 'failed']),
        makeModule('database', ['passed', 'skipped', 'pending']),
      ],
      '',
    );
    expect(printed).toEqual(['3 passed, 1 failed, 2 skipped']);
  });

  test('counts a file that cannot be loaded as a failure', async () => {
    await report([makeModule('unit', [], [new Error('no such module')]), makeModule('unit', ['passed'])], '');
    expect(printed).toEqual(['1 passed, 1 failed, 0 skipped']);
  });
});

test('a fault outside of all tests is a failure', async () => {
  await report([], '', undefined, [new Error('chromium is missing')]);
  expect(printed).toEqual(['0 passed, 1 failed, 0 skipped']);
});

describe('a tier of which everything was skipped', () => {
  const modules = [makeModule('unit', ['passed']), makeModule('electron', ['skipped', 'pending'])];

  test('is a failure in CI, with what was skipped', async () => {
    expect(await report(modules, 'true')).toBe(1);
    expect(printed).toEqual([
      'Every test of the tier electron was skipped: suite of electron',
      '1 passed, 1 failed, 2 skipped',
    ]);
  });

  test.each(['', 'false', '0'])('is none at home (CI=%j)', async (ci) => {
    expect(await report(modules, ci)).not.toBe(1);
    expect(printed).toEqual(['1 passed, 0 failed, 2 skipped']);
  });

  test('is none where only some tests were asked for by name', async () => {
    expect(await report(modules, 'true', /one of them/)).not.toBe(1);
    expect(printed).toEqual(['1 passed, 0 failed, 2 skipped']);
  });

  test('is not one with a test that ran', async () => {
    expect(
      await report([makeModule('electron', ['skipped']), makeModule('electron', ['passed'])], 'true'),
    ).not.toBe(1);
  });
});
