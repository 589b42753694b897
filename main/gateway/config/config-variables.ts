import { logLevels } from '../observability/logger';
import {
  parseFolder,
  parseOneOf,
  parseSecret,
  parseText,
  parseWholeNumber,
  splitShellWords,
} from './config-values';
import type { ConfigurationVariable } from './variables/configuration-variable';
import { databaseVariables } from './variables/database-variables';
import { emailVariables } from './variables/email-variables';
import { networkVariables } from './variables/network-variables';
import { securityVariables } from './variables/security-variables';

export type { ConfigurationVariable } from './variables/configuration-variable';

/** Every variable of the environment, in the order in which docs/configuration.md and the console print them. */
export const configurationVariables = {
  ...networkVariables,
  ...databaseVariables,
  ...securityVariables,
  ...emailVariables,
  PUPPETEER_EXECUTABLE_PATH: {
    group: 'whatsapp',
    description: 'The Chrome, Chromium or Edge that WhatsApp runs in.',
    allowed: 'the path of a program',
    default: 'found where browsers usually are',
    parse: parseText(1_000),
  },
  WHATSAPP_SESSION_TIMEOUT: {
    group: 'whatsapp',
    description: 'How long a WhatsApp code is offered before the browser is put away, in milliseconds.',
    allowed: 'a whole number of milliseconds from 1000 to 86400000',
    default: '300000',
    parse: parseWholeNumber(1_000, 86_400_000),
  },
  WHATSAPP_BROWSER_ARGS: {
    group: 'whatsapp',
    description: 'Further arguments for that browser, split as a shell splits words.',
    allowed: 'words, with quotes that are closed',
    default: 'not set',
    parse: splitShellWords,
  },
  WHATSAPP_OFFICE_CONTACTS_PER_DAY: {
    group: 'whatsapp',
    description:
      'How many people the office number may write to for the first time each day, across all tenants.',
    allowed: 'a whole number from 0 to 10000; 0 for no limit',
    default: '50',
    parse: parseWholeNumber(0, 10_000),
  },
  GATEWAY_DATA_DIR: {
    group: 'data',
    description: 'The folder of databases, logs, keys and WhatsApp sessions.',
    allowed: 'the path of a folder',
    default: "the user's own data folder, such as ~/.local/share/modular-gateway",
    parse: parseText(1_000),
  },
  GATEWAY_SHARED_DIR: {
    group: 'data',
    description: 'The folder for WhatsApp logins when several gateways share one database server.',
    allowed: 'the absolute path of a folder',
    default: 'not set: logins are kept in GATEWAY_DATA_DIR',
    parse: parseFolder,
  },
  GATEWAY_BACKUP_FOLDER: {
    group: 'data',
    description: 'Where a backup is put every day: another disk, or a folder that is copied away.',
    allowed: 'the absolute path of a folder',
    default: 'not set: backups are made when somebody asks for one',
    parse: parseFolder,
  },
  GATEWAY_BACKUPS_KEPT: {
    group: 'data',
    description: 'How many of the daily backups are kept.',
    allowed: 'a whole number from 1 to 1000',
    default: '7',
    parse: parseWholeNumber(1, 1_000),
  },
  GATEWAY_BACKUP_PASSPHRASE: {
    group: 'data',
    description:
      'Encrypts every backup that is made, and opens those that are restored. Keep it elsewhere, too.',
    allowed: 'at least 10 characters',
    default: 'not set: backups are not encrypted',
    secret: true,
    verbatim: true,
    parse: parseSecret(10),
  },
  GATEWAY_RETENTION_DAYS: {
    group: 'data',
    description: 'How long events that are done are kept, with their messages; what waits is never deleted.',
    allowed: 'a whole number of days from 1 to 36500, or 0 for ever',
    default: '0: for ever',
    parse: parseWholeNumber(0, 36_500),
  },
  LOG_LEVEL: {
    group: 'logging',
    description: 'How much is logged.',
    allowed: logLevels.join(', '),
    default: 'info',
    parse: parseOneOf(logLevels),
  },
} satisfies Record<string, ConfigurationVariable>;

export type ConfigurationVariableName = keyof typeof configurationVariables;
