import { existsSync, readFileSync } from 'node:fs';
import { format } from 'prettier';
import { expect, it } from 'vitest';
import { withConfigurationTable } from './support/configuration-table';

it("has docs/configuration.md's table of the environment as the code has it (npm run docs:configuration)", async () => {
  const page = readFileSync('docs/configuration.md', 'utf8');
  const formatted = await format(withConfigurationTable(page), { parser: 'markdown', printWidth: 110 });
  expect(page).toBe(formatted);
});

it('keeps README short, and its links alive', () => {
  const readme = readFileSync('README.md', 'utf8');
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(180);
  const targets = [...readme.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, target = '']) => target);
  expect(targets.length).toBeGreaterThan(20);
  expect(targets.filter((target) => !existsSync(target))).toEqual([]);
});
