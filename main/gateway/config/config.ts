import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse as parseEnvFile } from 'dotenv';
import { ConfigurationError, errorCode, errorText } from '../errors';
import type { LogLevel } from '../observability/logger';
import {
  createFileSecretStore,
  type FileSecretStoreOptions,
  type SecretStore,
} from '../secrets/secret-store';
import type { TlsSource } from '../secrets/tls-certificate';
import { InvalidValue, type TrustedSource } from './config-values';
import {
  configurationVariables,
  type ConfigurationVariable,
  type ConfigurationVariableName,
} from './config-variables';
import { findSharedDataFolder } from './find-shared-data-folder';
import { createSavedSettings, savedSettingsFile } from './saved-settings';
import type { ConfigurationPlace } from './variable-protection';
import { findWindowsDataFolder } from './windows-data-folder';

export { customerIdPattern, type TrustedSource } from './config-values';
export { createSavedSettings, type SavedSettings } from './saved-settings';
export { isGuardedVariable, isSavable, type ConfigurationPlace } from './variable-protection';
export {
  configurationVariables,
  type ConfigurationVariable,
  type ConfigurationVariableName,
} from './config-variables';

interface EmbeddedDatabaseConfig {
  readonly kind: 'embedded';
}

export interface ServerDatabaseConfig {
  readonly kind: 'server';
  /** a name, an address, or the folder of a socket */
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly password: string;
}

export interface SystemSmtpConfig {
  readonly host: string;
  readonly port: number;
  /** empty: no login */
  readonly username: string;
  readonly password: string;
  readonly fromEmail: string;
  readonly fromName: string;
  /** never without TLS; off: where the server offers it */
  readonly secure: boolean;
  /** the operator said that the password may cross the network in the clear */
  readonly allowPlaintextLogin?: boolean;
  /** what the gateway introduces itself as; absent: the domain of `fromEmail` */
  readonly ehloName?: string;
}

/** How many sockets may be connected at once. */
export interface SocketCaps {
  readonly total: number;
  readonly perTenant: number;
  readonly perUser: number;
  readonly perAddress: number;
}

