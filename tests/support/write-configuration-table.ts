import { readFileSync, writeFileSync } from 'node:fs';
import { withConfigurationTable } from './configuration-table';

/** `npm run docs:configuration`: brings README's table up to date. */
writeFileSync('README.md', withConfigurationTable(readFileSync('README.md', 'utf8')));
