import { logLevels } from '../observability/logger';
import {
  parseDatabaseHost,
  parseDatabaseName,
  parseDatabaseTemplate,
  parseEmailAddress,
  parseFlag,
  parseFolders,
  parseHost,
  parseHttpUrl,
  parseOneOf,
  parseOrigins,
  parseSecret,
  parseSigningSecret,
  parseText,
  parseTrustedSources,
  parseTrustProxy,
  parseWholeNumber,
  splitShellWords,
} from './config-values';

/** The sections of the settings page. */
export type ConfigurationGroup =
  'network' | 'database' | 'email' | 'whatsapp' | 'security' | 'data' | 'logging';

/** One variable of the environment: read by config.ts, printed by the README and the console. */
export interface ConfigurationVariable {
  readonly group: ConfigurationGroup;
  /** a sentence for people */
  readonly description: string;
  /** completes "it may hold …" */
  readonly allowed: string;
  /** what holds when it is not set, in words or as a value */
  readonly default: string;
  /** never shown */
  readonly secret?: true;
  /** Blanks at the ends are part of the value. */
  readonly verbatim?: true;
  /** @throws InvalidValue */
  readonly parse: (text: string) => unknown;
}

const port = 'a whole number from 1 to 65535';
const flag = 'true or false';
const text = 'a text without line breaks';

