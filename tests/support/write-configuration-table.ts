import { readFileSync, writeFileSync } from 'node:fs';
import { withConfigurationTable } from './configuration-table';

/** `npm run docs:configuration`: brings the table of docs/configuration.md up to date. */
writeFileSync('docs/configuration.md', withConfigurationTable(readFileSync('docs/configuration.md', 'utf8')));
