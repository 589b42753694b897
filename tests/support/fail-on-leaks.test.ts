import { execFile } from 'node:child_process';
import { basename, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';

interface FileResult {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly { readonly status: string }[];
}

describe('a test file', () => {
  let results: Map<string, FileResult>;

  beforeAll(async () => {
    const vitest = resolve('node_modules/vitest/vitest.mjs');
    const config = 'tests/support/leak-fixtures/vitest.config.ts';
    const output = await new Promise<string>((done) => {
      // It ends with an error: that is the point.
      execFile(
        process.execPath,
        [vitest, 'run', '--config', config, '--reporter', 'json'],
        (_error, stdout) => done(stdout),
      );
    });
    const report = JSON.parse(output) as { testResults: FileResult[] };
    results = new Map(report.testResults.map((file) => [basename(file.name, '.fixture.ts'), file]));
  });

  test('that closes what it opens passes', () => {
    expect(results.get('clean')).toMatchObject({ status: 'passed' });
  });

  test.each([
    { fixture: 'server', leak: /left open: listening server .*127\.0\.0\.1/ },
    {
      fixture: 'process-and-timer',
      leak: /left open: child process \d+: .*setTimeout.*; timer set at .*process-and-timer/,
    },
    { fixture: 'rejection', leak: /unhandled rejection: Error: nobody caught this/ },
  ])('that leaks fails, though its tests pass, and says what it was: $fixture', ({ fixture, leak }) => {
    const result = results.get(fixture);
    expect(result).toMatchObject({ status: 'failed', assertionResults: [{ status: 'passed' }] });
    expect(result?.message).toMatch(leak);
  });
});