export const configurationVariables = {
  HOST: {
    group: 'network',
    description: 'The address that the gateway listens on.',
    allowed: 'a host name or an IP address',
    default: '0.0.0.0',
    parse: parseHost,
  },
  PORT: {
    group: 'network',
    description: 'The port that the gateway listens on.',
    allowed: 'a whole number from 0 to 65535 (0: any free port)',
    default: '3001',
    parse: parseWholeNumber(0, 65_535),
  },
  TLS: {
    group: 'network',
    description: 'https with a certificate that the gateway makes for itself; clients pin its fingerprint.',
    allowed: 'off, or self',
    default: 'off: http, unless TLS_CERT_FILE is set',
    parse: parseOneOf(['off', 'self']),
  },
  TLS_CERT_FILE: {
    group: 'network',
    description: 'https with your own certificate (PEM, with what stands between it and its authority).',
    allowed: 'the path of a file; TLS_KEY_FILE goes with it',
    default: 'not set: http, or the certificate of TLS=self',
    parse: parseText(1_000),
  },
  TLS_KEY_FILE: {
    group: 'network',
    description: 'The private key of TLS_CERT_FILE (PEM, without a password).',
    allowed: 'the path of a file; TLS_CERT_FILE goes with it',
    default: 'not set',
    parse: parseText(1_000),
  },
  GATEWAY_DATA_DIR: {
    group: 'data',
    description: 'The folder of databases, logs, keys and WhatsApp sessions.',
    allowed: 'the path of a folder',
    default: "the user's own data folder, such as ~/.local/share/modular-gateway",
    parse: parseText(1_000),
  },
  DB_HOST: {
    group: 'database',
    description: 'Your own PostgreSQL server. Not set: the gateway brings its own.',
    allowed: 'a host name, an IP address or the folder of a socket',
    default: 'not set: embedded PostgreSQL in GATEWAY_DATA_DIR',
    parse: parseDatabaseHost,
  },
  DB_PORT: {
    group: 'database',
    description: 'The port of the server at DB_HOST.',
    allowed: port,
    default: '5432',
    parse: parseWholeNumber(1, 65_535),
  },
  DB_NAME: {
    group: 'database',
    description: "The gateway's own system database on that server; made when it is not there.",
    allowed: 'a name of at most 63 characters, none of them ; / ? : @ & = + $ , # %',
    default: 'modular_gateway',
    parse: parseDatabaseName,
  },
  DB_USER: {
    group: 'database',
    description: 'The user of that server.',
    allowed: 'a name of at most 63 characters',
    default: 'postgres',
    parse: parseText(63),
  },
  DB_PASSWORD: {
    group: 'database',
    description: 'The password of that user.',
    allowed: text,
    default: 'empty',
    secret: true,
    verbatim: true,
    parse: parseText(1_000),
  },
  TENANT_DATABASE_TEMPLATE: {
    group: 'database',
    description: 'Where the databases of tenants are: adopted when they are there, else made.',
    allowed: 'a database name or a postgres:// address, with {customer_id} in it',
    default: 'not set: each tenant gets a database of its own',
    parse: parseDatabaseTemplate,
  },
  JWT_SECRET: {
    group: 'security',
    description: 'What tokens are signed with.',
    allowed: 'at least 16 characters that nobody can guess',
    default: 'made at first start and kept, encrypted',
    secret: true,
    verbatim: true,
    parse: parseSigningSecret(16),
  },
  GATEWAY_MASTER_KEY: {
    group: 'security',
    description: 'What stored passwords and secrets are encrypted with.',
    allowed: 'at least 16 characters that nobody can guess',
    default: 'a key file in GATEWAY_DATA_DIR, made at first use',
    secret: true,
    verbatim: true,
    parse: parseSigningSecret(16),
  },
  GATEWAY_METRICS_TOKEN: {
    group: 'security',
    description: 'Lets others than this machine read /metrics (Authorization: Bearer).',
    allowed: 'at least 16 characters that nobody can guess',
    default: 'not set: /metrics answers this machine only',
    secret: true,
    verbatim: true,
    parse: parseSecret(16),
  },
  GATEWAY_CONSOLE: {
    group: 'security',
    description: 'The console for browsers at /console, of a gateway without a window.',
    allowed: 'on or off',
    default: 'on',
    parse: parseFlag,
  },
  ALLOWED_ORIGINS: {
    group: 'security',
    description: 'The web pages that may talk to the gateway from a browser, besides its own.',
    allowed: 'origins such as https://shop.example.com, separated by commas, or *: every page',
    default: 'http://localhost:3000',
    parse: parseOrigins,
  },
  TRUSTED_SOURCES: {
    group: 'security',
    description: 'Addresses that may speak for a tenant without a key: 192.168.1.10=ACC003,10.0.0.0/8=*.',
    allowed: 'ADDRESS=CUSTOMER_ID or CIDR=CUSTOMER_ID (*: any tenant), separated by commas',
    default: 'not set: nobody',
    parse: parseTrustedSources,
  },
  GATEWAY_TRUST_PROXY: {
    group: 'security',
    description: 'The reverse proxies in front whose X-Forwarded-For is believed.',
    allowed: 'off, the number of proxies, or their addresses separated by commas',
    default: 'off',
    parse: parseTrustProxy,
  },
  SESSION_VERIFY_URL: {
    group: 'security',
    description: 'Where the PHP application says whether a session belongs to a user.',
    allowed: 'an http or https address',
    default: 'not set: sessions are not accepted',
    parse: parseHttpUrl,
  },
  GATEWAY_UPDATE_URL: {
    group: 'network',
    description: 'Where the installed desktop app looks for updates: the folder of a web server.',
    allowed: 'an http or https address',
    default: 'not set: it never looks',
    parse: parseHttpUrl,
  },
  GATEWAY_DOCUMENT_FOLDERS: {
    group: 'security',
    description: 'The folders that document_path may name files in.',
    allowed: 'absolute paths, separated by commas',
    default: 'not set: document_path is refused',
    parse: parseFolders,
  },
  SYSTEM_SMTP_HOST: {
    group: 'email',
    description: 'The mail server for tenants without one of their own.',
    allowed: 'a host name or an IP address',
    default: 'not set: such tenants send no email',
    parse: parseHost,
  },
  SYSTEM_SMTP_PORT: {
    group: 'email',
    description: 'The port of that mail server.',
    allowed: port,
    default: '587',
    parse: parseWholeNumber(1, 65_535),
  },
  SYSTEM_SMTP_USER: {
    group: 'email',
    description: 'The account on that mail server.',
    allowed: text,
    default: 'not set: no login',
    parse: parseText(255),
  },
  SYSTEM_SMTP_PASS: {
    group: 'email',
    description: 'The password of that account.',
    allowed: text,
    default: 'empty',
    secret: true,
    verbatim: true,
    parse: parseText(1_000),
  },
  SYSTEM_SMTP_FROM_EMAIL: {
    group: 'email',
    description: 'The sender of those emails.',
    allowed: 'an email address',
    default: 'SYSTEM_SMTP_USER where that is an email address, else modular-gateway@localhost',
    parse: parseEmailAddress,
  },
  SYSTEM_SMTP_FROM_NAME: {
    group: 'email',
    description: "The sender's name.",
    allowed: text,
    default: 'Modular Gateway',
    parse: parseText(255),
  },
  SYSTEM_SMTP_SECURE: {
    group: 'email',
    description:
      'true: never without TLS (STARTTLS on ports 25, 587 and 2525); false: TLS where it is offered.',
    allowed: flag,
    default: 'true on port 465, else false',
    parse: parseFlag,
  },
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