export interface GatewayConfig {
  readonly host: string;
  /** 0: any free port */
  readonly port: number;
  /** undefined: http */
  readonly tls?: TlsSource;
  /** absolute */
  readonly dataDir: string;
  /** absolute; where WhatsApp logins are instead, which several gateways share */
  readonly sharedDir?: string;
  readonly database: EmbeddedDatabaseConfig | ServerDatabaseConfig;
  /** to one server; undefined: as the server allows */
  readonly maxDatabaseConnections?: number;
  readonly tenantDatabaseTemplate?: string;
  readonly jwtSecret?: string;
  readonly masterKey?: string;
  readonly metricsToken?: string;
  /** where a backup goes every day; undefined: none is made by itself */
  readonly backupFolder?: string;
  /** how many of those are kept */
  readonly backupsKept: number;
  /** closes and opens backups */
  readonly backupPassphrase?: string;
  /** told to the office's network by mDNS */
  readonly announced: boolean;
  /** the console for browsers, where there is no window */
  readonly console: boolean;
  readonly allowedOrigins: readonly string[] | '*';
  /** in lower case, without ports */
  readonly allowedHosts: readonly string[];
  readonly socketCaps: SocketCaps;
  readonly trustedSources: readonly TrustedSource[];
  /** as Express's `trust proxy` takes it */
  readonly trustProxy: false | number | readonly string[];
  readonly sessionVerifyUrl?: string;
  readonly documentFolders: readonly string[];
  readonly systemSmtp: SystemSmtpConfig | null;
  /** not checked to be there: the gateway sends email without it too */
  readonly browserExecutablePath?: string;
  readonly whatsappSessionTimeoutMs: number;
  readonly whatsappBrowserArgs: readonly string[];
  /** 0: for ever */
  readonly retentionDays: number;
  readonly logLevel: LogLevel;
  /** where the installed desktop app looks for updates; undefined: nowhere */
  readonly updateUrl?: string;
  /** what it was read from */
  readonly layers: ConfigurationLayers;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Values as texts, by the names of the environment. */
export interface ConfigurationLayers {
  /** what relative paths begin at */
  readonly cwd: string;
  /** the environment, with `.env` below it: wins over what is saved */
  readonly environment: Environment;
  /** what somebody saved in the console, secrets readable */
  readonly saved: Environment;
  /** secrets that were saved with another key, and count as not set */
  readonly unreadable: readonly string[];
  /** what was saved although only the environment sets it here: without effect */
  readonly ignored: readonly string[];
  readonly place: ConfigurationPlace;
}

/** Where a value comes from. */
export type ConfigurationSource = 'environment' | 'saved' | 'default';
type ParsedValue<N extends ConfigurationVariableName> = ReturnType<
  (typeof configurationVariables)[N]['parse']
>;

/**
 * What is wrong with `value` for the variable, in one sentence that names it; undefined when nothing is.
 * Secrets are not repeated in it.
 */
export function checkVariable(name: ConfigurationVariableName, value: string): string | undefined {
  try {
    parseValue(name, value);
    return undefined;
  } catch (thrown) {
    return describeProblem(name, value, thrown);
  }
}

/**
 * The gateway's configuration: from the environment, from the `.env` of the working folder, which gives way to
 * it, and from what was saved in the console, which gives way to both. Empty values count as not set.
 * @param openSecrets of those who keep saved secrets otherwise than in a key file of the data folder
 * @param place what may come from the saved settings: in a headless gateway, nothing that is the machine's
 * @throws ConfigurationError with one line that names each variable that makes no sense
 */
export function readConfig(
  env: NodeJS.ProcessEnv,
  cwd: string,
  openSecrets: (options: FileSecretStoreOptions) => SecretStore = createFileSecretStore,
  place: ConfigurationPlace = 'headless',
): GatewayConfig {
  const environment = pickKnown({ ...readEnvFile(cwd), ...withoutUndefined(env) });
  const dataDir = readDataDir(environment, cwd);
  const masterKey = valueOf(environment, 'GATEWAY_MASTER_KEY');
  const secrets = openSecrets({ dataDir, masterKey });
  const savedSettings = createSavedSettings({ dataDir, secrets, place });
  if (place === 'desktop') savedSettings.markAsOfWindow();
  const { values: saved, unreadable, ignored } = savedSettings.read();
  return buildConfig({ cwd, environment, saved, unreadable, ignored, place });
}

/** @throws ConfigurationError as `readConfig` does */
export function buildConfig(layers: ConfigurationLayers): GatewayConfig {
  const { cwd } = layers;
  const problems: string[] = [];

  function read<N extends ConfigurationVariableName>(name: N): ParsedValue<N> | undefined {
    const { value, source } = findValue(layers, name);
    if (value === undefined) return undefined;
    try {
      return parseValue(name, value);
    } catch (thrown) {
      const where = source === 'saved' ? ` (${savedSettingsFile(readDataDir(layers.environment, cwd))})` : '';
      problems.push(`${describeProblem(name, value, thrown)}${where}`);
      return undefined;
    }
  }

  const config: GatewayConfig = {
    host: read('HOST') ?? '0.0.0.0',
    port: read('PORT') ?? 3001,
    tls: readTls(read, cwd, problems),
    dataDir: readDataDir(layers.environment, cwd),
    sharedDir: read('GATEWAY_SHARED_DIR'),
    database: readDatabase(read),
    maxDatabaseConnections: read('DB_MAX_CONNECTIONS'),
    tenantDatabaseTemplate: read('TENANT_DATABASE_TEMPLATE'),
    jwtSecret: read('JWT_SECRET'),
    masterKey: read('GATEWAY_MASTER_KEY'),
    metricsToken: read('GATEWAY_METRICS_TOKEN'),
    console: read('GATEWAY_CONSOLE') ?? true,
    announced: read('GATEWAY_MDNS') ?? true,
    backupFolder: read('GATEWAY_BACKUP_FOLDER'),
    backupsKept: read('GATEWAY_BACKUPS_KEPT') ?? 7,
    backupPassphrase: read('GATEWAY_BACKUP_PASSPHRASE'),
    allowedOrigins: read('ALLOWED_ORIGINS') ?? ['http://localhost:3000'],
    allowedHosts: read('ALLOWED_HOSTS') ?? [],
    socketCaps: {
      total: read('GATEWAY_SOCKETS') ?? 10_000,
      perTenant: read('GATEWAY_SOCKETS_PER_TENANT') ?? 1_000,
      perUser: read('GATEWAY_SOCKETS_PER_USER') ?? 200,
      perAddress: read('GATEWAY_SOCKETS_PER_ADDRESS') ?? 2_000,
    },
    trustedSources: read('TRUSTED_SOURCES') ?? [],
    trustProxy: read('GATEWAY_TRUST_PROXY') ?? false,
    sessionVerifyUrl: read('SESSION_VERIFY_URL'),
    documentFolders: readDocumentFolders(read, readDataDir(layers.environment, cwd), problems),
    systemSmtp: readSystemSmtp(read),
    browserExecutablePath: read('PUPPETEER_EXECUTABLE_PATH'),
    whatsappSessionTimeoutMs: read('WHATSAPP_SESSION_TIMEOUT') ?? 300_000,
    whatsappBrowserArgs: read('WHATSAPP_BROWSER_ARGS') ?? [],
    retentionDays: read('GATEWAY_RETENTION_DAYS') ?? 0,
    logLevel: read('LOG_LEVEL') ?? 'info',
    updateUrl: read('GATEWAY_UPDATE_URL'),
    layers,
  };
  // Checked like the others, although it was needed before them.
  read('GATEWAY_DATA_DIR');
  if (problems.length > 0) throw new ConfigurationError(problems.join(' '));
  return config;
}

/** The value that holds for a variable, as a text; undefined: its default. */
export function findValue(
  { environment, saved }: ConfigurationLayers,
  name: ConfigurationVariableName,
): { readonly value: string | undefined; readonly source: ConfigurationSource } {
  const given = valueOf(environment, name);
  if (given !== undefined) return { value: given, source: 'environment' };
  const kept = valueOf(saved, name);
  return kept === undefined ? { value: undefined, source: 'default' } : { value: kept, source: 'saved' };
}

function valueOf(values: Environment, name: string): string | undefined {
  const value = values[name];
  return value === undefined || value.trim() === '' ? undefined : value;
}

/** Where the data folder is, whatever else is wrong. @throws ConfigurationError when `.env` cannot be read */
export function readDataFolder(env: NodeJS.ProcessEnv, cwd: string): string {
  return readDataDir(pickKnown({ ...readEnvFile(cwd), ...withoutUndefined(env) }), cwd);
}

function readDataDir(environment: Environment, cwd: string): string {
  const given = valueOf(environment, 'GATEWAY_DATA_DIR')?.trim();
  return resolve(cwd, given ?? defaultDataDir(environment));
}

type ReadVariable = <N extends ConfigurationVariableName>(name: N) => ParsedValue<N> | undefined;

function readTls(read: ReadVariable, cwd: string, problems: string[]): TlsSource | undefined {
  const certFile = read('TLS_CERT_FILE');
  const keyFile = read('TLS_KEY_FILE');
  const own = read('TLS') === 'self';
  if (certFile === undefined && keyFile === undefined) return own ? { kind: 'self' } : undefined;
  if (certFile === undefined || keyFile === undefined) {
    const [missing, there] = certFile === undefined ? ['CERT', 'KEY'] : ['KEY', 'CERT'];
    problems.push(
      `TLS_${missing}_FILE is not set; it must hold the path of the file that goes with TLS_${there}_FILE.`,
    );
    return undefined;
  }
  if (own) {
    problems.push('TLS holds "self" while TLS_CERT_FILE is set; it may hold off, or TLS_CERT_FILE must go.');
    return undefined;
  }
  return { kind: 'files', certFile: resolve(cwd, certFile), keyFile: resolve(cwd, keyFile) };
}

function readDocumentFolders(read: ReadVariable, dataDir: string, problems: string[]): readonly string[] {
  const folders = read('GATEWAY_DOCUMENT_FOLDERS') ?? [];
  for (const own of [dataDir, read('GATEWAY_SHARED_DIR')]) {
    const shared = own === undefined ? undefined : findSharedDataFolder(folders, own);
    if (shared === undefined) continue;
    problems.push(
      `GATEWAY_DOCUMENT_FOLDERS holds ${JSON.stringify(shared)}, but the gateway's own data is ${JSON.stringify(own)}; ` +
        'it may hold folders that are not that one, not in it, and not above it.',
    );
  }
  return folders;
}

function readDatabase(read: ReadVariable): GatewayConfig['database'] {
  const host = read('DB_HOST');
  const server = {
    port: read('DB_PORT') ?? 5432,
    name: read('DB_NAME') ?? 'modular_gateway',
    user: read('DB_USER') ?? 'postgres',
    password: read('DB_PASSWORD') ?? '',
  };
  return host === undefined ? { kind: 'embedded' } : { kind: 'server', host, ...server };
}

function readSystemSmtp(read: ReadVariable): SystemSmtpConfig | null {
  const host = read('SYSTEM_SMTP_HOST');
  const port = read('SYSTEM_SMTP_PORT') ?? 587;
  const username = read('SYSTEM_SMTP_USER') ?? '';
  const account = {
    port,
    username,
    password: read('SYSTEM_SMTP_PASS') ?? '',
    fromEmail:
      read('SYSTEM_SMTP_FROM_EMAIL') ?? (username.includes('@') ? username : 'modular-gateway@localhost'),
    fromName: read('SYSTEM_SMTP_FROM_NAME') ?? 'Modular Gateway',
    secure: read('SYSTEM_SMTP_SECURE') ?? port === 465,
    allowPlaintextLogin: read('SYSTEM_SMTP_ALLOW_PLAINTEXT_LOGIN') ?? false,
  };
  const ehloName = read('SYSTEM_SMTP_EHLO_NAME');
  return host === undefined ? null : { host, ...account, ...(ehloName === undefined ? {} : { ehloName }) };
}

function parseValue<N extends ConfigurationVariableName>(name: N, value: string): ParsedValue<N> {
  const variable: ConfigurationVariable = configurationVariables[name];
  return variable.parse(variable.verbatim ? value : value.trim()) as ParsedValue<N>;
}

function describeProblem(name: ConfigurationVariableName, value: string, thrown: unknown): string {
  const variable: ConfigurationVariable = configurationVariables[name];
  const held = variable.secret ? `${value.length} characters (not shown)` : quoteValue(value);
  const reason = thrown instanceof InvalidValue && thrown.message !== '' ? `, but ${thrown.message}` : '';
  return `${name} holds ${held}${reason}; it may hold ${variable.allowed}.`;
}

/** On one line, not endless, and without the password of an address. */
function quoteValue(value: string): string {
  const masked = value.replace(/(:\/\/[^/@:]*:).*@/s, '$1***@');
  return JSON.stringify(masked.length > 100 ? `${masked.slice(0, 100)}…` : masked);
}

function readEnvFile(cwd: string): Environment {
  const path = join(cwd, '.env');
  try {
    return parseEnvFile(readFileSync(path));
  } catch (thrown) {
    const code = errorCode(thrown);
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw new ConfigurationError(`${path} cannot be read: ${errorText(thrown)}.`, { cause: thrown });
  }
}

/** Where programs keep a user's data depends on these. */
const folderVariables = ['HOME', 'APPDATA', 'LOCALAPPDATA', 'XDG_DATA_HOME'];

function pickKnown(values: Environment): Environment {
  const known = [...Object.keys(configurationVariables), ...folderVariables];
  return Object.fromEntries(
    known.filter((name) => valueOf(values, name) !== undefined).map((n) => [n, values[n]]),
  );
}

function withoutUndefined(env: NodeJS.ProcessEnv): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}

/** Where programs of this system keep a user's data. */
function defaultDataDir(env: Environment): string {
  const home = env['HOME'] ?? homedir();
  if (process.platform === 'win32') return findWindowsDataFolder(env);
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support', 'modular-gateway');
  return join(env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'modular-gateway');
}
