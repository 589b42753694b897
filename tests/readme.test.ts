import { readFileSync } from 'node:fs';
import { format } from 'prettier';
import { expect, it } from 'vitest';
import { withConfigurationTable } from './support/configuration-table';

it("README's table of the environment is the code's (npm run docs:configuration)", async () => {
  const readme = readFileSync('README.md', 'utf8');
  const formatted = await format(withConfigurationTable(readme), { parser: 'markdown', printWidth: 110 });
  expect(readme).toBe(formatted);
});
